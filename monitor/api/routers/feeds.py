"""What happened, in the order of commits: the change feed of tasks and all events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse

from monitor.api import paging, schemas, shapes
from monitor.api.auth import Reader, StillReader, Tools
from monitor.api.paging import Cursor, Limit, Prefer
from monitor.api.problems import CursorTooOld
from monitor.api.routers.common import problems, router
from monitor.api.services import Services
from monitor.api.streaming import EventStream, Feed, Page
from monitor.clock import rfc3339
from monitor.store import outbox
from monitor.tokens import Caller

routes = router("feeds")
_AT_ONCE = 50
"""Events that are held in memory for one listener."""


@routes.get("/tasks/changes", response_model=schemas.ChangePage, responses=problems(410))
async def list_task_changes(
    request: Request,
    tools: Tools,
    caller: Reader,
    cursor: Cursor = None,
    limit: Limit = 100,
    prefer: Prefer = None,
) -> Response:
    """Every change of a task, none missed, none twice; from the beginning without a cursor.

    Keep `next` and come back with it. 410: the changes behind the cursor are not kept any more; read
    the queue, then begin without a cursor.
    """

    def shape(row: Any) -> dict[str, Any]:
        return {
            "change": row.type.removeprefix("task."),
            "at": rfc3339(row.at, tools.desk.zone),
            "task": row.data["task"],
        }

    return await _feed(request, tools, caller, cursor, limit, prefer, shape, tasks=True)


@routes.get("/events", response_model=shapes.EventPage, responses=problems(410))
async def list_events(
    request: Request,
    tools: Tools,
    caller: Reader,
    cursor: Cursor = None,
    limit: Limit = 100,
    prefer: Prefer = None,
) -> Response:
    """The same events that webhooks are told of, for those who cannot be called."""
    shape = partial(_event, zone=tools.desk.zone)
    return await _feed(request, tools, caller, cursor, limit, prefer, shape, tasks=False)


@routes.get(
    "/events/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `id` is the cursor behind the event, `event` its type, "
            "`data` its JSON as in `GET /events`",
            "content": {"text/event-stream": {}},
        },
        **problems(410),
    },
)
async def stream_events(
    tools: Tools,
    caller: Reader,
    still: StillReader,
    cursor: Cursor = None,
    last_event_id: Annotated[
        str | None, Header(description="Goes on behind this `id`; before `cursor`", max_length=500)
    ] = None,
) -> Response:
    """The events as they happen (SSE), from now on, or from behind a cursor.

    The first block names the place where it begins, so that nothing is missed or doubled by who comes
    back with the last `id`. A comment every 15 s. It ends when the token does, and at a restart.
    """

    def look(place: str | None) -> Page:
        seen = paging.decode("events", place, int)
        rows, reached = _read(tools, caller, seen, _AT_ONCE if place else 0, tasks=False)
        items = [(_cursor(row.seq), _event(row, tools.desk.zone)) for row in rows]
        return Page(items, _cursor(reached), full=len(rows) == _AT_ONCE)

    begin = last_event_id or cursor
    first = await tools.streams.look(partial(look, begin))  # tells of a bad or old cursor before
    feed = Feed(tools.streams, tools.changed, look, still)
    return EventStream(feed, begin or first.reached)


async def _feed(
    request: Request,
    tools: Services,
    caller: Caller,
    cursor: str | None,
    limit: int,
    prefer: str | None,
    shape: Callable[[Any], dict[str, Any]],
    *,
    tasks: bool,
) -> Response:
    seen = paging.decode("events", cursor, int)

    def look() -> dict[str, Any]:
        rows, reached = _read(tools, caller, seen, limit, tasks=tasks)
        return {"items": [shape(row) for row in rows], "next": _cursor(reached)}

    wait = paging.wanted_wait(prefer)
    body = await paging.poll(request, wait, look, lambda body: bool(body["items"]))
    return paging.respond(body, wait=wait)


def _read(
    tools: Services, caller: Caller, seen: int | None, limit: int, *, tasks: bool
) -> tuple[list[Any], int]:
    """The next rows behind `seen`, and the number of the last that was looked at."""
    with tools.desk.store.read() as connection:
        # the head first: what commits between the two reads then lies behind what was reached
        head = outbox.head(connection)
        _refuse_old(seen, head, outbox.oldest(connection))
        rows = outbox.after(connection, seen or 0, head, limit, caller.districts, tasks=tasks)
    return rows, rows[-1].seq if rows and len(rows) == limit else head


def _event(row: Any, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "timestamp": rfc3339(row.at, zone),
        "data": row.data,
    }


def _cursor(seq: int) -> str:
    return paging.encode("events", seq)


def _refuse_old(seen: int | None, head: int, oldest: int) -> None:
    """A cursor before what is kept has missed something; one ahead of us is of another database."""
    if seen is not None and (seen < oldest - 1 or seen > head):
        raise CursorTooOld("read the lists anew, then follow the feed without a cursor")

"""What happened, in the order of commits: the change feed of tasks and all events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from monitor.api import paging, schemas, shapes
from monitor.api.auth import Reader, Tools
from monitor.api.paging import Cursor, Limit, Prefer
from monitor.api.problems import CursorTooOld
from monitor.api.routers.common import problems, router
from monitor.api.services import Services
from monitor.clock import rfc3339
from monitor.store import outbox
from monitor.tokens import Caller

routes = router("feeds")


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

    def shape(row: Any) -> dict[str, Any]:
        return {
            "id": row.id,
            "type": row.type,
            "timestamp": rfc3339(row.at, tools.desk.zone),
            "data": row.data,
        }

    return await _feed(request, tools, caller, cursor, limit, prefer, shape, tasks=False)


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
        with tools.desk.store.read() as connection:
            # the head first: what commits between the two reads then lies behind `next`
            head = outbox.head(connection)
            _refuse_old(seen, head, outbox.oldest(connection))
            rows = outbox.after(connection, seen or 0, head, limit, caller.districts, tasks=tasks)
        reached = rows[-1].seq if len(rows) == limit else head
        return {"items": [shape(row) for row in rows], "next": paging.encode("events", reached)}

    wait = paging.wanted_wait(prefer)
    body = await paging.poll(request, tools.changed, wait, look, lambda body: bool(body["items"]))
    return paging.respond(body, wait=wait)


def _refuse_old(seen: int | None, head: int, oldest: int) -> None:
    """A cursor before what is kept has missed something; one ahead of us is of another database."""
    if seen is not None and (seen < oldest - 1 or seen > head):
        raise CursorTooOld("read the lists anew, then follow the feed without a cursor")

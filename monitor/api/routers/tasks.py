"""The officers' queue: listing, reading, queueing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from monitor import task
from monitor.actions import queueing
from monitor.api import paging, schemas
from monitor.api.auth import Director, Reader, Tools
from monitor.api.filters import Wanted
from monitor.api.paging import Cursor, Id, IfNoneMatch, Limit, Prefer
from monitor.api.problems import BadCursorError
from monitor.api.routers.common import problems, router
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.store import tasks as rows
from monitor.store import views
from monitor.tokens import Caller

routes = router("tasks")


@routes.get("/tasks", response_model=schemas.TaskPage, responses={304: {}})
async def list_tasks(
    request: Request,
    tools: Tools,
    caller: Reader,
    wanted: Wanted,
    limit: Limit = 100,
    cursor: Cursor = None,
    prefer: Prefer = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The queue, most urgent first: by priority, then due time.

    With `Prefer: wait=N` the answer is held until a task matches; with `If-None-Match`
    until the answer is another than the one already had, an empty list too.
    """
    behind = _behind(cursor)

    def look() -> Page:
        return _page(tools, caller, wanted, limit, behind)

    def enough(page: Page) -> bool:
        if if_none_match is None:
            return page.count > 0
        return not paging.matches(page.etag, if_none_match)  # or empty by now

    wait = paging.wanted_wait(prefer)
    page = await paging.poll(request, wait, look, enough)
    return paging.respond(page.body, page.etag, if_none_match, wait)


def _behind(cursor: str | None) -> tuple[int, datetime, int] | None:
    key = paging.decode("tasks", cursor, int, str, int)
    if key is None:
        return None
    priority, due_at, task_id = key
    try:
        return priority, datetime.fromisoformat(due_at), task_id
    except ValueError:
        raise BadCursorError("cursor: not one that this list gave") from None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue as it goes out."""

    body: bytes
    etag: str
    count: int


def _page(tools: Services, caller: Caller, wanted: views.Queue, limit: int, behind: Any) -> Page:
    with tools.desk.store.read() as connection:
        found = views.queue(connection, caller.districts, wanted, limit + 1, behind)
        found, following = paging.page(
            found,
            limit,
            lambda row: paging.encode("tasks", row.priority, row.due_at.isoformat(), row.id),
        )
        keys = [(row.id, row.version) for row in found]
        items = tools.shown.of(connection, keys)
    body = b'{"items":[%s],"next":%s}' % (b",".join(items), json.dumps(following).encode())
    return Page(body, paging.fingerprint([keys, following]), len(items))


@routes.post(
    "/tasks",
    response_model=schemas.Task,
    status_code=201,
    responses={
        200: {"model": schemas.Task, "description": "The matter's open task was joined"},
        **problems(415),
    },
)
def queue_task(tools: Tools, caller: Director, body: schemas.NewTask) -> Response:
    """Queue a task by hand; an open task of the same enterprise and trigger is joined instead."""
    desk = tools.desk
    if body.uscc is None and body.place is None:
        raise task.InputError("uscc or place must be given")
    order = queueing.Order(
        trigger=body.trigger,
        reason=body.reason,
        uscc=body.uscc,
        place=body.place.model_dump(exclude_none=True) if body.place else None,
        district=body.district,
        priority=body.priority,
        mandatory=body.mandatory,
        check_kind=body.check_kind,
        due_at=paging.end_of(body.due_at, desk.zone, "due_at") if body.due_at else None,
    )
    shaped, opened = queueing.queue(desk, caller, order)
    headers = {"Location": f"/api/v1/tasks/{shaped['id']}"}
    return JSONResponse(shaped, 201 if opened else 200, headers)


@routes.get("/tasks/{task_id}", response_model=schemas.TaskDetail, responses={304: {}})
def get_task(
    tools: Tools, caller: Reader, task_id: Id, if_none_match: IfNoneMatch = None
) -> Response:
    """One task with its history and links to its alerts, whose findings link to the frames."""
    zone = tools.desk.zone
    with tools.desk.store.read() as connection:
        row = rows.find(connection, task_id)
        if row is None or not caller.sees(row.district):
            raise NotFound(f"there is no task {task_id}")
        shaped = rows.shape_rows(connection, [row], zone)[0]
    shaped["links"] = {
        "alerts": [f"/api/v1/alerts/{alert}" for alert in shaped["alerts"]],
        "evidence": [f"/api/v1/alerts/{alert}/evidence" for alert in shaped["alerts"]],
        "enterprise": f"/api/v1/enterprises/{row.uscc}" if row.uscc else None,
    }
    return paging.respond(shaped, rows.tag(row.version), if_none_match)

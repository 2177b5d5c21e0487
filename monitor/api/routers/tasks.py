"""The officers' queue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

from monitor import task
from monitor.actions import tasks as actions
from monitor.api import paging, schemas
from monitor.api.auth import Director, Reader, Tools, Worker
from monitor.api.paging import Cursor, Id, IfNoneMatch, Limit, Prefer
from monitor.api.problems import BadCursorError
from monitor.api.routers.common import problems, router
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.store import tasks as rows
from monitor.store import views
from monitor.task import State
from monitor.tokens import Caller

routes = router("tasks")


@routes.get("/tasks", response_model=schemas.TaskPage, responses={304: {}})
async def list_tasks(
    request: Request,
    tools: Tools,
    caller: Reader,
    state: Annotated[list[State] | None, Query()] = None,
    district: str | None = None,
    priority: Annotated[int | None, Query(ge=1, le=5)] = None,
    officer: str | None = None,
    due_before: Annotated[str | None, Query(description="a time with offset, or a date")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    prefer: Prefer = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The queue, most urgent first: by priority, then due time.

    With `Prefer: wait=N` the answer is held until a task matches; with `If-None-Match`
    until the answer is another than the one already had, an empty list too.
    """
    desk = tools.desk
    wanted = views.Queue(
        states=[s.value for s in state] if state else None,
        district=district,
        priority=priority,
        officer=officer,
        due_before=paging.moment(due_before, desk.zone, "due_before") if due_before else None,
    )
    behind = _behind(cursor)

    def look() -> dict[str, Any]:
        return _page(tools, caller, wanted, limit, behind)

    def enough(body: dict[str, Any]) -> bool:
        if if_none_match is None:
            return bool(body["items"])
        return not paging.matches(paging.fingerprint(body), if_none_match)  # or empty by now

    wait = paging.wanted_wait(prefer)
    body = await paging.poll(request, tools.changed, wait, look, enough)
    return paging.respond(body, paging.fingerprint(body), if_none_match, wait)


def _behind(cursor: str | None) -> tuple[int, datetime, int] | None:
    key = paging.decode("tasks", cursor, int, str, int)
    if key is None:
        return None
    priority, due_at, task_id = key
    try:
        return priority, datetime.fromisoformat(due_at), task_id
    except ValueError:
        raise BadCursorError("cursor: not one that this list gave") from None


def _page(
    tools: Services, caller: Caller, wanted: views.Queue, limit: int, behind: Any
) -> dict[str, Any]:
    desk = tools.desk
    with desk.store.read() as connection:
        found = views.queue(connection, caller.districts, wanted, limit + 1, behind)
        found, following = paging.page(
            found,
            limit,
            lambda row: paging.encode("tasks", row.priority, row.due_at.isoformat(), row.id),
        )
        return {"items": rows.shape_rows(connection, found, desk.zone), "next": following}


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
    order = actions.Order(
        trigger=body.trigger,
        reason=body.reason,
        uscc=body.uscc,
        place=body.place.model_dump(exclude_none=True) if body.place else None,
        district=body.district,
        priority=body.priority,
        mandatory=body.mandatory,
        due_at=paging.end_of(body.due_at, desk.zone, "due_at") if body.due_at else None,
    )
    shaped, opened = actions.queue(desk, caller, order)
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


STEP = problems(409, 415)


@routes.post("/tasks/{task_id}/claim", response_model=schemas.Claimed, responses=STEP)
def claim_task(
    tools: Tools, caller: Worker, task_id: Id, body: schemas.ClaimBody | None = None
) -> Any:
    """Take a task. Somebody else's answers 409 and names the holder; one's own is renewed."""
    return actions.claim(tools.desk, caller, task_id, body.device if body else None)


@routes.post("/tasks/{task_id}/renew", response_model=schemas.Claimed, responses=STEP)
def renew_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.LeaseBody) -> Any:
    """Begin the lease's length anew, from now."""
    return actions.renew(tools.desk, caller, task_id, body.lease)


@routes.post("/tasks/{task_id}/release", response_model=schemas.Task, responses=STEP)
def release_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.ReleaseBody) -> Any:
    """Give a claimed task back to the queue."""
    return actions.release(tools.desk, caller, task_id, body.lease, body.reason)


@routes.post("/tasks/{task_id}/complete", response_model=schemas.Task, responses=STEP)
def complete_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.CompleteBody) -> Any:
    """Report the verification; the task is then `reported` until a supervisor closes it."""
    report = task.Report(
        body.result,
        body.findings,
        paging.moment(body.inspected_at, tools.desk.zone, "inspected_at"),
        tuple(body.officers),
    )
    records = body.model_dump(include={"case", "relief"}, exclude_none=True)
    return actions.complete(tools.desk, caller, task_id, body.lease, report, records)


@routes.post("/tasks/{task_id}/close", response_model=schemas.Task, responses=STEP)
def close_task(
    tools: Tools, caller: Director, task_id: Id, body: schemas.MaybeReasonBody | None = None
) -> Any:
    """A supervisor's confirmation of what was reported."""
    return actions.close(tools.desk, caller, task_id, body.reason if body else None)


@routes.post("/tasks/{task_id}/withdraw", response_model=schemas.Task, responses=STEP)
def withdraw_task(tools: Tools, caller: Director, task_id: Id, body: schemas.ReasonBody) -> Any:
    """A supervisor's reasoned end without a visit."""
    return actions.withdraw(tools.desk, caller, task_id, body.reason)

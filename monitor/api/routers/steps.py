"""The steps of a task's life; docs/api.md has them as a table."""

from __future__ import annotations

from typing import Any

from monitor import task
from monitor.actions import directing, follow_ups
from monitor.actions import tasks as actions
from monitor.api import paging, schemas
from monitor.api.auth import Director, Tools, Worker
from monitor.api.paging import Id
from monitor.api.routers.common import problems, router

routes = router("tasks")
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


@routes.post("/tasks/{task_id}/return", response_model=schemas.Task, responses=STEP)
def return_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.ReasonBody) -> Any:
    """Return (退回) a task that is not for its holder: a supervisor hands it on."""
    return actions.send_back(tools.desk, caller, task_id, body.reason)


@routes.post("/tasks/{task_id}/complete", response_model=schemas.Task, responses=STEP)
def complete_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.CompleteBody) -> Any:
    """Report the verification; the task is then `reported` until a second person closes it."""
    report = task.Report(
        body.result,
        body.findings,
        paging.moment(body.inspected_at, tools.desk.zone, "inspected_at"),
        tuple(body.officers),
        body.record,
        body.check_code,
    )
    consequences = actions.Consequences(
        case=body.case,
        relief=body.relief,
        correct_by=body.correct_by,
        recheck_on=body.recheck_on,
    )
    return actions.complete(tools.desk, caller, task_id, body.lease, report, consequences)


@routes.post("/tasks/{task_id}/close", response_model=schemas.Task, responses=STEP)
def close_task(
    tools: Tools, caller: Director, task_id: Id, body: schemas.MaybeReasonBody | None = None
) -> Any:
    """A second person's confirmation of what was reported."""
    return directing.close(tools.desk, caller, task_id, body.reason if body else None)


@routes.post("/tasks/{task_id}/withdraw", response_model=schemas.Task, responses=STEP)
def withdraw_task(tools: Tools, caller: Director, task_id: Id, body: schemas.ReasonBody) -> Any:
    """A supervisor's reasoned end without a visit."""
    return directing.withdraw(tools.desk, caller, task_id, body.reason)


@routes.post("/tasks/{task_id}/transfer", response_model=schemas.Task, responses=STEP)
def transfer_task(tools: Tools, caller: Director, task_id: Id, body: schemas.TransferBody) -> Any:
    """Hand a task (转办) to an officer, who alone may claim it then, or to another district."""
    return directing.transfer(
        tools.desk, caller, task_id, body.reason, officer=body.officer, district=body.district
    )


@routes.post("/tasks/{task_id}/extend", response_model=schemas.Task, responses=STEP)
def extend_task(tools: Tools, caller: Director, task_id: Id, body: schemas.ExtendBody) -> Any:
    """Put a task off (延期) to a later time."""
    due_at = paging.end_of(body.due_at, tools.desk.zone, "due_at")
    return directing.extend(tools.desk, caller, task_id, body.reason, due_at)


@routes.post("/tasks/{task_id}/suspend", response_model=schemas.Task, responses=STEP)
def suspend_task(tools: Tools, caller: Director, task_id: Id, body: schemas.SuspendBody) -> Any:
    """Pause a task (挂起): its time stands still and nobody can claim it."""
    until = paging.end_of(body.until, tools.desk.zone, "until") if body.until else None
    return directing.suspend(tools.desk, caller, task_id, body.reason, until)


@routes.post("/tasks/{task_id}/resume", response_model=schemas.Task, responses=STEP)
def resume_task(
    tools: Tools, caller: Director, task_id: Id, body: schemas.MaybeReasonBody | None = None
) -> Any:
    """End a pause: back into the queue, with as much time as there was left."""
    return directing.resume(tools.desk, caller, task_id, body.reason if body else None)


@routes.post("/tasks/{task_id}/escalate", response_model=schemas.Task, responses=STEP)
def escalate_task(tools: Tools, caller: Worker, task_id: Id, body: schemas.ReasonBody) -> Any:
    """Take a task to the next level (升级)."""
    return directing.escalate(tools.desk, caller, task_id, body.reason)


@routes.post("/tasks/{task_id}/reopen", response_model=schemas.Task, responses=STEP)
def reopen_task(tools: Tools, caller: Director, task_id: Id, body: schemas.ReopenBody) -> Any:
    """Put a reported or closed task into the queue again, e.g. after a failed re-check."""
    due_at = paging.end_of(body.due_at, tools.desk.zone, "due_at") if body.due_at else None
    return directing.reopen(tools.desk, caller, task_id, body.reason, due_at)


@routes.post(
    "/tasks/{task_id}/follow-ups/{number}/done", response_model=schemas.Task, responses=STEP
)
def settle_follow_up(
    tools: Tools, caller: Worker, task_id: Id, number: Id, body: schemas.DoneBody
) -> Any:
    """Say that what had to follow a report was done; a failed re-check opens the task again."""
    return follow_ups.settle(
        tools.desk, caller, task_id, number,
        on=body.on, reason=body.reason, passed=body.passed, filed=body.filed,
    )  # fmt: skip


@routes.post(
    "/tasks/{task_id}/follow-ups/{number}/defer", response_model=schemas.Task, responses=STEP
)
def defer_follow_up(
    tools: Tools, caller: Director, task_id: Id, number: Id, body: schemas.DeferBody
) -> Any:
    """Put off what has to follow a report, as far as the law lets it be."""
    return follow_ups.defer(tools.desk, caller, task_id, number, body.due_on, body.reason)

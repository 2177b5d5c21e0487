"""What follows a verification: saying that it is done, putting it off."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.directing import reopen_now
from monitor.clock import civil_date
from monitor.errors import Conflict, NotFound
from monitor.follow_up import Kind, decision, put_off
from monitor.store import follow_ups, tasks
from monitor.task import InputError, State
from monitor.tokens import Caller, Right

_FAILED = {"zh": "复查不合格", "en": "re-check not passed"}
_AFTER = frozenset({State.REPORTED, State.CLOSED})


def settle(
    desk: Desk,
    caller: Caller,
    task_id: int,
    number: int,
    *,
    on: date,
    reason: str | None = None,
    passed: bool | None = None,
) -> dict[str, Any]:
    """Say that something was done on a day.

    A case that is filed has to be decided. A re-check says whether it was `passed`; one that was not
    opens the task again.
    """
    with desk.transaction(caller, Right.WORK) as work:
        row, owed = _owed(work, task_id, number)
        if on > civil_date(work.at, desk.zone):
            raise InputError("on lies in the future")
        if (owed.kind == Kind.RECHECK) != (passed is not None):
            raise InputError("passed must be given for a re-check, and for nothing else")
        values = {"done_on": on, "done_by": caller.name, "passed": passed}
        follow_ups.change(work.connection, number, values)
        if owed.kind == Kind.FILE_CASE:
            follow_ups.owe(work.connection, task_id, [decision(on)], caller.name)
        _noted(work, task_id, f"{owed.kind}-done", reason, {"on": on.isoformat()})
        if passed is False:
            reopen_now(work, row, "fail-recheck", reason or _FAILED[desk.language])
        else:
            tasks.touch(work.connection, task_id)
            tasks.announce(work.connection, task_id, "task.updated", work.at, desk.zone)
        return work.shape(task_id)


def defer(
    desk: Desk, caller: Caller, task_id: int, number: int, due_on: date, reason: str
) -> dict[str, Any]:
    """Put something off, as far as the law lets it be."""
    with desk.transaction(caller, Right.DIRECT) as work:
        _, owed = _owed(work, task_id, number)
        day = put_off(Kind(owed.kind), owed.first_due_on, owed.due_on, due_on)
        follow_ups.change(work.connection, number, {"due_on": day, "told_at": None})
        moved = {"from": owed.due_on.isoformat(), "to": day.isoformat()}
        _noted(work, task_id, f"{owed.kind}-deferred", reason, moved)
        tasks.touch(work.connection, task_id)
        tasks.announce(work.connection, task_id, "task.updated", work.at, desk.zone)
        return work.shape(task_id)


def _owed(work: Work, task_id: int, number: int) -> tuple[Any, Any]:
    row = work.task(task_id)
    if row.state not in _AFTER:
        raise Conflict(f"task {task_id} is {row.state}: nothing follows it yet")
    owed = follow_ups.find(work.connection, task_id, number)
    if owed is None:
        raise NotFound(f"task {task_id} has no follow-up {number}")
    if owed.done_on is not None:
        raise Conflict(f"follow-up {number} was done on {owed.done_on}")
    return row, owed


def _noted(work: Work, task_id: int, what: str, reason: str | None, data: dict[str, Any]) -> None:
    tasks.note(work.connection, task_id, work.at, what, work.caller.name, reason, data)
    work.audit(f"task.{what}", f"task/{task_id}", reason, data)

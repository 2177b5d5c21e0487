"""What follows a verification: saying that it is done, putting it off."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.actions import visit_records
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
    filed: bool = True,
) -> dict[str, Any]:
    """Say that something was done on a day.

    A case that is `filed` has to be decided; that none is filed settles it. A re-check says whether it
    was `passed`; one that was not opens the task again, unless another of its matter is open, which is
    worked on then.
    """
    with desk.transaction(caller, Right.WORK) as work:
        row, owed = _owed(work, task_id, number)
        if on > civil_date(work.at, desk.zone):
            raise InputError("on lies in the future")
        if (owed.kind == Kind.RECHECK) != (passed is not None):
            raise InputError("passed must be given for a re-check, and for nothing else")
        if not filed and owed.kind != Kind.FILE_CASE:
            raise InputError("filed is said of file_case, and of nothing else")
        values = {"done_on": on, "done_by": caller.name, "passed": passed}
        follow_ups.change(work.connection, number, values)
        if owed.kind == Kind.FILE_CASE and filed:
            follow_ups.owe(work.connection, task_id, [decision(on)], caller.name)
            visit_records.filed(work, row, on)
        if owed.kind == Kind.DECIDE_CASE:
            visit_records.decided(work, task_id, on)
        said: dict[str, Any] = {"on": on.isoformat()} | ({} if filed else {"filed": False})
        other = tasks.open_matter(work.connection, row.uscc, row.trigger)
        if passed is False and other is None:
            work.note(task_id, f"{owed.kind}-done", reason, said)
            reopen_now(work, row, "fail-recheck", reason or _FAILED[desk.language])
        else:
            work.tell(
                task_id, f"{owed.kind}-done", reason, said | ({"task": other} if other else {})
            )
        work.audit(f"task.{owed.kind}-done", f"task/{task_id}", reason, said)
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
        work.tell(task_id, f"{owed.kind}-deferred", reason, moved)
        work.audit(f"task.{owed.kind}-deferred", f"task/{task_id}", reason, moved)
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

"""What a supervisor does with a task: hand on, put off, pause, raise, confirm, open again, call off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.tasks import NO_CLAIM
from monitor.calendar import Deadline
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict
from monitor.store import follow_ups, tasks, tokens
from monitor.task import HIGHEST_LEVEL, InputError, Trigger
from monitor.tokens import RIGHTS, Caller, Right, Role

_NOT_PAUSED: dict[str, Any] = {"suspended_at": None, "resume_at": None}


def transfer(
    desk: Desk,
    caller: Caller,
    task_id: int,
    reason: str,
    *,
    officer: str | None = None,
    district: str | None = None,
) -> dict[str, Any]:
    """Hand a task (转办) to an officer, who alone may claim it then, or to another district.

    Raises InputError where neither is named, or the district is not one of the register's.
    """
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        row = work.task(task_id)
        if officer is None and district is None:
            raise InputError("officer or district must be given")
        transfer_now(work, row, reason, officer=officer, district=district)
        return work.shape(task_id)


def transfer_now(
    work: Work,
    row: Any,
    reason: str,
    *,
    officer: str | None = None,
    district: str | None = None,
) -> None:
    """The same within a transaction that was begun with `books`."""
    if district is not None and district not in districts(work):
        raise InputError(f"district: the register has no district {district}")
    values = NO_CLAIM | {"assigned_to": officer, "returned_at": None}
    if district is not None:
        values["district"] = district
    values |= _time_after_pause(work, row)
    if officer is not None:
        _check_officer(work, officer, district or row.district)
    to = {"from": row.district, "district": district, "officer": officer}
    work.step(row, "transfer", values, reason, to, told=row.district)


def _check_officer(work: Work, name: str, district: str | None) -> None:
    """Raise InputError unless somebody of that name may work on a task of the district."""
    found = tokens.holder(work.connection, name, work.at, civil_date(work.at, work.desk.zone))
    reach = tuple(found.districts) if found else ()
    if found is None or Right.WORK not in RIGHTS[Role(found.role)]:
        raise InputError(f"officer: nobody called {name} may work on tasks")
    if reach and district not in reach:
        raise InputError(f"officer: {name} does not see {district}")


def districts(work: Work) -> set[str]:
    """Those of the register."""
    return {enterprise.district for enterprise in work.books.enterprises}


def extend(
    desk: Desk, caller: Caller, task_id: int, reason: str, due_at: datetime
) -> dict[str, Any]:
    """Put a task off (延期) to a later time."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = work.task(task_id)
        if due_at <= max(row.due_at, work.at):
            raise InputError("due_at must lie behind the present due time, and ahead of now")
        by_hand = Deadline(due_at=due_at, term=None, since=work.at)
        was = {"from": rfc3339(row.due_at, desk.zone), "to": rfc3339(due_at, desk.zone)}
        work.step(row, "extend", _timed(work, by_hand), reason, was)
        return work.shape(task_id)


def _timed(work: Work, held: Deadline) -> dict[str, Any]:
    remind_at = work.desk.time_limits().reminder(held.due_at, work.at)
    return tasks.timed(held, remind_at)


def suspend(
    desk: Desk, caller: Caller, task_id: int, reason: str, until: datetime | None = None
) -> dict[str, Any]:
    """Pause a task (挂起): nobody can claim it and its time stands still, until `until` at most."""
    with desk.transaction(caller, Right.DIRECT) as work:
        until = until or work.at + desk.time_limits().suspend
        if until <= work.at:
            raise InputError("until is already past")
        values = NO_CLAIM | {"suspended_at": work.at, "resume_at": until}
        ends = {"until": rfc3339(until, desk.zone)}
        work.step(work.task(task_id), "suspend", values, reason, ends)
        return work.shape(task_id)


def resume(desk: Desk, caller: Caller, task_id: int, reason: str | None) -> dict[str, Any]:
    """End a pause: back into the queue, with as much time as there was left."""
    with desk.transaction(caller, Right.DIRECT) as work:
        resume_now(work, work.task(task_id), reason)
        return work.shape(task_id)


def resume_now(work: Work, row: Any, reason: str | None) -> None:
    """The same within a transaction, for a row that is suspended."""
    work.step(row, "resume", _time_after_pause(work, row), reason)


def _time_after_pause(work: Work, row: Any) -> dict[str, Any]:
    """The columns of a deadline that stood still, if it did."""
    if row.suspended_at is None:
        return {}
    held = tasks.deadline_of(row)
    since = max(row.suspended_at, held.since)  # a due time that was set meanwhile is a later one
    after = work.desk.time_limits().paused(held, since, work.at)
    return _NOT_PAUSED | (_timed(work, after) if after != held else {})


def escalate(desk: Desk, caller: Caller, task_id: int, reason: str) -> dict[str, Any]:
    """Take a task to the next level; it becomes more urgent by one."""
    with desk.transaction(caller, Right.WORK) as work:
        raise_level(work, work.task(task_id), reason)
        return work.shape(task_id)


def raise_level(work: Work, row: Any, reason: str) -> None:
    """The same within a transaction; the clock goes on counting from now."""
    if row.level >= HIGHEST_LEVEL:
        raise Conflict(f"task {row.id} is at the highest level already")
    level = row.level + 1
    values = {
        "level": level,
        "priority": max(1, row.priority - 1),
        "escalate_at": next_level(work, level) if row.overdue_at is not None else None,
    }
    work.step(row, "escalate", values, reason, {"level": level})


def next_level(work: Work, level: int) -> datetime | None:
    """When a task that is overdue goes to the level above; None where there is none."""
    return work.at + work.desk.time_limits().escalate if level < HIGHEST_LEVEL else None


def close(desk: Desk, caller: Caller, task_id: int, reason: str | None) -> dict[str, Any]:
    """Confirm a reported verification: a second person's, not the reporter's own, to do."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = work.task(task_id)
        if row.result is not None and row.result["reported_by"] == caller.name:
            raise Conflict(
                f"task {task_id} was reported by {caller.name}: a second person has to close it"
            )
        work.step(row, "close", {}, reason)
        return work.shape(task_id)


def reopen(
    desk: Desk, caller: Caller, task_id: int, reason: str, due_at: datetime | None = None
) -> dict[str, Any]:
    """Put a reported or closed task into the queue again, e.g. after a failed re-check."""
    with desk.transaction(caller, Right.DIRECT) as work:
        reopen_now(work, work.task(task_id), "reopen", reason, due_at)
        return work.shape(task_id)


def reopen_now(
    work: Work, row: Any, step: str, reason: str, due_at: datetime | None = None
) -> None:
    """The same within a transaction, by that step. The report that is put aside stays in the history.

    Raises Conflict where another task of the matter is open: that one has to be worked on then.
    """
    other = tasks.open_matter(work.connection, row.uscc, row.trigger)
    if other is not None:
        raise Conflict(f"task {other} of the same matter is open; work on that one")
    if due_at is not None and due_at <= work.at:
        raise InputError("due_at is already past")
    terms = work.desk.time_limits()
    held = terms.deadline(Trigger(row.trigger), row.priority, work.at)
    if due_at is not None:
        held = Deadline(due_at=due_at, term=None, since=work.at)
    follow_ups.drop(work.connection, row.id, work.at)
    values = NO_CLAIM | {"result": None, "assigned_to": None} | _timed(work, held)
    work.step(row, step, values, reason, {"report": row.result})


def withdraw(desk: Desk, caller: Caller, task_id: int, reason: str) -> dict[str, Any]:
    """A supervisor's reasoned end of a task that nobody has to go for."""
    with desk.transaction(caller, Right.DIRECT) as work:
        values = {"lease": None, "lease_until": None, "lease_device": None} | _NOT_PAUSED
        values |= {"remind_at": None, "escalate_at": None}
        work.step(work.task(task_id), "withdraw", values, reason)
        return work.shape(task_id)

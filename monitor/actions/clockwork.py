"""What time does to tasks and complaints: leases run out, ends come near and pass, pauses are over.

Called by the worker. Every sweep takes a bounded number of rows in a transaction, locked, until none is
left; several workers share them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.directing import next_level, raise_level, resume_now
from monitor.actions.tasks import NO_CLAIM
from monitor.clock import civil_date
from monitor.complaint import Kind
from monitor.store import alerts, complaint_deadlines, follow_ups, tasks
from monitor.tokens import Caller, Right, Role

SYSTEM = Caller(id=None, name="system", role=Role.ADMIN)
"""Who acts when nobody does."""

_AT_ONCE = 200


def _sweep(desk: Desk, find: Callable[[Work], list[Any]], act: Callable[[Work, Any], None]) -> int:
    """Do something to all rows that are found, so many in a transaction; returns how many."""
    total = 0
    while True:
        with desk.transaction(SYSTEM, Right.WORK) as work:
            rows = find(work)
            for row in rows:
                act(work, row)
        total += len(rows)
        if len(rows) < _AT_ONCE:
            return total


def expire_leases(desk: Desk) -> int:
    """Put claimed tasks whose lease has run out back into the queue."""

    def act(work: Work, row: Any) -> None:
        work.step(row, "expire", NO_CLAIM, data={"held_by": row.claimed_by})

    return _sweep(desk, lambda work: tasks.lapsed(work.connection, work.at, _AT_ONCE), act)


def remind(desk: Desk) -> int:
    """Tell once of every task whose end comes near."""

    def act(work: Work, row: Any) -> None:
        _tell(work, row, {"remind_at": None}, "due-soon", "task.updated")

    return _sweep(desk, lambda work: tasks.to_remind(work.connection, work.at, _AT_ONCE), act)


def mark_overdue(desk: Desk) -> int:
    """Tell once of every task whose due time has passed; it escalates if it stays so."""

    def act(work: Work, row: Any) -> None:
        values = {
            "overdue_at": work.at,
            "remind_at": None,
            "escalate_at": next_level(work, row.level),
        }
        _tell(work, row, values, "overdue", "task.overdue")

    return _sweep(desk, lambda work: tasks.late(work.connection, work.at, _AT_ONCE), act)


def escalate_overdue(desk: Desk) -> int:
    """Take tasks that stay overdue to the next level."""

    def act(work: Work, row: Any) -> None:
        raise_level(work, row, _OVERDUE[desk.language])

    return _sweep(desk, lambda work: tasks.to_escalate(work.connection, work.at, _AT_ONCE), act)


_OVERDUE = {"zh": "逾期未办结，自动升级", "en": "overdue: taken to the next level"}


def resume_suspended(desk: Desk) -> int:
    """Put tasks whose pause is over back into the queue."""
    return _sweep(
        desk,
        lambda work: tasks.to_resume(work.connection, work.at, _AT_ONCE),
        lambda work, row: resume_now(work, row, None),
    )


def settle_deadlines(desk: Desk) -> int:
    """Count provisional deadlines again, now that the calendar knows the year; returns how many."""
    terms, total, after = desk.time_limits(), 0, 0
    while True:
        with desk.transaction(SYSTEM, Right.WORK) as work:
            rows = tasks.provisional(work.connection, terms.calendar.version, after, _AT_ONCE)
            for row in rows:
                settled = terms.settled(tasks.deadline_of(row))
                if settled is not None:
                    values = tasks.timed(settled, terms.reminder(settled.due_at, work.at))
                    _tell(work, row, values, "due-settled", "task.updated")
                    total += 1
        if len(rows) < _AT_ONCE:
            return total
        after = rows[-1].id


def tell_late_follow_ups(desk: Desk) -> int:
    """Tell once of what was owed by a day that has passed."""

    def find(work: Work) -> list[Any]:
        today = civil_date(work.at, desk.zone)
        return follow_ups.late(work.connection, today, _AT_ONCE)

    def act(work: Work, owed: Any) -> None:
        follow_ups.change(work.connection, owed.id, {"told_at": work.at})
        work.tell(owed.task, f"{owed.kind}-overdue", None, None, "task.overdue")

    return _sweep(desk, find, act)


def tell_late_complaints(desk: Desk) -> int:
    """Tell once of what was owed of a complaint by an instant that has passed: on its task, or its alert
    where nobody goes yet."""

    def find(work: Work) -> list[Any]:
        rows = complaint_deadlines.late(work.connection, work.at, _AT_ONCE)
        for task in sorted({row.task for row in rows if row.task is not None}):
            tasks.find(work.connection, task, lock=True)  # before the outbox, as everywhere
        return rows

    def act(work: Work, owed: Any) -> None:
        complaint_deadlines.tell_late(work.connection, owed.complaint, owed.kind, work.at)
        data = {"complaint": owed.complaint, "owed": owed.kind}
        if owed.task is not None:
            work.tell(owed.task, "complaint-overdue", None, data, "task.overdue")
        elif owed.alert is not None:
            alerts.announce(work.connection, owed.alert, "alert.updated", work.at, desk.zone)

    return _sweep(desk, find, act)


def settle_complaints(desk: Desk) -> int:
    """Count provisional deadlines of complaints again, now that the calendar knows the year."""
    terms, total, after = desk.time_limits(), 0, 0
    while True:
        with desk.transaction(SYSTEM, Right.WORK) as work:
            version = terms.calendar.version
            rows = complaint_deadlines.provisional(work.connection, version, after, _AT_ONCE)
            for row in rows:
                settled = terms.settled(complaint_deadlines.held(row))
                if settled is not None:
                    number, kind = row.complaint, Kind(row.kind)
                    complaint_deadlines.put_off(work.connection, number, kind, settled, first=True)
                    total += 1
        if len(rows) < _AT_ONCE:
            return total
        after = rows[-1].complaint


def _tell(work: Work, row: Any, values: dict[str, Any], change: str, event: str) -> None:
    work.change(row, values)
    work.note(row.id, change, None, None)
    tasks.announce(work.connection, row.id, event, work.at, work.desk.zone)


SWEEPS: dict[str, Callable[[Desk], int]] = {
    "leases": expire_leases,
    "reminders": remind,
    "overdue": mark_overdue,
    "escalation": escalate_overdue,
    "pauses": resume_suspended,
    "provisional deadlines": settle_deadlines,
    "late follow-ups": tell_late_follow_ups,
    "late complaints": tell_late_complaints,
    "provisional deadlines of complaints": settle_complaints,
}
"""All of them, by the names that the log calls them by."""

"""What is owed of complaints by when, in the store: worked out once, settled by their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from monitor.calendar import Deadline, Term
from monitor.complaint import Kind
from monitor.store.tables import alerts, complaint_deadlines, complaints


def owe(connection: Connection, number: int, owed: Mapping[Kind, Deadline]) -> None:
    """Enter what is owed of a complaint by when."""
    rows = [
        {"complaint": number, "kind": kind.value, "first_due_at": held.due_at} | _timed(held)
        for kind, held in owed.items()
    ]
    connection.execute(insert(complaint_deadlines), rows)


def _timed(held: Deadline) -> dict[str, Any]:
    return {
        "due_at": held.due_at,
        "since": held.since,
        "term": str(held.term) if held.term else None,
        "calendar": held.calendar,
        "provisional": held.provisional,
        "told_at": None,
    }


def put_off(
    connection: Connection, number: int, kind: Kind, held: Deadline, *, first: bool = False
) -> None:
    """Set another deadline; `first`: it counts as the one that there was from the beginning."""
    values = _timed(held) | ({"first_due_at": held.due_at} if first else {})
    connection.execute(update(complaint_deadlines).where(*_of(number, kind)).values(**values))


def settle(connection: Connection, number: int, kinds: Iterable[Kind], at: datetime) -> None:
    """Say that something is owed no more."""
    left = (complaint_deadlines.c.complaint == number, complaint_deadlines.c.settled_at.is_(None))
    named = complaint_deadlines.c.kind.in_([kind.value for kind in kinds])
    connection.execute(update(complaint_deadlines).where(*left, named).values(settled_at=at))


def _of(number: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (
        complaint_deadlines.c.complaint == number,
        complaint_deadlines.c.kind == kind.value,
    )


def get(connection: Connection, number: int, kind: Kind) -> Row[Any]:
    """The row of one deadline of a complaint."""
    return connection.execute(select(complaint_deadlines).where(*_of(number, kind))).one()


def late(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Deadlines that have passed, and were not told of yet, each with the alert and the task of its
    complaint; locked."""
    query = (
        select(complaint_deadlines, complaints.c.alert, alerts.c.task)
        .join(complaints, complaints.c.id == complaint_deadlines.c.complaint)
        .outerjoin(alerts, alerts.c.id == complaints.c.alert)
        .where(is_late(at), complaint_deadlines.c.told_at.is_(None))
        .order_by(complaint_deadlines.c.complaint, complaint_deadlines.c.kind)
        .limit(limit)
    )
    locked = query.with_for_update(skip_locked=True, of=complaint_deadlines)
    return list(connection.execute(locked).all())


def tell_late(connection: Connection, number: int, kind: str, at: datetime) -> None:
    """Note that it was told that something is late."""
    told = update(complaint_deadlines).where(*_of(number, Kind(kind)))
    connection.execute(told.values(told_at=at))


def provisional(connection: Connection, calendar: str, after: int, limit: int) -> list[Row[Any]]:
    """Deadlines of complaints behind a number that another version of the calendar left open, locked."""
    query = select(complaint_deadlines).where(
        complaint_deadlines.c.complaint > after,
        complaint_deadlines.c.provisional,
        complaint_deadlines.c.settled_at.is_(None),
        complaint_deadlines.c.calendar != calendar,
    )
    query = query.order_by(complaint_deadlines.c.complaint).limit(limit)
    return list(connection.execute(query.with_for_update(skip_locked=True)).all())


def held(row: Row[Any]) -> Deadline:
    """The deadline that a row holds."""
    return Deadline(
        due_at=row.due_at,
        term=Term.parse(row.term) if row.term else None,
        since=row.since,
        calendar=row.calendar,
        provisional=row.provisional,
    )


def is_late(at: datetime) -> ColumnElement[bool]:
    """The condition that something is owed still and was due at an instant."""
    due = complaint_deadlines.c.due_at <= at
    return due & complaint_deadlines.c.settled_at.is_(None)

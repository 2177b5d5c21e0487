"""Complaints in the store: entered once, taken along their steps; their reporters, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from monitor import complaint
from monitor.clock import rfc3339
from monitor.complaint import State
from monitor.store import database
from monitor.store.complaint_deadlines import is_late
from monitor.store.scope import within
from monitor.store.tables import (
    alerts,
    complaint_deadlines,
    complaint_reporters,
    complaint_steps,
    complaints,
    tasks,
)
from monitor.task import OPEN, Trigger

_AT_ONCE = 500


def enter(connection: Connection, values: Mapping[str, Any]) -> tuple[Row[Any], bool]:
    """Enter a complaint, or find the one of its channel and reference; says whether it is new."""
    statement = database.insert(connection, complaints).values(dict(values))
    new = connection.execute(statement.on_conflict_do_nothing().returning(complaints)).one_or_none()
    if new is not None:
        return new, True
    query = select(complaints).where(
        complaints.c.channel == values["channel"], complaints.c.reference == values["reference"]
    )
    return connection.execute(query).one(), False


def change(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Write values of a complaint."""
    connection.execute(update(complaints).where(complaints.c.id == number).values(**values))


def keep_reporter(connection: Connection, number: int, sealed: bytes) -> None:
    """Keep who made a complaint, sealed."""
    connection.execute(insert(complaint_reporters).values(complaint=number, sealed=sealed))


def reporter(connection: Connection, number: int) -> bytes | None:
    """Who made a complaint, sealed; None where nobody is known (any more)."""
    query = select(complaint_reporters.c.sealed).where(complaint_reporters.c.complaint == number)
    return connection.execute(query).scalar()


def some_reporter(connection: Connection) -> Row[Any] | None:
    """A reporter that is kept, as it is sealed: the one of the latest complaint."""
    query = select(complaint_reporters).order_by(complaint_reporters.c.complaint.desc())
    return connection.execute(query.limit(1)).one_or_none()


def drop_reporters(connection: Connection, before: datetime) -> int:
    """Let go of who made complaints that ended before an instant."""
    old = select(complaints.c.id).where(complaints.c.ended_at < before)
    kept = select(complaint_reporters.c.complaint).where(complaint_reporters.c.complaint.in_(old))
    gone = delete(complaint_reporters).where(
        complaint_reporters.c.complaint.in_(kept.limit(_AT_ONCE))
    )
    return connection.execute(gone).rowcount


# --- matters that are places ---------------------------------------------------------------------


def matters_around(
    connection: Connection, box: tuple[float, float, float, float]
) -> list[Row[Any]]:
    """Complaints within west, south, east, north that are nobody's and whose task is open, with the task:
    the latest hundred."""
    west, south, east, north = box
    query = (
        select(tasks.c.id.label("task"), complaints.c.longitude, complaints.c.latitude)
        .join(alerts, alerts.c.id == complaints.c.alert)
        .join(tasks, tasks.c.id == alerts.c.task)
        .where(
            tasks.c.uscc.is_(None),
            tasks.c.trigger == Trigger.COMPLAINT,
            tasks.c.state.in_(OPEN),
            complaints.c.longitude.between(west, east),
            complaints.c.latitude.between(south, north),
        )
    )
    latest = query.order_by(complaints.c.id.desc()).limit(100)
    found: list[Row[Any]] = list(connection.execute(latest))
    return found


def place_of(connection: Connection, alert: int) -> dict[str, float] | None:
    """Where the thing is that somebody complained of, by the complaint's alert."""
    query = select(complaints.c.longitude, complaints.c.latitude).where(
        complaints.c.alert == alert, complaints.c.longitude.is_not(None)
    )
    row = connection.execute(query.limit(1)).one_or_none()
    return {"longitude": row.longitude, "latitude": row.latitude} if row else None


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which complaints are listed."""

    state: State | None = None
    district: str | None = None
    overdue_at: datetime | None = None
    """Only those of which something is late at this instant."""
    uscc: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _rows(reach: Sequence[str]) -> Select[Any]:
    """Complaints within reach, with their tasks: of the district, or whose task is there."""
    query = select(complaints, alerts.c.task).outerjoin(alerts, alerts.c.id == complaints.c.alert)
    query = query.outerjoin(tasks, tasks.c.id == alerts.c.task)
    return query.where(or_(within(complaints.c.district, reach), within(tasks.c.district, reach)))


def get(
    connection: Connection, reach: Sequence[str], number: int, *, lock: bool = False
) -> Row[Any] | None:
    """A complaint within reach; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = _rows(reach).where(complaints.c.id == number)
    locked = query.with_for_update(of=complaints, key_share=True) if lock else query
    return connection.execute(locked).one_or_none()


def listed(
    connection: Connection, reach: Sequence[str], limit: int, before: int | None, wanted: Wanted
) -> list[Row[Any]]:
    """Complaints within reach, the latest first."""
    query = _rows(reach)
    for name in ("state", "district", "uscc", "channel"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(complaints.c[name] == value)
    if wanted.since is not None:
        query = query.where(complaints.c.received_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(complaints.c.received_at < wanted.until)
    if wanted.overdue_at is not None:
        late_ones = select(complaint_deadlines.c.complaint).where(is_late(wanted.overdue_at))
        query = query.where(complaints.c.id.in_(late_ones))
    if before is not None:
        query = query.where(complaints.c.id < before)
    return list(connection.execute(query.order_by(complaints.c.id.desc()).limit(limit)).all())


def note(
    connection: Connection,
    number: int,
    step: str,
    actor: str,
    at: datetime,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add a line to a complaint's history."""
    values = {"step": step, "actor": actor, "at": at, "reason": reason, "data": data}
    connection.execute(insert(complaint_steps).values(complaint=number, **values))


def shapes(connection: Connection, rows: Sequence[Row[Any]], zone: tzinfo) -> list[dict[str, Any]]:
    """The JSON of complaints' rows (of `get`, `listed`)."""
    numbers = [row.id for row in rows]
    steps: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    query = select(complaint_steps).where(complaint_steps.c.complaint.in_(numbers))
    for each in connection.execute(query.order_by(complaint_steps.c.id)):
        steps[each.complaint].append(each)
    owed: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    due = select(complaint_deadlines).where(complaint_deadlines.c.complaint.in_(numbers))
    for each in connection.execute(due.order_by(complaint_deadlines.c.due_at)):
        owed[each.complaint].append(each)
    known = select(complaint_reporters.c.complaint).where(
        complaint_reporters.c.complaint.in_(numbers)
    )
    kept = set(connection.execute(known).scalars())
    return [_shape(row, owed[row.id], steps[row.id], zone, row.id in kept) for row in rows]


def _shape(
    row: Row[Any], owed: list[Row[Any]], steps: list[Row[Any]], zone: tzinfo, kept: bool
) -> dict[str, Any]:
    def told(at: datetime | None) -> str | None:
        return rfc3339(at, zone) if at else None

    enterprise = {"uscc": row.uscc, "name": row.enterprise, "district": row.enterprise_district}
    place = {"longitude": row.longitude, "latitude": row.latitude}
    given = next((each for each in reversed(steps) if each.step == "feedback"), None)
    return {
        "id": row.id,
        "state": row.state,
        "channel": row.channel,
        "reference": row.reference,
        "received_at": told(row.received_at),
        "enterprise": enterprise if row.uscc else None,
        "place": place if row.longitude is not None else None,
        "nearest": {"name": row.nearest, "distance": row.distance} if row.nearest else None,
        "district": row.district,
        "text": row.text,
        "named": row.named,
        "reporter_kept": kept,
        "alert": row.alert,
        "task": row.task,
        "deadlines": [
            {
                "kind": each.kind,
                "due_at": told(each.due_at),
                "term": each.term,
                "calendar": each.calendar,
                "provisional": each.provisional,
                "settled_at": told(each.settled_at),
                "overdue_at": told(each.told_at),
            }
            for each in owed
        ],
        "outcome": row.outcome,
        "ended_at": told(row.ended_at),
        "feedback": given and {"at": told(given.at), "by": given.actor, "reason": given.reason},
        "feedback_owed": row.named and row.state in complaint.ENDED and given is None,
        "recorded_at": told(row.recorded_at),
        "recorded_by": row.recorded_by,
        "history": [
            {
                "at": told(each.at),
                "step": each.step,
                "actor": each.actor,
                "reason": each.reason,
                "data": each.data,
            }
            for each in steps
        ],
    }

"""Tasks in the store: opening or joining one, its JSON, listing, stepping, telling of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from monitor.calendar import Deadline, Term
from monitor.clock import rfc3339
from monitor.errors import StoreError
from monitor.store import attachments, follow_ups
from monitor.store.outbox import Event, publish
from monitor.store.tables import alerts, task_history, tasks
from monitor.task import HIGHEST_LEVEL, OPEN, State

_TRIES = 20
_ALERTS_TOLD = 100
_TEXT_TOLD = 500
_LINES_TOLD, _LINE_TOLD = 10, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What a task starts with. `uscc` None: only a place is known, and nothing can be joined."""

    trigger: str
    priority: int
    reason: str
    start_condition: dict[str, Any]
    queued_at: datetime
    deadline: Deadline
    remind_at: datetime | None = None
    check_kind: str = "case"
    mandatory: bool = True
    uscc: str | None = None
    enterprise: str | None = None
    enterprise_district: str | None = None
    district: str | None = None
    place: dict[str, Any] | None = None
    listing: dict[str, Any] = field(default_factory=dict)
    legal_basis: list[dict[str, Any]] = field(default_factory=list)


def open_or_join(connection: Connection, new: NewTask, actor: str) -> tuple[int, bool]:
    """The id of the matter's open task, and whether it was opened now.

    The unique index on open matters decides, so that two processes cannot open two. A joining alert
    may raise the priority, never lower it. The task that is joined stays open until the caller's
    transaction ends: on PostgreSQL its row is locked, and one that was reported meanwhile is not
    joined, for a new alert after the visit is a new task.
    """
    row = {column: getattr(new, column) for column in NewTask.__dataclass_fields__}
    row |= {"state": "queued", "version": 1} | timed(new.deadline, new.remind_at)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tasks).values(row).on_conflict_do_nothing().returning(tasks.c.id)
    for _ in range(_TRIES):
        created = connection.execute(statement).scalar()
        if created is not None:
            why = {"start_condition": new.start_condition}
            note(connection, created, new.queued_at, "queued", actor, new.reason, why)
            return created, True
        found = open_matter(connection, new.uscc, new.trigger, lock=True)
        if found is not None:
            join(connection, found, new)
            return found, False
    raise StoreError(
        f"the open task of {new.uscc} ({new.trigger}) changes hands too fast; try again"
    )


def open_matter(
    connection: Connection, uscc: str | None, trigger: str, *, lock: bool = False
) -> int | None:
    """The id of a matter's open task; `lock` holds it until the transaction ends (PostgreSQL).

    Where only a place is known there is no matter.
    """
    if uscc is None:
        return None
    query = select(tasks.c.id).where(
        tasks.c.uscc == uscc, tasks.c.trigger == trigger, tasks.c.state.in_(OPEN)
    )
    return connection.execute(query.with_for_update(key_share=True) if lock else query).scalar()


def join(connection: Connection, task: int, new: NewTask) -> None:
    """Let something join an open task, whose row is locked: it may make it more urgent, or mandatory,
    never less."""
    urgent = case((tasks.c.priority > new.priority, new.priority), else_=tasks.c.priority)
    at_once = update(tasks).where(tasks.c.id == task)
    connection.execute(
        at_once.values(
            priority=urgent,
            mandatory=tasks.c.mandatory | new.mandatory,
            version=tasks.c.version + 1,
        )
    )
    sooner = at_once.where(tasks.c.due_at > new.deadline.due_at)
    connection.execute(sooner.values(timed(new.deadline, new.remind_at)))


def timed(held: Deadline, remind_at: datetime | None) -> dict[str, Any]:
    """The columns of a deadline; a task that had been overdue by an earlier one is no more."""
    told = {
        "term": str(held.term) if held.term else None,
        "since": held.since.isoformat(),
        "calendar": held.calendar,
        "provisional": held.provisional,
    }
    return {
        "due_at": held.due_at,
        "deadline": told,
        "remind_at": remind_at,
        "overdue_at": None,
        "escalate_at": None,
    }


def deadline_of(row: Row[Any]) -> Deadline:
    """The deadline that a task's row holds."""
    told = row.deadline
    return Deadline(
        due_at=row.due_at,
        term=Term.parse(told["term"]) if told.get("term") else None,
        since=datetime.fromisoformat(told["since"]) if told.get("since") else row.queued_at,
        calendar=told.get("calendar"),
        provisional=told.get("provisional", False),
    )


def touch(connection: Connection, task: int) -> None:
    """Let readers see that something about a task has changed."""
    connection.execute(update(tasks).where(tasks.c.id == task).values(version=tasks.c.version + 1))


def note(
    connection: Connection,
    task: int,
    at: datetime,
    change: str,
    actor: str,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add a line to a task's history."""
    connection.execute(
        insert(task_history).values(
            task=task, at=at, change=change, actor=actor, reason=reason, data=data
        )
    )


def find(connection: Connection, task: int, *, lock: bool = False) -> Row[Any] | None:
    """The row of a task; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(tasks).where(tasks.c.id == task)
    return connection.execute(
        query.with_for_update(key_share=True) if lock else query
    ).one_or_none()


def change(connection: Connection, seen: Row[Any], values: Mapping[str, Any]) -> bool:
    """Write `values` if the task is still as `seen` (state and version); False if it is not.

    False, too, where it would be the second open task of its matter.
    """
    statement = (
        update(tasks)
        .where(tasks.c.id == seen.id, tasks.c.state == seen.state, tasks.c.version == seen.version)
        .values(**values, version=seen.version + 1)
    )
    if seen.state in OPEN or values.get("state") not in OPEN:
        return connection.execute(statement).rowcount == 1
    try:
        with connection.begin_nested():
            return connection.execute(statement).rowcount == 1
    except IntegrityError:
        return False


RUNNING = (State.QUEUED, State.CLAIMED)
"""States in which a task's time runs."""


def lapsed(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Claimed tasks whose lease has run out, locked; those that somebody works on are left out."""
    due = (tasks.c.state == State.CLAIMED, tasks.c.lease_until <= at)
    return _locked(connection, limit, *due)


def to_remind(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Tasks whose end comes near, locked."""
    return _locked(connection, limit, tasks.c.state.in_(RUNNING), tasks.c.remind_at <= at)


def late(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Tasks that became overdue and were not yet told of, locked."""
    due = (tasks.c.state.in_(RUNNING), tasks.c.due_at <= at, tasks.c.overdue_at.is_(None))
    return _locked(connection, limit, *due)


def to_escalate(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Tasks that have been overdue for so long that the next level has to know, locked."""
    due = (tasks.c.escalate_at <= at, tasks.c.level < HIGHEST_LEVEL)
    return _locked(connection, limit, tasks.c.state.in_(RUNNING), *due)


def to_resume(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Suspended tasks whose pause is over, locked."""
    due = (tasks.c.state == State.SUSPENDED, tasks.c.resume_at <= at)
    return _locked(connection, limit, *due)


def provisional(connection: Connection, calendar: str, after: int, limit: int) -> list[Row[Any]]:
    """Open tasks behind a number whose deadline another version of the calendar left open, locked."""
    held = tasks.c.deadline
    due = (
        tasks.c.id > after,
        tasks.c.state.in_(OPEN),
        held["provisional"].as_boolean(),
        held["calendar"].as_string() != calendar,
    )
    return _locked(connection, limit, *due)


def _locked(connection: Connection, limit: int, *which: ColumnElement[bool]) -> list[Row[Any]]:
    query = select(tasks).where(*which).order_by(tasks.c.id).limit(limit)
    return list(connection.execute(query.with_for_update(skip_locked=True, key_share=True)).all())


def tag(version: int) -> str:
    """The ETag of a task."""
    return f'"{version}"'


def counts(connection: Connection) -> dict[str, int]:
    """How many tasks are in each state."""
    query = select(tasks.c.state, func.count()).group_by(tasks.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416 - rows


def shape(connection: Connection, ids: Iterable[int], zone: tzinfo) -> dict[int, dict[str, Any]]:
    """The JSON of tasks, by id; times with the offset of `zone`, alerts oldest first."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = connection.execute(select(tasks).where(tasks.c.id.in_(wanted))).all()
    return {
        row.id: shaped for row, shaped in zip(rows, shape_rows(connection, rows, zone), strict=True)
    }


def shape_rows(
    connection: Connection, rows: Sequence[Row[Any]], zone: tzinfo
) -> list[dict[str, Any]]:
    """The JSON of task rows, in their order; a query for each kind of what they have."""
    joined: dict[int, list[Any]] = {row.id: [] for row in rows}
    query = select(alerts.c.task, alerts.c.id, alerts.c.mn).where(alerts.c.task.in_(list(joined)))
    for alert in connection.execute(query.order_by(alerts.c.id)):
        joined[alert.task].append(alert)
    past = histories(connection, list(joined), zone)
    owed = follow_ups.of(connection, list(joined))
    attached = attachments.brief(connection, list(joined))
    return [
        _shape(row, joined[row.id], zone)
        | {
            "follow_ups": owed[row.id],
            "attachments": attached[row.id],
            "history": past[row.id],
        }
        for row in rows
    ]


def _shape(row: Row[Any], joined: Sequence[Any], zone: tzinfo) -> dict[str, Any]:
    def time(when: datetime | None) -> str | None:
        return rfc3339(when, zone) if when else None

    enterprise = {"uscc": row.uscc, "name": row.enterprise, "district": row.enterprise_district}
    return {
        "id": row.id,
        "state": row.state,
        "mandatory": row.mandatory,
        "trigger": row.trigger,
        "priority": row.priority,
        "enterprise": enterprise if row.uscc else None,
        "district": row.district,
        "place": row.place,
        "outlets": list(dict.fromkeys(alert.mn for alert in joined if alert.mn)),
        "alerts": [alert.id for alert in joined],
        "reason": row.reason,
        "start_condition": row.start_condition,
        "check_kind": row.check_kind,
        "listing": row.listing,
        "legal_basis": row.legal_basis,
        "queued_at": time(row.queued_at),
        "due_at": time(row.due_at),
        "deadline": {name: row.deadline.get(name) for name in ("term", "calendar")}
        | {"provisional": row.deadline.get("provisional", False)},
        "overdue_at": time(row.overdue_at),
        "level": row.level,
        "assigned_to": row.assigned_to,
        "returned_at": time(row.returned_at),
        "suspended_at": time(row.suspended_at),
        "resume_at": time(row.resume_at),
        "claimed_by": row.claimed_by,
        "claimed_at": time(row.claimed_at),
        "lease_until": time(row.lease_until),
        "result": row.result,
        "version": row.version,
    }


def histories(
    connection: Connection, ids: Sequence[int], zone: tzinfo
) -> dict[int, list[dict[str, Any]]]:
    """What happened to tasks, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {task: [] for task in ids}
    query = select(task_history).where(task_history.c.task.in_(ids)).order_by(task_history.c.id)
    for row in connection.execute(query):
        found[row.task].append(
            {
                "at": rfc3339(row.at, zone),
                "change": row.change,
                "actor": row.actor,
                "reason": row.reason,
                "data": row.data,
            }
        )
    return found


def announce(
    connection: Connection,
    task: int,
    kind: str,
    at: datetime,
    zone: tzinfo,
    left: str | None = None,
) -> None:
    """Publish an event of a task (`task.queued` …) with the task as it now is.

    Call it after the rows are written: the snapshot is read here, and the outbox is locked from
    here to the end of the transaction. `left`: a district that the task may just have left, which would
    never hear so otherwise.
    """
    snapshot = shape(connection, [task], zone)[task]
    districts = [snapshot["district"]] + (
        [left] if left not in (None, snapshot["district"]) else []
    )
    data = told(snapshot)
    publish(
        connection, [Event(type=kind, at=at, district=d, data=data, task=task) for d in districts]
    )


def told(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of a task: the task, long lists and texts cut, and where to read all."""
    task = dict(snapshot)
    task["alerts"] = task["alerts"][-_ALERTS_TOLD:]
    task["outlets"] = task["outlets"][:_ALERTS_TOLD]
    task["attachments"] = task["attachments"][-_LINES_TOLD:]
    task["reason"] = task["reason"][:_TEXT_TOLD]
    if task["start_condition"]:
        text = task["start_condition"]["text"][:_TEXT_TOLD]
        task["start_condition"] = task["start_condition"] | {"text": text}
    task["history"] = [
        line | {"reason": (line["reason"] or "")[:_LINE_TOLD] or None, "data": None}
        for line in task["history"][-_LINES_TOLD:]
    ]
    if task["result"]:
        report = {name: v for name, v in task["result"].items() if name not in ("case", "relief")}
        task["result"] = report | {"findings": report["findings"][:_TEXT_TOLD]}
    path = f"/api/v1/tasks/{task['id']}"
    return {"task": task, "links": {"task": path}}

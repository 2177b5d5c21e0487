"""Tasks in the store: opening or joining one, listing, stepping."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store.tables import task_history, tasks
from monitor.task import OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What a task starts with. `uscc` None: only a place is known, and nothing can be joined."""

    trigger: str
    priority: int
    reason: str
    queued_at: datetime
    due_at: datetime
    mandatory: bool = True
    uscc: str | None = None
    enterprise: str | None = None
    district: str | None = None
    place: dict[str, Any] | None = None
    listing: dict[str, Any] = field(default_factory=dict)
    legal_basis: list[dict[str, Any]] = field(default_factory=list)


def open_or_join(connection: Connection, new: NewTask, actor: str) -> tuple[int, bool]:
    """The id of the matter's open task, and whether it was opened now.

    The unique index on open matters decides, so that two processes cannot open two.
    A joining alert may raise the priority, never lower it.
    """
    row = {column: getattr(new, column) for column in NewTask.__dataclass_fields__} | {
        "state": "queued",
        "version": 1,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tasks).values(row).on_conflict_do_nothing().returning(tasks.c.id)
    created = connection.execute(statement).scalar()
    if created is not None:
        note(connection, created, new.queued_at, "queued", actor, new.reason)
        return created, True
    found: int = connection.execute(
        select(tasks.c.id).where(
            tasks.c.uscc == new.uscc, tasks.c.trigger == new.trigger, tasks.c.state.in_(OPEN)
        )
    ).scalar_one()
    connection.execute(
        update(tasks)
        .where(tasks.c.id == found, tasks.c.priority > new.priority)
        .values(priority=new.priority, version=tasks.c.version + 1)
    )
    return found, False


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

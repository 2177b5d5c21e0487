"""Attachments: what belongs to a task, or came in reply to a reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from monitor.clock import rfc3339
from monitor.store.database import among
from monitor.store.scope import within
from monitor.store.tables import attachments, media, reminders, tasks

_OF_A_TASK = 500
"""How many a task may have."""


def add(connection: Connection, values: dict[str, Any]) -> int:
    """Enter an attachment of a recorded file; returns its id."""
    key = connection.execute(insert(attachments).values(values)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def _rows() -> Select[Any]:
    district = func.coalesce(tasks.c.district, reminders.c.district).label("district")
    query = select(attachments, media.c.size, media.c.type, district)
    query = query.join(media, media.c.sha256 == attachments.c.sha256)
    return query.outerjoin(tasks, tasks.c.id == attachments.c.task).outerjoin(
        reminders, reminders.c.id == attachments.c.reminder
    )


def find(connection: Connection, number: int, reach: Sequence[str]) -> Row[Any] | None:
    """An attachment with size, type and district, if the latter is within reach."""
    near = within(func.coalesce(tasks.c.district, reminders.c.district), reach)
    return connection.execute(_rows().where(attachments.c.id == number, near)).one_or_none()


def same(connection: Connection, task: int, sha256: str) -> Row[Any] | None:
    """The attachment of a task with just these bytes."""
    query = _rows().where(attachments.c.task == task, attachments.c.sha256 == sha256)
    return connection.execute(query).one_or_none()


def of_task(connection: Connection, task: int, limit: int, after: int = 0) -> list[Row[Any]]:
    """Attachments of a task behind an id, oldest first."""
    query = _rows().where(attachments.c.task == task, attachments.c.id > after)
    return list(connection.execute(query.order_by(attachments.c.id).limit(limit)).all())


def of_reminders(connection: Connection, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What was sent in reply to reminders, oldest first."""
    found: dict[int, list[Row[Any]]] = {number: [] for number in ids}
    query = _rows().where(among(connection, attachments.c.reminder, ids))
    for row in connection.execute(query.order_by(attachments.c.id)):
        found[row.reminder].append(row)
    return found


def taken(connection: Connection, task: int) -> tuple[int, int]:
    """How many attachments a task has, and their bytes."""
    query = select(func.count(), func.coalesce(func.sum(media.c.size), 0)).select_from(
        attachments.join(media, media.c.sha256 == attachments.c.sha256)
    )
    row = connection.execute(query.where(attachments.c.task == task)).one()
    return int(row[0]), int(row[1])


def has_room(count: int) -> bool:
    """Whether a task of so many attachments may have another."""
    return count < _OF_A_TASK


def strike_out(connection: Connection, number: int, at: datetime, by: str, reason: str) -> bool:
    """Mark an attachment as struck out; False if it was already."""
    statement = (
        update(attachments)
        .where(attachments.c.id == number, attachments.c.struck_at.is_(None))
        .values(struck_at=at, struck_by=by, struck_reason=reason)
    )
    return connection.execute(statement).rowcount == 1


def shape(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of an attachment's row; times with the offset of `zone`."""
    struck = None
    if row.struck_at is not None:
        struck = {
            "at": rfc3339(row.struck_at, zone),
            "by": row.struck_by,
            "reason": row.struck_reason,
        }
    return {
        "id": row.id,
        "task": row.task,
        "reminder": row.reminder,
        "sha256": row.sha256,
        "size": row.size,
        "type": row.type,
        "name": row.name,
        "kind": row.kind,
        "note": row.note,
        "taken_at": rfc3339(row.taken_at, zone) if row.taken_at else None,
        "by": row.by,
        "at": rfc3339(row.at, zone),
        "struck_out": struck,
        "links": links(row),
    }


def links(row: Any) -> dict[str, str | None]:
    """Where an attachment, its bytes and its smaller picture are."""
    path = f"/api/v1/attachments/{row.id}"
    small = f"{path}/thumbnail" if row.type.startswith("image/") else None
    return {"attachment": path, "content": f"{path}/content", "thumbnail": small}


def brief(connection: Connection, task_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What stands on tasks of their attachments, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in task_ids}
    columns = attachments.c
    query = select(
        columns.id, columns.task, columns.kind, columns.sha256, columns.struck_at, media.c.type
    ).join(media, media.c.sha256 == columns.sha256)
    query = query.where(among(connection, columns.task, task_ids)).order_by(columns.id)
    for row in connection.execute(query):
        found[row.task].append(
            {
                "id": row.id,
                "kind": row.kind,
                "sha256": row.sha256,
                "struck_out": row.struck_at is not None,
                "links": links(row),
            }
        )
    return found

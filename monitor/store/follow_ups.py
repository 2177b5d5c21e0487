"""What has to follow reported verifications, in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from monitor.follow_up import FollowUp
from monitor.store.tables import follow_ups, tasks


def owe(connection: Connection, task: int, owed: Iterable[FollowUp], by: str) -> None:
    """Enter what a task's report leads to."""
    rows = [
        {
            "task": task,
            "kind": each.kind.value,
            "due_on": each.due_on,
            "first_due_on": each.due_on,
            "done_on": each.done_on,
            "done_by": by if each.done_on else None,
        }
        for each in owed
    ]
    if rows:
        connection.execute(insert(follow_ups), rows)


def drop(connection: Connection, task: int, at: datetime) -> None:
    """Put aside what is still owed by a task that is opened again."""
    left = (follow_ups.c.task == task, follow_ups.c.done_on.is_(None))
    connection.execute(
        update(follow_ups).where(*left, follow_ups.c.dropped_at.is_(None)).values(dropped_at=at)
    )


def find(connection: Connection, task: int, number: int) -> Row[Any] | None:
    """One of a task's; those that were put aside are not found."""
    query = select(follow_ups).where(
        follow_ups.c.id == number, follow_ups.c.task == task, follow_ups.c.dropped_at.is_(None)
    )
    return connection.execute(query).one_or_none()


def open_of(connection: Connection, task: int) -> list[Row[Any]]:
    """What a task still owes, the last due first."""
    query = select(follow_ups).where(
        follow_ups.c.task == task,
        follow_ups.c.done_on.is_(None),
        follow_ups.c.dropped_at.is_(None),
    )
    return list(connection.execute(query.order_by(follow_ups.c.due_on.desc(), follow_ups.c.id)))


def change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Write values of one."""
    connection.execute(update(follow_ups).where(follow_ups.c.id == number).values(**values))


def of(connection: Connection, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The JSON of what tasks owe or owed, by task, in order of time."""
    found: dict[int, list[dict[str, Any]]] = {task: [] for task in ids}
    query = select(follow_ups).where(follow_ups.c.task.in_(ids), follow_ups.c.dropped_at.is_(None))
    for row in connection.execute(query.order_by(follow_ups.c.due_on, follow_ups.c.id)):
        found[row.task].append(
            {
                "id": row.id,
                "kind": row.kind,
                "due_on": row.due_on.isoformat(),
                "done_on": row.done_on.isoformat() if row.done_on else None,
                "done_by": row.done_by,
                "passed": row.passed,
            }
        )
    return found


def late(connection: Connection, today: date, limit: int) -> list[Row[Any]]:
    """What was due before today, is not done and not yet told of, with its task locked."""
    due = (
        follow_ups.c.done_on.is_(None),
        follow_ups.c.due_on < today,
        follow_ups.c.told_at.is_(None),
        follow_ups.c.dropped_at.is_(None),
    )
    query = (
        select(follow_ups)
        .join(tasks, tasks.c.id == follow_ups.c.task)
        .where(*due)
        .order_by(follow_ups.c.task, follow_ups.c.id)
        .limit(limit)
    )
    locked = query.with_for_update(skip_locked=True, of=(follow_ups, tasks), key_share=True)
    return list(connection.execute(locked).all())

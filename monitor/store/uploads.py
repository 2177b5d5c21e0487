"""Resumable uploads under way: whose they are, what they shall become, until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from monitor.store.tables import uploads


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Begin an upload."""
    connection.execute(insert(uploads).values(values))


def find(connection: Connection, name: str, task: int, token: int | None) -> Row[Any] | None:
    """An upload to a task, by the token that began it; locked until the transaction ends."""
    query = select(uploads).where(
        uploads.c.id == name, uploads.c.task == task, uploads.c.token == token
    )
    return connection.execute(query.with_for_update()).one_or_none()


def change(connection: Connection, name: str, values: dict[str, Any]) -> None:
    """Change an upload's columns."""
    connection.execute(update(uploads).where(uploads.c.id == name).values(values))


def drop(connection: Connection, name: str) -> None:
    """End an upload."""
    connection.execute(delete(uploads).where(uploads.c.id == name))


def under_way(
    connection: Connection, *, token: int | None = None, task: int | None = None
) -> tuple[int, int]:
    """How many uploads of a token, or to a task, are not complete, and the bytes they ask for."""
    query = select(func.count(), func.coalesce(func.sum(uploads.c.length), 0))
    query = query.where(uploads.c.attachment.is_(None))
    if token is not None:
        query = query.where(uploads.c.token == token)
    if task is not None:
        query = query.where(uploads.c.task == task)
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])


def expired(connection: Connection, at: datetime, limit: int) -> list[str]:
    """The ids of uploads whose time is over."""
    query = select(uploads.c.id).where(uploads.c.expires_at <= at).limit(limit)
    return list(connection.execute(query).scalars())


def among(connection: Connection, names: list[str]) -> set[str]:
    """Those of some ids that are uploads."""
    query = select(uploads.c.id).where(uploads.c.id.in_(names))
    return set(connection.execute(query).scalars())

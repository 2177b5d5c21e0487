"""Resumable uploads under way: whose they are, what they shall become, until when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, text, update

from monitor.store.tables import uploads

REMEMBERED = timedelta(days=1)
"""How long a finished upload can still be asked for by who missed the answer."""


def lock(connection: Connection, sender: Mapping[str, Any]) -> None:
    """From here to the end of the transaction nobody else begins an upload of a sender (PostgreSQL)."""
    if connection.dialect.name == "postgresql":
        named = "\0".join(["uploads", *(f"{name}={sender[name]}" for name in sorted(sender))])
        key = int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Begin an upload."""
    connection.execute(insert(uploads).values(values))


def find(connection: Connection, name: str, whose: Mapping[str, Any]) -> Row[Any] | None:
    """An upload of just these columns; locked until the transaction ends."""
    query = select(uploads).where(uploads.c.id == name, *_same(whose))
    return connection.execute(query.with_for_update()).one_or_none()


def _same(whose: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [uploads.c[name].is_not_distinct_from(value) for name, value in whose.items()]


def finish(connection: Connection, names: Sequence[str], at: datetime) -> None:
    """Let uploads be finished; they are remembered for a day, for who missed the answer."""
    if names:
        done = update(uploads).where(uploads.c.id.in_(names))
        connection.execute(done.values(finished_at=at, expires_at=at + REMEMBERED))


def change(connection: Connection, name: str, values: dict[str, Any]) -> None:
    """Change an upload's columns."""
    connection.execute(update(uploads).where(uploads.c.id == name).values(values))


def drop(connection: Connection, name: str) -> None:
    """End an upload."""
    connection.execute(delete(uploads).where(uploads.c.id == name))


def under_way(connection: Connection, whose: Mapping[str, Any]) -> tuple[int, int]:
    """How many uploads of just these columns are not finished, and the bytes they ask for."""
    query = select(func.count(), func.coalesce(func.sum(uploads.c.length), 0))
    row = connection.execute(query.where(uploads.c.finished_at.is_(None), *_same(whose))).one()
    return int(row[0]), int(row[1])


def to_adapters(connection: Connection) -> list[Row[Any]]:
    """The uploads to adapters that are not finished."""
    query = select(uploads).where(uploads.c.adapter.is_not(None), uploads.c.finished_at.is_(None))
    return list(connection.execute(query.order_by(uploads.c.expires_at)).all())


def expired(connection: Connection, at: datetime, after: str, limit: int) -> list[Row[Any]]:
    """The uploads whose time is over, by their ids, those behind one."""
    query = select(uploads).where(uploads.c.expires_at <= at, uploads.c.id > after)
    return list(connection.execute(query.order_by(uploads.c.id).limit(limit)).all())


def among(connection: Connection, names: list[str]) -> set[str]:
    """Those of some ids that are uploads."""
    query = select(uploads.c.id).where(uploads.c.id.in_(names))
    return set(connection.execute(query).scalars())

"""Requests that came with an `Idempotency-Key`: entered with what they change, answered after.

The answers are sealed: what of them is shown once (a token, a webhook's secret) cannot be read out of
the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from monitor.store.database import insert
from monitor.store.tables import keyed_requests

_AT_ONCE = 500


def enter(connection: Connection, key: str, content: str, at: datetime) -> Row[Any] | None:
    """Enter a request under its key; the row of the first one if there was one already.

    Of two at once the second waits here until the first has committed or given up.
    """
    statement = insert(connection, keyed_requests).values(key=key, content=content, at=at)
    entered = statement.on_conflict_do_nothing().returning(keyed_requests.c.key)
    if connection.execute(entered).scalar() is not None:
        return None
    query = select(keyed_requests).where(keyed_requests.c.key == key)
    return connection.execute(query).one()


def note_link(connection: Connection, key: str, link: str) -> None:
    """Write down the path of what the request made or changed."""
    _change(connection, key, link=link)


def keep_answer(connection: Connection, key: str, answer: bytes) -> None:
    """Keep the sealed answer of a request."""
    _change(connection, key, answer=answer)


def _change(connection: Connection, key: str, **values: Any) -> None:
    statement = update(keyed_requests).where(keyed_requests.c.key == key)
    connection.execute(statement.values(**values))


def drop(connection: Connection, before: datetime) -> int:
    """Let go of requests older than `before`, a bounded piece of them; returns how many."""
    old = select(keyed_requests.c.key).where(keyed_requests.c.at < before).limit(_AT_ONCE)
    return connection.execute(delete(keyed_requests).where(keyed_requests.c.key.in_(old))).rowcount

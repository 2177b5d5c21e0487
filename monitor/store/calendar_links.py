"""Links under which calendars read due dates, in the store."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from monitor.store.tables import calendar_links, tokens
from monitor.store.tokens import in_force


def add(connection: Connection, token: int, digest: str, at: datetime, *, details: bool) -> int:
    """Store a new link by its hash; returns its id."""
    row = {"token": token, "hash": digest, "details": details, "created_at": at}
    key = connection.execute(insert(calendar_links).values(row)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def count(connection: Connection, token: int) -> int:
    """How many links a token has."""
    query = select(func.count()).where(calendar_links.c.token == token)
    return int(connection.execute(query).scalar_one())


def of(connection: Connection, token: int) -> list[Row[Any]]:
    """A token's links, oldest first."""
    query = select(calendar_links).where(calendar_links.c.token == token)
    return list(connection.execute(query.order_by(calendar_links.c.id)).all())


def remove(connection: Connection, token: int, link: int) -> bool:
    """End a link; False if the token has none of that id."""
    statement = delete(calendar_links).where(
        calendar_links.c.id == link, calendar_links.c.token == token
    )
    return connection.execute(statement).rowcount == 1


def find(connection: Connection, digest: str, at: datetime, today: date) -> Row[Any] | None:
    """The token in force behind a link, with the link's `details`."""
    query = (
        select(tokens, calendar_links.c.details)
        .join(calendar_links, calendar_links.c.token == tokens.c.id)
        .where(calendar_links.c.hash == digest, in_force(at, today))
    )
    return connection.execute(query).one_or_none()

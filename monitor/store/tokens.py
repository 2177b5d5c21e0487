"""Tokens in the store: only their hashes, with role, districts and last use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from monitor.store.tables import tokens, webhooks

_USE_NOTED_EVERY = timedelta(minutes=1)


def add(
    connection: Connection,
    *,
    name: str,
    role: str,
    districts: Sequence[str],
    digest: str,
    at: datetime,
    expires_on: date | None,
) -> int:
    """Store a new token by its hash; returns its id."""
    statement = insert(tokens).values(
        name=name,
        role=role,
        districts=list(districts),
        hash=digest,
        created_at=at,
        expires_on=expires_on,
    )
    return int(connection.execute(statement).inserted_primary_key[0])  # type: ignore[index]


def listed(connection: Connection) -> list[Row[Any]]:
    """Every token, oldest first, revoked ones too."""
    return list(connection.execute(select(tokens).order_by(tokens.c.id)).all())


def revoke(connection: Connection, token: int, at: datetime) -> bool:
    """End a token and the webhooks made with it; False if there is none that is not revoked."""
    alive = update(tokens).where(tokens.c.id == token, tokens.c.revoked_at.is_(None))
    if connection.execute(alive.values(revoked_at=at)).rowcount != 1:
        return False
    ended = update(webhooks).where(webhooks.c.token == token, webhooks.c.state == "enabled")
    connection.execute(ended.values(state="disabled"))
    return True


def in_force(today: date) -> ColumnElement[bool]:
    """Neither revoked nor expired (`expires_on` is a token's last day)."""
    lasts = or_(tokens.c.expires_on.is_(None), tokens.c.expires_on >= today)
    return and_(tokens.c.revoked_at.is_(None), lasts)


def find(connection: Connection, digest: str, today: date) -> Row[Any] | None:
    """The token of a hash, if it is in force."""
    query = select(tokens).where(tokens.c.hash == digest, in_force(today))
    return connection.execute(query).one_or_none()


def use_is_stale(token: Row[Any], at: datetime) -> bool:
    """Whether the last use on record is old enough to be written anew (at most once a minute)."""
    return token.last_used_at is None or token.last_used_at <= at - _USE_NOTED_EVERY


def note_use(connection: Connection, token: int, at: datetime) -> None:
    """Write down that a token was used."""
    connection.execute(update(tokens).where(tokens.c.id == token).values(last_used_at=at))

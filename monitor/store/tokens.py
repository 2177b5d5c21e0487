"""Tokens in the store: only their hashes, with role, districts and last use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from monitor.store.tables import tokens, webhooks
from monitor.store.types import UtcDateTime

_USE_NOTED_EVERY = timedelta(minutes=1)
_LOCK = 0x746F_6B65_6E73  # "tokens"
_AT_ONCE = 500


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a new token by its hash; returns its id."""
    return int(connection.execute(insert(tokens).values(values)).inserted_primary_key[0])  # type: ignore[index]


def change(connection: Connection, token: int, values: Mapping[str, Any]) -> None:
    """Change a token's columns."""
    connection.execute(update(tokens).where(tokens.c.id == token).values(values))


def in_force(at: Any, today: Any) -> ColumnElement[bool]:
    """Neither revoked nor over; `expires_on` is a token's last day."""
    return and_(
        tokens.c.revoked_at.is_(None),
        or_(tokens.c.expires_on.is_(None), tokens.c.expires_on >= today),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > at),
    )


def lock_names(connection: Connection) -> None:
    """From here to the end of the transaction nobody else takes a name."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def holder(connection: Connection, name: str, at: datetime, today: date) -> Row[Any] | None:
    """Who in force has a name, sessions aside."""
    query = select(tokens).where(tokens.c.name == name, in_force(at, today))
    return connection.execute(query.where(tokens.c.kind != "session").limit(1)).first()


def shared_names(connection: Connection, at: datetime, today: date) -> list[str]:
    """Names that several in force have, from before they were refused."""
    query = select(tokens.c.name).where(in_force(at, today), tokens.c.kind != "session")
    several = query.group_by(tokens.c.name).having(func.count() > 1).order_by(tokens.c.name)
    return list(connection.execute(several).scalars())


def listed(connection: Connection, after: int = 0) -> list[Row[Any]]:
    """Every token with an id above `after`, oldest first, revoked ones too."""
    query = select(tokens).where(tokens.c.id > after)
    return list(connection.execute(query.order_by(tokens.c.id)).all())


def get(connection: Connection, token: int, *, lock: bool = False) -> Row[Any] | None:
    """A token by its id; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(tokens).where(tokens.c.id == token)
    query = query.with_for_update(key_share=True) if lock else query
    return connection.execute(query).one_or_none()


def revoke(connection: Connection, token: int, at: datetime) -> bool:
    """End a token, a person's sessions, and the webhooks; False if it is not there or was revoked."""
    alive = update(tokens).where(tokens.c.revoked_at.is_(None)).values(revoked_at=at)
    if connection.execute(alive.where(tokens.c.id == token)).rowcount != 1:
        return False
    end_dependants(connection, token, at)
    return True


def end_dependants(connection: Connection, token: int, at: datetime) -> None:
    """End what rests on a token or person: sessions, and webhooks."""
    alive = update(tokens).where(tokens.c.revoked_at.is_(None), tokens.c.person == token)
    connection.execute(alive.values(revoked_at=at))
    ended = update(webhooks).where(webhooks.c.token == token, webhooks.c.state == "enabled")
    connection.execute(ended.values(state="disabled"))


_FIND = select(tokens).where(
    tokens.c.hash == bindparam("digest"),
    tokens.c.kind != "person",
    in_force(bindparam("at", type_=UtcDateTime), bindparam("today", type_=Date)),
)
"""Made once: every request asks it."""


def find(connection: Connection, digest: str, at: datetime, today: date) -> Row[Any] | None:
    """The token of a hash, if it is in force."""
    return connection.execute(_FIND, {"digest": digest, "at": at, "today": today}).one_or_none()


def person(connection: Connection, digest: str, *, lock: bool = False) -> Row[Any] | None:
    """The person of a hash of who it is, revoked or not."""
    query = select(tokens).where(tokens.c.hash == digest, tokens.c.kind == "person")
    query = query.with_for_update(key_share=True) if lock else query
    return connection.execute(query).one_or_none()


def sessions(connection: Connection, person: int, at: datetime) -> list[Row[Any]]:
    """A person's sessions that go on, oldest first."""
    query = select(tokens).where(
        tokens.c.person == person, tokens.c.revoked_at.is_(None), tokens.c.expires_at > at
    )
    return list(connection.execute(query.order_by(tokens.c.id)).all())


def drop_sessions(connection: Connection, before: datetime) -> int:
    """Let go of sessions that were over before `before`; returns how many."""
    old = select(tokens.c.id).where(tokens.c.kind == "session", tokens.c.expires_at < before)
    return connection.execute(delete(tokens).where(tokens.c.id.in_(old.limit(_AT_ONCE)))).rowcount


def use_is_stale(token: Row[Any], at: datetime) -> bool:
    """Whether the last use on record is old enough to be written anew (at most once a minute)."""
    return token.last_used_at is None or token.last_used_at <= at - _USE_NOTED_EVERY


def note_use(connection: Connection, token: int, at: datetime, origin: str | None) -> None:
    """Write down that a token was used, and from where."""
    change(connection, token, {"last_used_at": at, "last_used_from": origin})

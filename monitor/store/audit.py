"""The audit trail: who did what, when, to what, from where; each row's hash covers the one before.

Rows are numbered without gaps under a lock that lasts to the end of the transaction, so the chain
never forks. What the chain shows and what it does not: `monitor.trail`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, text

from monitor import trail
from monitor.store.tables import audit

_LOCK = 0x6175_6469_74  # "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One action: `object` is what it was done to, e.g. `task/17`; `data` texts and integers."""

    at: datetime
    actor: str
    action: str
    object: str
    origin: str | None = None
    data: dict[str, Any] | None = None


def append(connection: Connection, entry: Entry) -> int:
    """Add an entry to the chain; returns its number."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    head = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    seq, previous = (head.seq + 1, head.hash) if head else (1, trail.START)
    row = {
        "seq": seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "origin": entry.origin,
        "data": entry.data,
        "previous": previous,
    }
    connection.execute(insert(audit).values(**row, hash=trail.digest(trail.entry(row))))
    return seq


def entries(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[Any]:
    """Entries behind number `after` in their order, as `trail.entry` has them."""
    query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    for row in connection.execute(query).yield_per(1000):
        yield trail.entry(dict(row._mapping))


def verify(connection: Connection) -> str | None:
    """None if the chain holds from its first row to its last, else what is wrong and where."""
    try:
        trail.check(entries(connection), whole=True)
    except trail.Altered as fault:
        return str(fault)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter over entries; None = any. Those at or after `since`, before `until`."""

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def listed(
    connection: Connection, after: int, limit: int, wanted: Wanted | None = None
) -> list[Row[Any]]:
    """Entries behind number `after`, oldest first."""
    query = select(audit).where(audit.c.seq > after, *_conditions(wanted or Wanted()))
    return list(connection.execute(query.order_by(audit.c.seq).limit(limit)).all())


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in ("actor", "action", "object"):
        value = getattr(wanted, name)
        if value is not None:
            yield audit.c[name] == value
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until


def between(
    connection: Connection, since: datetime | None, until: datetime | None
) -> tuple[int, int] | None:
    """The first and the last number of the entries of a span; None if there are none."""
    span = _conditions(Wanted(since=since, until=until))
    query = select(func.min(audit.c.seq), func.max(audit.c.seq)).where(*span)
    first, last = connection.execute(query).one()
    return None if first is None else (first, last)


def newest(connection: Connection) -> Row[Any] | None:
    """The chain's last entry."""
    return connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()


def of(
    connection: Connection, objects: Sequence[str], limit: int, *, besides: str
) -> list[Row[Any]]:
    """What was done to things, oldest first, but for one kind of action."""
    query = select(audit).where(audit.c.object.in_(objects), audit.c.action != besides)
    return list(connection.execute(query.order_by(audit.c.seq).limit(limit)).all())

"""The audit trail: who did what, when, to what, from where; each row's hash covers the one before.

Rows are numbered without gaps under a lock that lasts to the end of the transaction, so the chain
never forks. A chain shows every later edit and every row taken out of its middle; that its end was
not cut off shows only against a head (`seq`, `hash`) noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from monitor.store.tables import audit

_LOCK = 0x6175_6469_74  # "audit"
_START = "0" * 64
_FORMAT = 1


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
    seq, previous = (head.seq + 1, head.hash) if head else (1, _START)
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
    connection.execute(insert(audit).values(**row, hash=_digest(row)))
    return seq


def _digest(row: dict[str, Any]) -> str:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(
        row | {"at": at, "format": _FORMAT},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(connection: Connection) -> str | None:
    """None if the chain holds from its first row to its last, else what is wrong and where."""
    seq, previous = 0, _START
    for row in connection.execute(select(audit).order_by(audit.c.seq)).yield_per(1000):
        fields = dict(row._mapping)
        found = fields.pop("hash")
        if row.seq != seq + 1:
            return f"audit row {seq + 1} is missing"
        if row.previous != previous or found != _digest(fields):
            return f"audit row {row.seq} was altered"
        seq, previous = row.seq, found
    return None


def listed(connection: Connection, after: int, limit: int) -> list[Row[Any]]:
    """Entries behind number `after`, oldest first."""
    query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return list(connection.execute(query).all())


def newest(connection: Connection) -> Row[Any] | None:
    """The chain's last entry."""
    return connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()


def of(
    connection: Connection, objects: Sequence[str], limit: int, *, besides: str
) -> list[Row[Any]]:
    """What was done to things, oldest first, but for one kind of action."""
    query = select(audit).where(audit.c.object.in_(objects), audit.c.action != besides)
    return list(connection.execute(query.order_by(audit.c.seq).limit(limit)).all())

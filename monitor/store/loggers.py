"""Data loggers that introduced themselves (HJ 212-2025 CN=1001), and the MN each was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, select, update

from monitor.clock import rfc3339
from monitor.store.database import insert
from monitor.store.tables import loggers, outlets

STRANGERS = 5_000
"""Loggers that are remembered beside one for each registered MN; of more only the frames are."""


class Heard(NamedTuple):
    """An introduction as it came."""

    logger: str
    adapter: str
    details: Mapping[str, str]
    mn: str | None
    peer: str
    at: datetime


def introduce(connection: Connection, heard: Iterable[Heard]) -> None:
    """Enter loggers, or when and where they were heard last; an MN once given stays."""
    newest = {each.logger: each for each in heard}
    if not newest:
        return
    found = select(loggers.c.logger).where(loggers.c.logger.in_(newest))
    known = set(connection.execute(found).scalars())
    room = STRANGERS - _strangers(connection) if newest.keys() - known else 0
    new = sorted(newest.keys() - known)[: max(0, room)]
    rows = [_row(newest[name]) for name in sorted({*known, *new})]
    if not rows:
        return
    statement = insert(connection, loggers)
    fresh = statement.excluded
    kept = {"adapter": fresh.adapter, "details": fresh.details, "peer": fresh.peer}
    kept |= {"last_seen": fresh.last_seen, "mn": func.coalesce(loggers.c.mn, fresh.mn)}
    connection.execute(statement.on_conflict_do_update(index_elements=["logger"], set_=kept), rows)


def assign(connection: Connection, logger: str, mn: str) -> bool:
    """A logger has taken an MN (CN=1002); False if it never introduced itself."""
    given = update(loggers).where(loggers.c.logger == logger).values(mn=mn)
    return connection.execute(given).rowcount == 1


def find(connection: Connection, logger: str, *, lock: bool = False) -> Row[Any] | None:
    """A logger by its own number; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(loggers).where(loggers.c.logger == logger)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def shape(row: Row[Any], zone: tzinfo) -> dict[str, Any]:
    """A logger's JSON."""
    return {
        **row._mapping,
        "first_seen": rfc3339(row.first_seen, zone),
        "last_seen": rfc3339(row.last_seen, zone),
    }


def listed(
    connection: Connection, assigned: bool | None, limit: int | None = None, after: str = ""
) -> list[Row[Any]]:
    """Loggers by their numbers, behind `after`; those with an MN, without, or all."""
    query = select(loggers).where(loggers.c.logger > after).order_by(loggers.c.logger)
    if assigned is not None:
        query = query.where(loggers.c.mn.is_not(None) if assigned else loggers.c.mn.is_(None))
    return list(connection.execute(query.limit(limit)).all())


def _strangers(connection: Connection) -> int:
    """How many there are but for one of each registered MN, which anybody may say is his."""
    known = select(outlets.c.mn).where(outlets.c.superseded_at.is_(None))
    registered = case((loggers.c.mn.in_(known), loggers.c.mn))
    query = select(func.count() - func.count(registered.distinct())).select_from(loggers)
    return connection.execute(query).scalar_one()


def _row(heard: Heard) -> dict[str, Any]:
    return {
        "logger": heard.logger,
        "adapter": heard.adapter,
        "details": dict(heard.details),
        "mn": heard.mn,
        "peer": heard.peer,
        "first_seen": heard.at,
        "last_seen": heard.at,
    }

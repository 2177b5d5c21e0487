"""Which alert is borne out by which (互证): found by enterprise and time, kept for good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, text, update

from monitor.clock import from_ms, rfc3339
from monitor.corroboration import Clue, family
from monitor.store.database import among, insert
from monitor.store.tables import alerts, corroborations

MOST = 20
"""So many stand on an alert, the first that were found: they say what there is to say."""


def lock(connection: Connection, uscc: str) -> None:
    """Nobody else changes this enterprise's alerts from here to the end of the transaction (PostgreSQL).

    Otherwise two alerts that come at once would not see each other.
    """
    if connection.dialect.name == "postgresql":
        key = hashlib.sha256(b"corroboration\0" + uscc.encode()).digest()[:8]
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(key, signed=True)}
        )


_TAKES_PART = (alerts.c.uscc.is_not(None), ~alerts.c.silent, alerts.c.periods > 0)


def of_those(connection: Connection, numbers: Iterable[int]) -> list[Row[Any]]:
    """Those of some alerts that may take part, by id."""
    query = select(alerts).where(among(connection, alerts.c.id, sorted(numbers)), *_TAKES_PART)
    return list(connection.execute(query.order_by(alerts.c.id)).all())


def around(connection: Connection, usccs: Iterable[str], since: int, until: int) -> list[Row[Any]]:
    """Alerts of enterprises that may take part and touch [since, until], in milliseconds, by id."""
    after = or_(
        alerts.c.end_ms >= since, and_(alerts.c.end_ms.is_(None), alerts.c.start_ms >= since)
    )
    query = select(alerts).where(
        among(connection, alerts.c.uscc, sorted(usccs)),
        after,
        alerts.c.start_ms <= until,
        *_TAKES_PART,
    )
    return list(connection.execute(query.order_by(alerts.c.id)).all())


def clue(row: Row[Any]) -> Clue:
    """An alert's row as corroboration looks at it."""
    return Clue(
        id=row.id,
        rule=row.rule,
        uscc=row.uscc,
        start_ms=row.start_ms,
        end_ms=row.start_ms if row.end_ms is None else row.end_ms,
    )


def counts(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """By how many each of some alerts is borne out."""
    column = corroborations.c.alert
    query = select(column, func.count()).where(among(connection, column, numbers)).group_by(column)
    return {number: count for number, count in connection.execute(query)}  # noqa: C416 - rows


def add(connection: Connection, pairs: Iterable[tuple[int, int]], at: datetime) -> None:
    """Enter which alert is borne out by which; what is known stays."""
    rows = [{"alert": alert, "by": by, "at": at} for alert, by in pairs]
    if rows:
        connection.execute(insert(connection, corroborations).on_conflict_do_nothing(), rows)


def known(connection: Connection, numbers: Sequence[int]) -> set[tuple[int, int]]:
    """The pairs of alert and what bears it out, of some alerts."""
    query = select(corroborations.c.alert, corroborations.c.by)
    query = query.where(among(connection, corroborations.c.alert, numbers))
    return {(row.alert, row.by) for row in connection.execute(query)}


def move(connection: Connection, source: int, target: int) -> None:
    """An alert's findings are another's now: it is the other that bears out, and is borne out."""
    for own, across in (("alert", "by"), ("by", "alert")):
        column, other = corroborations.c[own], corroborations.c[across]
        there = select(other).where(column == target)
        moved = update(corroborations).where(column == source, other.not_in(there))
        connection.execute(moved.values({own: target}))
        connection.execute(delete(corroborations).where(column == source))


def copy(connection: Connection, source: int, target: int, at: datetime) -> None:
    """A part of an alert is borne out by what the whole was."""
    query = select(corroborations.c.by).where(corroborations.c.alert == source)
    add(connection, [(target, by) for by in connection.execute(query).scalars().all()], at)


def borne_out(connection: Connection, by: int) -> list[Row[Any]]:
    """The alerts that were lifted, are part of a task, and that an alert bears out."""
    query = (
        select(alerts)
        .join(corroborations, corroborations.c.alert == alerts.c.id)
        .where(
            corroborations.c.by == by,
            alerts.c.own_outcome.is_not(None),
            alerts.c.task.is_not(None),
        )
    )
    return list(connection.execute(query.order_by(alerts.c.id)).all())


def of(
    connection: Connection, rows: Sequence[Row[Any]], zone: tzinfo
) -> dict[int, list[dict[str, Any]]]:
    """What stands on alerts of what bears them out: in order of time, with what it changed."""
    found: dict[int, list[dict[str, Any]]] = {row.id: [] for row in rows}
    outcomes = {row.id: (row.own_outcome or row.outcome, row.outcome) for row in rows}
    query = (
        select(corroborations.c.alert.label("of"), alerts)
        .join(alerts, alerts.c.id == corroborations.c.by)
        .where(among(connection, corroborations.c.alert, list(found)))
        .order_by(alerts.c.start_ms, alerts.c.id)
    )
    for row in connection.execute(query):
        before, after = outcomes[row.of]
        dismissed = row.screening is not None and row.screening["verdict"] == "dismiss"
        found[row.of].append(
            {
                "alert": row.id,
                "rule": row.rule,
                "family": family(row.rule),
                "start": rfc3339(from_ms(row.start_ms), zone),
                "end": None if row.end_ms is None else rfc3339(from_ms(row.end_ms), zone),
                "before": before,
                "after": after,
                "stands": row.periods > 0 and not dismissed,
            }
        )
    return found

"""What an evidence bundle asks of the store and nobody else does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.store.tables import audit, findings, marks


def findings_of(connection: Connection, alert: int, limit: int) -> list[Row[Any]]:
    """The first periods that an alert is made of, in order of time."""
    query = select(findings).where(findings.c.alert == alert)
    order = (findings.c.start_ms, findings.c.device, findings.c.pollutant, findings.c.period)
    return list(connection.execute(query.order_by(*order).limit(limit)).all())


def marks_over(
    connection: Connection, mn: str, start_ms: int, end_ms: int, limit: int
) -> list[Row[Any]]:
    """Marks of a device that overlap a span, those struck out too, in order of time."""
    query = select(marks).where(
        marks.c.mn == mn, marks.c.start_ms <= end_ms, marks.c.end_ms >= start_ms
    )
    order = (marks.c.start_ms, marks.c.id)
    return list(connection.execute(query.order_by(*order).limit(limit)).all())


def exports_of(connection: Connection, alert: int, action: str) -> list[Row[Any]]:
    """The entries of the audit trail that say which bundles of an alert were handed out."""
    query = select(audit).where(audit.c.object == f"alert/{alert}", audit.c.action == action)
    return list(connection.execute(query.order_by(audit.c.seq)).all())

"""What comes of alerts (产出率), rule by rule: counted in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, or_, select

from monitor.store.scope import within
from monitor.store.tables import alerts, reminders, tasks
from monitor.task import Result
from monitor.yields import CAUSES, VERDICTS

_CONFIRMED = (Result.CONFIRMED.value, Result.PARTLY_CONFIRMED.value)


def counts(
    connection: Connection,
    reach: Sequence[str],
    since: datetime,
    until: datetime,
    district: str | None = None,
) -> list[dict[str, Any]]:
    """Per rule, what came of the alerts that were opened in [since, until), within reach.

    Silent alerts, and those without findings of which nobody has decided anything, are left out. What was
    verified and confirmed is counted in alerts: of several of one task, each.
    """
    verdict = alerts.c.screening["verdict"].as_string()
    cause = alerts.c.screening["cause"].as_string()
    result = tasks.c.result["result"].as_string()
    muted = or_(alerts.c.muting_alert.is_not(None), alerts.c.muting_silence.is_not(None))
    columns: dict[str, ColumnElement[Any]] = {
        "alerts": func.count(),
        "muted": _where(muted),
        "reminded": _where(_reminded()),
        "replied": _where(_reminded(reminders.c.answered_at.is_not(None))),
        **{each: _where(verdict == each) for each in VERDICTS},
        **{f"cause_{each}": _where(cause == each) for each in CAUSES},
        "tasks": func.count(distinct(alerts.c.task)),
        "verified": _where(result.is_not(None)),
        "confirmed": _where(result.in_(_CONFIRMED)),
    }
    counted = (
        ~alerts.c.silent,
        or_(alerts.c.periods > 0, verdict.is_not(None), alerts.c.task.is_not(None)),
        alerts.c.opened_at >= since,
        alerts.c.opened_at < until,
        within(alerts.c.district, reach),
    )
    query = (
        select(alerts.c.rule, *(column.label(name) for name, column in columns.items()))
        .select_from(alerts.outerjoin(tasks, tasks.c.id == alerts.c.task))
        .where(*counted)
        .group_by(alerts.c.rule)
        .order_by(alerts.c.rule)
    )
    if district is not None:
        query = query.where(alerts.c.district == district)
    return [dict(row._mapping) for row in connection.execute(query)]


def _where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _reminded(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a reminder of the alert (that is like this)."""
    there = select(reminders.c.id).where(and_(reminders.c.alert == alerts.c.id, *more))
    return there.correlate(alerts).exists()

"""What the records say of enterprises, for the conditions of the positive list: many in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.positive import Conditions, Facts, Visit, months_after
from monitor.store.database import among
from monitor.store.tables import (
    alerts,
    cases,
    device_days,
    devices,
    enterprises,
    outlets,
    positive_list,
    tasks,
)

_DONE = ("reported", "closed")
_VIOLATION = ("confirmed", "partly_confirmed")
_UNTIL_VISITED = timedelta(days=366)
"""How long before its visit a task may have been queued."""
_EXCEEDANCE, _BREACH = "exceedance", "stop-order-breach"


def facts(
    connection: Connection, usccs: Sequence[str], on: date, conditions: Conditions, zone: tzinfo
) -> dict[str, Facts]:
    """The facts of enterprises up to a civil day."""
    found = dict.fromkeys(usccs, Facts())
    reported = _reported(connection, usccs, on, conditions.reporting_days)
    for row in connection.execute(_of(connection, enterprises, usccs)):
        heard = reported.get(row.uscc, {})
        found[row.uscc] = Facts(
            industry=row.industry,
            outlets=tuple(sorted(heard)),
            reported=frozenset(mn for mn, was in heard.items() if was),
        )
    months = max(conditions.violation_months, conditions.check_months)
    since = min(months_after(on, -months), on - timedelta(days=conditions.within_limits_days))
    for uscc, visits in _visits(connection, usccs, since, zone).items():
        found[uscc] = replace(found[uscc], visits=visits)
    for uscc, filed in _cases(connection, usccs, months_after(on, -conditions.case_months)).items():
        found[uscc] = replace(found[uscc], cases=filed)
    for uscc, told in _alerts(connection, usccs, _EXCEEDANCE, since, on, zone).items():
        found[uscc] = replace(found[uscc], exceedances=told)
    for uscc, told in _alerts(connection, usccs, _BREACH, since, on, zone).items():
        found[uscc] = replace(found[uscc], breaches=told)
    for uscc, until in _bars(connection, usccs):
        found[uscc] = replace(found[uscc], bar_until=until)
    return found


def _of(connection: Connection, table: Any, usccs: Iterable[str]) -> Any:
    return select(table).where(
        among(connection, table.c.uscc, usccs), table.c.superseded_at.is_(None)
    )


def _reported(
    connection: Connection, usccs: Sequence[str], on: date, days: int
) -> dict[str, dict[str, bool]]:
    """By enterprise, its outlets and whether each has sent frames in the last days up to one."""
    named = [on - timedelta(days=back) for back in range(days)]
    heard = (
        select(devices.c.mn)
        .join(device_days, device_days.c.device == devices.c.id)
        .where(device_days.c.day.in_(named), device_days.c.frames > device_days.c.refused)
    )
    owned: dict[str, dict[str, bool]] = {}
    for row in connection.execute(_of(connection, outlets, usccs)):
        owned.setdefault(row.uscc, {})[row.mn] = False
    wanted = [mn for each in owned.values() for mn in each]
    sent = set(connection.execute(heard.where(among(connection, devices.c.mn, wanted))).scalars())
    return {uscc: {mn: mn in sent for mn in each} for uscc, each in owned.items()}


def _visits(
    connection: Connection, usccs: Sequence[str], since: date, zone: tzinfo
) -> dict[str, tuple[Visit, ...]]:
    query = select(tasks.c.id, tasks.c.uscc, tasks.c.result).where(
        among(connection, tasks.c.uscc, usccs),
        tasks.c.state.in_(_DONE),
        tasks.c.queued_at >= day_start(since, zone) - _UNTIL_VISITED,
    )
    found: dict[str, tuple[Visit, ...]] = {}
    for row in connection.execute(query.order_by(tasks.c.id)):
        if row.result:
            on = civil_date(datetime.fromisoformat(row.result["inspected_at"]), zone)
            visit = Visit(row.id, on, row.result["result"] in _VIOLATION)
            found[row.uscc] = (*found.get(row.uscc, ()), visit)
    return found


def _cases(
    connection: Connection, usccs: Sequence[str], since: date
) -> dict[str, tuple[Visit, ...]]:
    """Cases that were filed and neither withdrawn nor struck out."""
    query = select(cases.c.id, cases.c.uscc, cases.c.filed_on).where(
        among(connection, cases.c.uscc, usccs),
        cases.c.filed_on >= since,
        cases.c.withdrawn_on.is_(None),
        cases.c.struck_at.is_(None),
    )
    found: dict[str, tuple[Visit, ...]] = {}
    for row in connection.execute(query.order_by(cases.c.id)):
        found[row.uscc] = (*found.get(row.uscc, ()), Visit(row.id, row.filed_on, True))
    return found


def _alerts(
    connection: Connection, usccs: Sequence[str], rule: str, since: date, on: date, zone: tzinfo
) -> dict[str, tuple[Visit, ...]]:
    """Alerts of a rule that somebody was to look at, but for those that were dismissed."""
    query = (
        select(alerts.c.id, alerts.c.uscc, alerts.c.start_ms, alerts.c.screening, tasks.c.result)
        .outerjoin(tasks, tasks.c.id == alerts.c.task)
        .where(
            among(connection, alerts.c.uscc, usccs),
            alerts.c.rule == rule,
            alerts.c.outcome != "remind",
            ~alerts.c.silent,
            alerts.c.start_ms >= to_ms(day_start(since, zone)),
            alerts.c.start_ms < to_ms(day_start(on + timedelta(days=1), zone)),
        )
    )
    found: dict[str, tuple[Visit, ...]] = {}
    for row in connection.execute(query.order_by(alerts.c.id)):
        if row.screening and row.screening.get("verdict") == "dismiss":
            continue
        confirmed = row.result["result"] in _VIOLATION if row.result else None
        visit = Visit(row.id, civil_date(from_ms(row.start_ms), zone), confirmed)
        found[row.uscc] = (*found.get(row.uscc, ()), visit)
    return found


def _bars(connection: Connection, usccs: Sequence[str]) -> list[tuple[str, date]]:
    book = positive_list.c
    query = (
        select(book.uscc, func.max(book.bar_until))
        .where(
            among(connection, book.uscc, usccs),
            book.superseded_at.is_(None),
            book.bar_until.is_not(None),
        )
        .group_by(book.uscc)
    )
    return [(uscc, until) for uscc, until in connection.execute(query)]

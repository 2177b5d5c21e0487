"""Alerts and the findings they are made of.

A finding is one period that exceeds, once. An alert is an episode: findings of one device, rule,
period and pollutant that follow each other, with nothing judged to be within the limit between them
and no silence longer than the policy's. The tables are kept to exactly that, whatever the order in
which periods arrive: a period within the limit between two findings parts their episode, a finding
between two episodes may make them one.

An alert is quiet, kept with its evidence and told to nobody, while it is silent (real-time or minute data
all of whose findings came late) or muted (by another alert, or a silence).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from monitor.clock import from_ms, rfc3339
from monitor.store import corroborations, reminders
from monitor.store.database import among
from monitor.store.outbox import Event, publish
from monitor.store.tables import alerts, findings
from monitor.store.tasks import touch


@dataclass(frozen=True, slots=True)
class Series:
    """What an episode runs along."""

    device: int
    rule: str
    period: str
    pollutant: str

    @classmethod
    def of(cls, row: Any) -> Series:
        """The series of an alert's or a finding's row."""
        return cls(row.device, row.rule, row.period, row.pollutant)


def _along(table: Any, series: Series) -> tuple[Any, ...]:
    return (
        table.c.device == series.device,
        table.c.rule == series.rule,
        table.c.period == series.period,
        table.c.pollutant == series.pollutant,
    )


def touching(
    connection: Connection, numbers: Sequence[int], rule: str, since_ms: int
) -> dict[Series, list[Row[Any]]]:
    """Alerts of a rule at devices that a period from `since_ms` on could end, part or prolong."""
    query = select(alerts).where(
        among(connection, alerts.c.device, numbers),
        alerts.c.rule == rule,
        or_(alerts.c.state == "open", alerts.c.cleared_ms > since_ms),
    )
    found: dict[Series, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(Series.of(row), []).append(row)
    return found


def neighbours(
    connection: Connection, series: Series, at_ms: int
) -> tuple[Row[Any] | None, Row[Any] | None, Row[Any] | None]:
    """The findings of a series before, at, and after an instant."""
    query = select(findings).where(*_along(findings, series))
    before = query.where(findings.c.start_ms < at_ms).order_by(findings.c.start_ms.desc()).limit(1)
    at = query.where(findings.c.start_ms == at_ms)
    after = query.where(findings.c.start_ms > at_ms).order_by(findings.c.start_ms).limit(1)
    first, second, third = (connection.execute(q).first() for q in (before, at, after))
    return first, second, third


def within(connection: Connection, series: Series, start_ms: int, end_ms: int) -> list[Row[Any]]:
    """The findings of a series with a start in [start, end)."""
    span = (findings.c.start_ms >= start_ms, findings.c.start_ms < end_ms)
    query = select(findings).where(*_along(findings, series), *span).order_by(findings.c.start_ms)
    return list(connection.execute(query).all())


def add_finding(connection: Connection, series: Series, alert: int, values: dict[str, Any]) -> None:
    """Enter a finding under an alert."""
    row = {
        "device": series.device,
        "rule": series.rule,
        "period": series.period,
        "pollutant": series.pollutant,
        "alert": alert,
    } | values
    connection.execute(insert(findings).values(row))


def change_finding(connection: Connection, finding: Row[Any], values: dict[str, Any]) -> None:
    """Change a finding's columns: another version of the same period stands for it, or adds to it."""
    at = (*_along(findings, Series.of(finding)), findings.c.start_ms == finding.start_ms)
    connection.execute(update(findings).where(*at).values(values))


def drop_finding(connection: Connection, finding: Row[Any]) -> None:
    """Strike out a finding that does not hold any more (its limit was corrected)."""
    at = (*_along(findings, Series.of(finding)), findings.c.start_ms == finding.start_ms)
    connection.execute(delete(findings).where(*at))


def move_findings(connection: Connection, source: int, target: int, after_ms: int | None) -> None:
    """Put the findings of one alert (only those that start after an instant) under another."""
    moved = findings.c.alert == source
    if after_ms is not None:
        moved &= findings.c.start_ms > after_ms
    connection.execute(update(findings).where(moved).values(alert=target))


def open_alert(connection: Connection, values: dict[str, Any]) -> int:
    """Enter an alert; returns its id."""
    key = connection.execute(insert(alerts).values(values)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    _joins(connection, values)
    return int(key[0])


def get(connection: Connection, alert: int) -> Row[Any]:
    """An alert that is known to be there."""
    return connection.execute(select(alerts).where(alerts.c.id == alert)).one()


def those(connection: Connection, numbers: Iterable[int]) -> list[Row[Any]]:
    """Some alerts, by id."""
    query = select(alerts).where(among(connection, alerts.c.id, sorted(numbers)))
    return list(connection.execute(query.order_by(alerts.c.id)).all())


def quiet(row: Any) -> bool:
    """Whether nothing is told of an alert: it only came late, or it is muted."""
    muted = row.muting_alert is not None or row.muting_silence is not None
    return bool(row.silent) or muted


def whole_reason(row: Any) -> str:
    """What an alert says: its rule's sentence, and by what it was lifted."""
    return str(row.reason) + (row.lifted or "")


def change(connection: Connection, alert: int, values: dict[str, Any]) -> None:
    """Change an alert's columns."""
    connection.execute(update(alerts).where(alerts.c.id == alert).values(values))
    _joins(connection, values)


def _joins(connection: Connection, values: dict[str, Any]) -> None:
    """A task that gets an alert is another version: its JSON names the alert."""
    if values.get("task") is not None:
        touch(connection, values["task"])


def extent(connection: Connection, alert: int) -> dict[str, Any]:
    """What an alert's findings add up to: its span, their number, and how many came in time."""
    span = connection.execute(
        select(
            func.min(findings.c.start_ms).label("start_ms"),
            func.max(findings.c.end_ms).label("end_ms"),
            func.count().label("periods"),
            func.count().filter(~findings.c.late).label("in_time"),
        ).where(findings.c.alert == alert)
    ).one()
    return dict(span._mapping) if span.periods else {"periods": 0}


def starts(
    connection: Connection, device: int, rule: str, period: str, since_ms: int, until_ms: int
) -> Sequence[int]:
    """Where a rule found something in a period's data of a device within [since, until)."""
    query = select(findings.c.start_ms).where(
        findings.c.device == device,
        findings.c.rule == rule,
        findings.c.period == period,
        findings.c.start_ms >= since_ms,
        findings.c.start_ms < until_ms,
    )
    return connection.execute(query).scalars().all()


def worst(connection: Connection, alert: int) -> Row[Any]:
    """The finding of an alert that exceeds by most; of equals the first."""
    query = (
        select(findings)
        .where(findings.c.alert == alert)
        .order_by(findings.c.exceed_ratio.desc(), findings.c.start_ms)
        .limit(1)
    )
    return connection.execute(query).one()


def standing(connection: Connection, task: int) -> int:
    """How many alerts with findings stand behind a task; silent ones do not."""
    query = select(func.count()).where(
        alerts.c.task == task, alerts.c.periods > 0, ~alerts.c.silent
    )
    return connection.execute(query).scalar_one()


def last_start(connection: Connection, alert: int) -> int | None:
    """When the last finding of an alert starts."""
    query = select(func.max(findings.c.start_ms)).where(findings.c.alert == alert)
    return connection.execute(query).scalar()


def _signed(row: Any) -> float | None:
    """超标倍数 = (value − limit) / limit: below zero where a lower bound was not reached."""
    ratio: float | None = row.exceed_ratio
    below = row.value is not None and row.limit is not None and row.value < row.limit
    return -ratio if ratio is not None and below else ratio


def shape(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of an alert's row, or of what has its columns; times with the offset of `zone`."""

    def time(ms: int | None) -> str | None:
        return None if ms is None else rfc3339(from_ms(ms), zone)

    enterprise = {"uscc": row.uscc, "name": row.enterprise, "district": row.district}
    return {
        "id": row.id,
        "rule": row.rule,
        "outcome": row.outcome,
        "state": row.state,
        "enterprise": enterprise if row.uscc else None,
        "outlet": row.mn,
        "pollutant": row.pollutant,
        "period": row.period,
        "start": time(row.start_ms),
        "end": time(row.end_ms),
        "cleared_at": time(row.cleared_ms),
        "value": row.value,
        "limit": row.limit,
        "exceed_ratio": _signed(row),
        "clause": row.clause,
        "limit_verified": row.verified,
        "reason": whole_reason(row),
        "source": row.source,
        "label": row.label,
        "count": row.periods,
        "task": row.task,
        "screening": row.screening,
        "opened_at": rfc3339(row.opened_at, zone),
        "silent": row.silent,
        "muted_by": _muted_by(row),
    }


def _muted_by(row: Any) -> dict[str, int] | None:
    if row.muting_alert is not None:
        return {"alert": row.muting_alert}
    return None if row.muting_silence is None else {"silence": row.muting_silence}


def shape_rows(
    connection: Connection, rows: Sequence[Row[Any]], zone: tzinfo, at: datetime
) -> list[dict[str, Any]]:
    """The JSON of alerts' rows, with what bears them out and the reminders that they led to, as they
    stand at an instant."""
    reminded = reminders.brief(connection, [row.id for row in rows], at)
    borne_out = corroborations.of(connection, rows, zone)
    return [
        shape(row, zone) | {"reminders": reminded[row.id], "corroborated_by": borne_out[row.id]}
        for row in rows
    ]


def announce(connection: Connection, alert: int, kind: str, at: datetime, zone: tzinfo) -> None:
    """Publish an event of an alert (`alert.opened` …) with the alert as it now is; locks the outbox."""
    row = get(connection, alert)
    (shaped,) = shape_rows(connection, [row], zone, at)
    event = Event(
        type=kind,
        at=at,
        district=row.district,
        data={"alert": shaped, "links": {"alert": f"/api/v1/alerts/{alert}"}},
        task=row.task,
        alert=alert,
    )
    publish(connection, [event])


def rules_of(connection: Connection, device: int) -> set[str]:
    """The rules that have findings at a device."""
    query = select(findings.c.rule).where(findings.c.device == device).distinct()
    return set(connection.execute(query).scalars())


def pollutants(connection: Connection, device: int, rule: str, period: str) -> list[str]:
    """The pollutants of which a device has findings of a rule and period."""
    query = (
        select(findings.c.pollutant)
        .where(findings.c.device == device, findings.c.rule == rule, findings.c.period == period)
        .distinct()
    )
    return sorted(connection.execute(query).scalars())

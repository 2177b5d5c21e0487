"""How good a device's data is, for whoever may read: the quality page and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from monitor import gaps
from monitor.actions.desk import Desk
from monitor.clock import civil_date, day_start, rfc3339
from monitor.errors import NotFound
from monitor.gaps import Gap
from monitor.observation import Period
from monitor.rates import Rates
from monitor.store import Connection, Row, coverage, device_days, views
from monitor.tokens import Caller, Right

_MONTH = 30  # days looked back for frames and problems
_WEEK = 7


def page(desk: Desk, caller: Caller, mn: str) -> dict[str, Any]:
    """The quality page of a device (数据质量)."""
    caller.require(Right.READ)
    now, zone = desk.now(), desk.zone
    today = civil_date(now, zone)
    with desk.store.read() as connection:
        row = _device(connection, caller, mn)
        days = device_days.of_device(connection, row.id, today, _MONTH)
        covered = {kind: _coverage(desk, connection, row, kind, now) for kind in gaps.KINDS}
        minutes = covered[Period.MINUTE]
        interval = minutes.interval if minutes else None
        return summary(row, desk) | {
            "clean": {
                "today": _frames(days, today),
                "days_7": _frames(days, today - timedelta(days=_WEEK - 1)),
                "days_30": _frames(days, today - timedelta(days=_MONTH - 1)),
            },
            "problems": [
                {
                    "problem": problem.problem,
                    "count": problem.count,
                    "last_at": rfc3339(problem.last_at, zone),
                }
                for problem in views.problems_of(connection, mn, today, _MONTH)
            ],
            "clock": _clock(days),
            "minute_interval": interval / timedelta(minutes=1) if interval else None,
            "rates": _rates(desk, connection, row, now),
            "gaps": {kind.value: _summary(there, desk) for kind, there in covered.items()},
        }


def missing(
    desk: Desk, caller: Caller, mn: str, period: Period, since: datetime, until: datetime
) -> list[Gap]:
    """What is missing of a device's period in [since, until); nothing of one it never sends."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        row = _device(connection, caller, mn)
        there = coverage.coverage(
            connection, row.id, row.first_seen, period, since, until, desk.now(), desk.zone
        )
    return there.gaps if there else []


def summary(row: Row[Any], desk: Desk) -> dict[str, Any]:
    """The JSON of a row of `views.device_rows`."""
    return {
        "mn": row.mn,
        "adapter": row.adapter,
        "registered": row.outlet is not None,
        "first_seen": rfc3339(row.first_seen, desk.zone),
        "last_seen": rfc3339(row.last_seen, desk.zone),
        "frames": row.frames,
        "peer": row.peer,
    }


def gap_shape(gap: Gap, desk: Desk) -> dict[str, Any]:
    """The JSON of a gap."""
    return {
        "period": gap.period.value,
        "start": rfc3339(gap.start, desk.zone),
        "end": rfc3339(gap.end, desk.zone),
        "missing": gap.missing,
    }


def _device(connection: Connection, caller: Caller, mn: str) -> Row[Any]:
    row = views.device_row(connection, caller.districts, mn)
    if row is None:
        raise NotFound("nothing was ever heard of such a device")
    return row


def _frames(days: Sequence[Row[Any]], since: date) -> dict[str, Any]:
    counted = [row for row in days if row.day >= since]
    total, clean, refused = (
        sum(getattr(row, name) for row in counted) for name in ("frames", "clean", "refused")
    )
    return {
        "frames": total,
        "clean": clean,
        "refused": refused,
        "share": clean / total if total else None,
    }


def _clock(days: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """How far the device's clock was ahead on the last day that tells."""
    told = [row for row in days if row.timed]
    if not told:
        return None
    row = told[-1]
    return {
        "day": row.day.isoformat(),
        "frames": row.timed,
        "mean_ms": row.skew_ms / row.timed,
        "least_ms": row.skew_low_ms,
        "most_ms": row.skew_high_ms,
    }


def _rates(desk: Desk, connection: Connection, row: Row[Any], now: datetime) -> dict[str, Any]:
    today = civil_date(now, desk.zone)
    spans = {
        "yesterday": (today - timedelta(days=1), day_start(today, desk.zone)),
        "days_7": (today - timedelta(days=_WEEK - 1), now),
        "month": (today.replace(day=1), now),
    }
    found = {}
    for name, (first, until) in spans.items():
        since = day_start(first, desk.zone)
        in_time, with_late = coverage.hour_rates(
            connection, row.id, row.first_seen, since, until, now, desk.zone
        )
        found[name] = {"in_time": _rates_shape(in_time), "with_late": _rates_shape(with_late)}
    return found


def _rates_shape(rates: Rates) -> dict[str, Any]:
    return {
        "due": rates.due,
        "received": rates.received,
        "valid": rates.valid,
        "transmission": rates.transmission,
        "validity": rates.validity,
        "effective": rates.effective,
    }


def _coverage(
    desk: Desk, connection: Connection, row: Row[Any], period: Period, now: datetime
) -> coverage.Coverage | None:
    first = civil_date(now, desk.zone) - timedelta(days=_WEEK - 1)
    since = day_start(first, desk.zone)
    return coverage.coverage(connection, row.id, row.first_seen, period, since, now, now, desk.zone)


def _summary(there: coverage.Coverage | None, desk: Desk) -> dict[str, Any] | None:
    """The gaps of the last seven days in short; None of a period that is never sent."""
    if there is None:
        return None
    found = there.gaps
    longest = max(found, key=lambda gap: gap.missing, default=None)
    return {
        "due": len(there.slots),
        "missing": sum(gap.missing for gap in found),
        "gaps": len(found),
        "longest": gap_shape(longest, desk) if longest else None,
    }

"""Which span of time the values of a frame stand for.

HJ 212-2017 6.6.4: the DataTime of real-time data is the instant of sampling, that of minute, hour
and daily data the beginning of the period.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from adapters.hj212.times import instant
from monitor.clock import civil_date, day_start
from monitor.observation import Period

FURNACE_MINUTES = 5
"""CN=2111: means of the furnace temperature over five minutes (HJ 212-2025 C.31)."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=2)
"""No analyser takes longer to a result (HJ 212-2025 C.28)."""
AHEAD = timedelta(hours=1)
"""How far a device's clock may run ahead before its data is not believed."""

PERIODS: dict[str, Period] = {
    "2011": Period.REALTIME,
    "2021": Period.REALTIME,
    "2031": Period.DAY,
    "2041": Period.DAY,
    "2051": Period.MINUTE,
    "2061": Period.HOUR,
    "2111": Period.MINUTE,
    "2013": Period.SAMPLE,
    "2052": Period.SAMPLE,
    "2063": Period.SAMPLE,
    "2062": Period.CHECK,
}
"""The uploads whose values are readings; all others are kept as frames only."""


class Span(NamedTuple):
    """A period of a DataTime. `problems` is not empty where it was floored."""

    period: Period
    start: datetime
    end: datetime
    problems: tuple[str, ...]


@lru_cache(maxsize=8_192)
def span(cn: str, digits: str, zone: tzinfo, minute_interval: int) -> Span | None:
    """The span of an upload's 14 digits; None for what is no time, or one before 2000."""
    when = instant(digits, zone)
    if when is None or when < _EARLIEST:
        return None
    period = PERIODS[cn]
    start = _floor(when, period, zone)
    problems = () if start == when else ("unaligned-data-time",)
    minutes = FURNACE_MINUTES if cn == "2111" else minute_interval
    return Span(period, start, _end(start, period, zone, minutes), problems)


def completed(when: Span, texts: Iterable[object], zone: tzinfo) -> Span:
    """A single measurement's span: it ends with the last result (CompleteTime), if that was sent."""
    told = (instant(text[:14], zone) for text in texts if isinstance(text, str))
    ends = [end for end in told if end is not None and when.start <= end <= when.start + _LONGEST]
    return when._replace(end=max(ends, default=when.end))


def _floor(when: datetime, period: Period, zone: tzinfo) -> datetime:
    if period is Period.MINUTE:
        return when.replace(second=0)
    if period is Period.HOUR:
        # In local time: not every zone is whole hours away from UTC.
        return when.astimezone(zone).replace(minute=0, second=0).astimezone(UTC)
    if period is Period.DAY:
        return day_start(civil_date(when, zone), zone)
    return when


def _end(start: datetime, period: Period, zone: tzinfo, minutes: int) -> datetime:
    if period is Period.MINUTE:
        return start + timedelta(minutes=minutes)
    if period is Period.HOUR:
        return start + timedelta(hours=1)
    if period is Period.DAY:
        return day_start(civil_date(start, zone) + timedelta(days=1), zone)
    return start

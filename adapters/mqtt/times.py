"""The times of JSON messages: text or number to an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from adapters.hj212 import numbers, periods, times
from monitor.clock import EPOCH
from monitor.observation import Period

FORMATS = ("iso", "digits", "epoch_s", "epoch_ms")
"""The formats with a name; all others are patterns of strptime."""

_LONGEST = 64
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_UPLOADS = {Period.MINUTE: "2051", Period.HOUR: "2061", Period.DAY: "2031"}


def instant(value: Any, time_format: str, zone: tzinfo) -> datetime | None:
    """The UTC time of a value; None where it is none in this format. `zone`: of those without offset."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        if time_format.startswith("epoch"):
            count, _ = numbers.number(text)
            return None if count is None else EPOCH + timedelta(**{_UNITS[time_format]: count})
        if time_format == "digits":
            return times.instant(text, zone)
        if time_format == "iso":
            when = datetime.fromisoformat(text)
        else:
            when = datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone follows
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def span(
    when: datetime, period: Period, zone: tzinfo, minutes: int, *, marks_end: bool
) -> tuple[datetime, datetime, tuple[str, ...]] | None:
    """Start and end of a period, and the problem with its label; None before 2000.

    Periods of a civil day and hour are the bureau's (`zone`), minutes are `minutes` long.
    """
    if when < _EARLIEST:
        return None
    if period is Period.REALTIME:
        return when, when, ()
    label = when - _BACK.get(period, timedelta(minutes=minutes)) if marks_end else when
    found = periods.span(_UPLOADS[period], times.digits(label, zone), zone, minutes)
    if found is None:
        return None
    aligned = when == (found.end if marks_end else found.start)
    return found.start, found.end, () if aligned else ("unaligned-data-time",)


_UNITS = {"epoch_s": "seconds", "epoch_ms": "milliseconds"}
_BACK = {Period.HOUR: timedelta(hours=1), Period.DAY: timedelta(hours=12)}
"""From the end of a period back into it; half a day, since not every day has 24 hours."""

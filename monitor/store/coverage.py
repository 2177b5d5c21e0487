"""What of a device's data is there, what is missing, and how much of it is valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection, select

from monitor import gaps, rates
from monitor.clock import civil_date, day_start, to_ms
from monitor.gaps import Gap, Slots
from monitor.observation import Period
from monitor.rates import Rates, Value
from monitor.store.devices import first_heard
from monitor.store.readings import FLOOD, HOUR_MS, hours_in_chunks, rank_of
from monitor.store.tables import averages, readings

USUAL_INTERVAL = timedelta(minutes=10)
"""Of minute data, where a device's own cannot be learnt."""

_ENOUGH = 10
"""So many starts tell the interval of a device."""
_BACK = timedelta(days=7)
"""So far back a device's minute data is looked for where the span has too little of it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was due of a device's period in a span, and the starts that are there."""

    slots: Slots
    starts: Sequence[int]
    interval: timedelta | None
    """Of minute data."""

    @property
    def gaps(self) -> list[Gap]:
        """What is missing."""
        return self.slots.gaps(self.starts)


def device_gaps(
    connection: Connection,
    mn: str,
    now: datetime,
    days: int,
    zone: tzinfo,
    periods: Sequence[Period] = gaps.KINDS,
    usual: timedelta = USUAL_INTERVAL,
) -> list[Gap]:
    """What is missing of a device's last so many civil days, today included; none of one never heard.

    A period counts only where the device sends it at all: in the span or before it (minutes: up to
    seven days before).
    """
    heard = first_heard(connection, [mn]).get(mn)
    if heard is None:
        return []
    since = day_start(civil_date(now, zone) - timedelta(days=days - 1), zone)
    found = []
    for period in periods:
        there = coverage(connection, *heard, period, since, now, now, zone, usual)
        found += there.gaps if there else []
    return found


def coverage(
    connection: Connection,
    device: int,
    first_seen: datetime,
    period: Period,
    since: datetime,
    until: datetime,
    now: datetime,
    zone: tzinfo,
    usual: timedelta = USUAL_INTERVAL,
) -> Coverage | None:
    """What was due in [since, until) of a period, and what is there; None if it never is sent."""
    begin, end = gaps.span(period, since, until, first_seen, now)
    there = starts(connection, device, period, to_ms(begin), to_ms(end))
    known: Sequence[int] = there
    if len(there) < _ENOUGH and (period in FLOOD or not there):
        known = [*_before(connection, device, period, to_ms(begin)), *there]
    if not known:
        return None
    learnt = gaps.interval(known, usual) if period is Period.MINUTE else None
    return Coverage(gaps.due(period, begin, end, zone, learnt or usual), there, learnt)


def starts(
    connection: Connection, device: int, period: Period, since_ms: int, until_ms: int
) -> list[int]:
    """The starts of whatever is stored of a device's period in [since, until), in order."""
    if period not in FLOOD:
        query = select(averages.c.start_ms).where(
            averages.c.device == device,
            averages.c.period == period.value,
            averages.c.start_ms >= since_ms,
            averages.c.start_ms < until_ms,
        )
        return sorted(connection.execute(query.distinct()).scalars())
    found: set[int] = set()
    for hours in hours_in_chunks(since_ms // HOUR_MS, (until_ms - 1) // HOUR_MS):
        found.update(_flood_starts(connection, device, period, hours))
    return sorted(start for start in found if since_ms <= start < until_ms)


def _flood_starts(
    connection: Connection, device: int, period: Period, hours: Sequence[int]
) -> list[int]:
    query = select(readings.c.start_ms).where(
        readings.c.hour.in_(hours),
        readings.c.device == device,
        readings.c.period == period.value,
    )
    return list(connection.execute(query.distinct()).scalars())


def _before(connection: Connection, device: int, period: Period, until_ms: int) -> list[int]:
    """Some starts before an instant: the latest where there are enough, of hours and days one."""
    if period not in FLOOD:
        query = select(averages.c.start_ms).where(
            averages.c.device == device,
            averages.c.period == period.value,
            averages.c.start_ms < until_ms,
        )
        return list(connection.execute(query.limit(1)).scalars())
    found: list[int] = []
    last = until_ms // HOUR_MS
    for back in hours_in_chunks(0, _BACK // timedelta(hours=1)):
        hours = [last - each for each in back]
        found += (s for s in _flood_starts(connection, device, period, hours) if s < until_ms)
        if len(found) >= _ENOUGH:
            break
    return found


def hour_rates(
    connection: Connection,
    device: int,
    first_seen: datetime,
    since: datetime,
    until: datetime,
    now: datetime,
    zone: tzinfo,
) -> tuple[Rates, Rates]:
    """Rates of a span by hour groups, in time and with late ones; nothing due where none ever came."""
    begin, end = gaps.span(Period.HOUR, since, until, first_seen, now)
    low, high = to_ms(begin), to_ms(end)
    values = _hour_values(connection, device, low, high)
    sends = values or _before(connection, device, Period.HOUR, low)
    slots = gaps.due(Period.HOUR, begin, end if sends else begin, zone, USUAL_INTERVAL)
    return rates.rates(slots, values)


def _hour_values(connection: Connection, device: int, low: int, high: int) -> list[Value]:
    query = select(averages).where(
        averages.c.device == device,
        averages.c.period == Period.HOUR.value,
        averages.c.start_ms >= low,
        averages.c.start_ms < high,
    )
    return [
        Value(
            row.start_ms,
            row.pollutant,
            row.value is not None or _only_total(row),
            row.flag,
            row.late,
            rank_of(row),
        )
        for row in connection.execute(query)
    ]


def _only_total(row: object) -> bool:
    sent = [n for n in ("min", "max", "converted", "raw", "total") if getattr(row, n) is not None]
    return sent == ["total"]

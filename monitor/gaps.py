"""What is missing of an outlet's data (数据缺失): which periods were due and did not come. Pure.

Time is cut into slots: hours and days by civil time, minutes by the device's own interval (HJ 212
CN=1064), counted from midnight. A slot is there when anything stored starts in it, so that a device
whose labels are a little off is not accused of missing all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.observation import Period

GRACE: Mapping[Period, timedelta] = {
    Period.REALTIME: timedelta(minutes=10),
    Period.MINUTE: timedelta(minutes=30),
    Period.HOUR: timedelta(hours=2),
    Period.DAY: timedelta(hours=24),
    Period.MONTH: timedelta(days=3),
    Period.SAMPLE: timedelta(hours=2),
    Period.CHECK: timedelta(hours=24),
}
"""Data that comes longer than this after its period has ended is late; until then it is not missing."""

KINDS = (Period.MINUTE, Period.HOUR, Period.DAY)
"""The periods of which every one is due."""

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of slots of which nothing came: [start, end), so many of them."""

    period: Period
    start: datetime
    end: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots that were due: slot n is [edges[n], edges[n + 1]), in milliseconds."""

    period: Period
    edges: Sequence[int]

    def __len__(self) -> int:
        return max(0, len(self.edges) - 1)

    def of(self, start_ms: int) -> int | None:
        """The number of the slot that an instant lies in."""
        if not self or not self.edges[0] <= start_ms < self.edges[-1]:
            return None
        at = bisect_left(self.edges, start_ms)
        return at if self.edges[at] == start_ms else at - 1

    def gaps(self, starts: Iterable[int]) -> list[Gap]:
        """The runs of slots in which none of the starts lies."""
        there = {self.of(start) for start in starts}
        found = []
        first = None
        for number in range(len(self) + 1):
            if number < len(self) and number not in there:
                first = number if first is None else first
            elif first is not None:
                span = from_ms(self.edges[first]), from_ms(self.edges[number])
                found.append(Gap(self.period, *span, number - first))
                first = None
        return found


def due(
    period: Period, since: datetime, until: datetime, zone: tzinfo, interval: timedelta
) -> Slots:
    """The whole slots within [since, until); `interval` is that of minute data."""
    low, high = to_ms(since), to_ms(until)
    edges = [edge for edge in _edges(period, since, until, zone, interval) if low <= edge <= high]
    return Slots(period, edges)


def _edges(
    period: Period, since: datetime, until: datetime, zone: tzinfo, interval: timedelta
) -> Iterator[int]:
    """The edges of the slots of the civil days that a span touches, midnight after them included."""
    if since >= until:
        return
    day, last = civil_date(since, zone), civil_date(until, zone)
    midnight = to_ms(day_start(day, zone))
    while day <= last:
        day += _DAY
        following = to_ms(day_start(day, zone))
        step = {
            Period.MINUTE: max(_MINUTE, interval // timedelta(milliseconds=1)),
            Period.HOUR: _HOUR,
        }.get(period, following - midnight)
        yield from range(midnight, following, step)
        midnight = following
    yield midnight


def span(
    period: Period, since: datetime, until: datetime, first_seen: datetime, now: datetime
) -> tuple[datetime, datetime]:
    """The part of a span in which data was due: since the device was first heard, until grace ends."""
    return max(since, first_seen), min(until, now - GRACE[period])


def interval(starts: Iterable[int], otherwise: timedelta) -> timedelta:
    """The interval of minute data: the commonest distance of starts, of equally common the shortest.

    Distances of less than a minute or more than an hour are none; `otherwise` where there is none.
    """
    steps = Counter(after - before for before, after in pairwise(sorted(set(starts))))
    common = [(-n, step) for step, n in steps.items() if _MINUTE <= step <= _HOUR]
    return timedelta(milliseconds=min(common)[1]) if common else otherwise

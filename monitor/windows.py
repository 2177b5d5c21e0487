"""Windows of stored data for the rules that need one, an outlet and a rule at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from monitor.alerting import Bench
from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.exempting import Exempting, latest
from monitor.marks.exemption import HOUR_MS
from monitor.observation import Observation, Period
from monitor.register import Limit, Outlet
from monitor.rules import Verdict, Window, WindowRule
from monitor.store import Connection
from monitor.store.readings import hours_held

_DAY = timedelta(days=1)
_LOADED = 8
"""So many days (or months) of data are held until the transaction is over."""


@dataclass
class Windows:
    """Within one transaction: loads the data of spans and has rules judge it."""

    connection: Connection
    bench: Bench
    now: datetime
    exempting: Exempting
    until_ms: int | None = None
    """Data that starts at this instant or later is not looked at. None: all that is there."""
    _loaded: dict[tuple[int, Period, int, int], list[Observation]] = field(default_factory=dict)

    def judge(
        self, device: int, mn: str, rule: WindowRule, since_ms: int, until_ms: int
    ) -> Iterator[Verdict]:
        """The verdicts of the spans that begin within [since, until), in order of time.

        The data of a day (a month, for a rule that judges months) is in memory at once.
        """
        register = self.bench.register
        outlet = register.outlet(mn)
        until_ms = min(until_ms, to_ms(self.now))
        concerned = outlet is not None and rule.concerns(outlet, register.all_limits(mn))
        if outlet is None or not concerned or since_ms >= until_ms:
            return
        first = span_of(rule.period, since_ms, self.bench.zone)[0]
        last = span_of(rule.period, until_ms - 1, self.bench.zone)[1]
        for at, end in self._parts(device, rule, first, last):
            for window in self._filled(device, outlet, rule, at, end):
                if window.start_ms >= since_ms:
                    yield from rule.judge(window)

    def _parts(
        self, device: int, rule: WindowRule, since_ms: int, until_ms: int
    ) -> Iterator[tuple[int, int]]:
        """Whole spans of [since, until) to be in memory at once; no gaps in what a rule needs."""
        zone, at = self.bench.zone, since_ms
        held = Period.MONTH if rule.period is Period.MONTH else Period.DAY
        for low, high in self._held(device, rule.needs, since_ms, until_ms):
            at = max(at, span_of(rule.period, max(at, low), zone)[0])
            while at < min(high, until_ms):
                end = min(span_of(held, at, zone)[1], until_ms)
                yield at, end
                at = end

    def _held(
        self, device: int, needs: Period | None, since_ms: int, until_ms: int
    ) -> Iterator[tuple[int, int]]:
        """Where in [since, until) there is what a rule needs, by hours; all of it where it needs none."""
        if needs is None:
            yield since_ms, until_ms
            return
        first, last = since_ms // HOUR_MS, (until_ms - 1) // HOUR_MS
        for hour in hours_held(self.connection, device, needs, first, last):
            yield hour * HOUR_MS, (hour + 1) * HOUR_MS

    def _filled(
        self, device: int, outlet: Outlet, rule: WindowRule, since_ms: int, until_ms: int
    ) -> Iterator[Window]:
        """The windows of [since, until), which are whole spans, that have data."""
        mn, zone = outlet.mn, self.bench.zone
        high = until_ms if self.until_ms is None else min(until_ms, self.until_ms)
        data = {period: self._data(device, mn, period, since_ms, high) for period in rule.reads}
        at = dict.fromkeys(rule.reads, 0)
        start = since_ms
        while start < until_ms:
            end = span_of(rule.period, start, zone)[1]
            taken = {period: _taken(data[period], at, period, end) for period in rule.reads}
            if any(taken.values()):
                yield Window(
                    outlet=outlet,
                    period=rule.period,
                    start_ms=start,
                    end_ms=end,
                    now_ms=to_ms(self.now),
                    zone=zone,
                    data=taken,
                    limits=self._limits(mn, rule, civil_date(from_ms(start), zone)),
                    exemptions=self.exempting.of(device, mn, start),
                )
            start = end

    def _data(
        self, device: int, mn: str, period: Period, since_ms: int, until_ms: int
    ) -> list[Observation]:
        """The observations of a span; the spans about an episode are asked for again and again."""
        key = (device, period, since_ms, until_ms)
        if key not in self._loaded:
            if len(self._loaded) >= _LOADED:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[key] = latest(self.connection, device, mn, period, since_ms, until_ms)
        return self._loaded[key]

    def _limits(self, mn: str, rule: WindowRule, day: date) -> list[Limit]:
        register = self.bench.register
        return [
            each
            for period in rule.reads
            for each in (
                *register.limits_of(mn, period, day),
                *register.commitments(mn, period, day),
            )
        ]


def _taken(
    data: list[Observation], at: dict[Period, int], period: Period, end_ms: int
) -> list[Observation]:
    """What of the data begins before an instant and was not taken before."""
    first = last = at[period]
    while last < len(data) and to_ms(data[last].start) < end_ms:
        last += 1
    at[period] = last
    return data[first:last]


def span_of(period: Period, at_ms: int, zone: tzinfo) -> tuple[int, int]:
    """The civil hour, day or month that an instant lies in, as [start, end)."""
    if period is Period.HOUR:
        start = at_ms - at_ms % HOUR_MS
        return start, start + HOUR_MS
    day = civil_date(from_ms(at_ms), zone)
    following = day + _DAY
    if period is Period.MONTH:
        day = day.replace(day=1)
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return to_ms(day_start(day, zone)), to_ms(day_start(following, zone))

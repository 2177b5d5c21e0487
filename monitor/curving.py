"""Curves of stored data for the rules that look at their shape, and what those say as verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np

from monitor.alerting import Bench
from monitor.averages import Bools, Floats
from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.curves import HOUR_MS, Curve, Curves
from monitor.exempting import Exempting
from monitor.observation import Period
from monitor.register import Basis, Limit, Outlet
from monitor.rules import CurveRule, Trace, Verdict
from monitor.store import Connection, curves

_DAY = timedelta(days=1)
_AHEAD_MS = 3 * 24 * HOUR_MS
"""So much more than is asked for is loaded: what ended an episode is mostly close by."""


@dataclass
class Curving:
    """Within one transaction: loads an outlet's hours, and has rules judge them.

    One load serves all rules that are asked about a span, and all that is asked about their episodes.
    """

    connection: Connection
    bench: Bench
    now: datetime
    exempting: Exempting
    until_ms: int | None = None
    """Data that starts at this instant or later is not looked at. None: all that is there."""
    _loaded: dict[int, Curves] = field(default_factory=dict)  # of a device: the span held
    _traces: dict[tuple[int, str], list[Trace]] = field(default_factory=dict)
    _levels: Mapping[date, float] | None = None

    def judge(
        self, device: int, mn: str, rule: CurveRule[Any], since_ms: int, until_ms: int
    ) -> Iterator[Verdict]:
        """The verdicts of the slots that begin within [since, until), by pollutant, in order of time.

        Of slots that would end an episode the first, and the first after each finding: more can end
        nothing.
        """
        outlet = self.bench.register.outlet(mn)
        until_ms = min(until_ms, self._ended(rule.period))
        if outlet is None or since_ms >= until_ms:
            return
        if not rule.concerns(outlet, self.bench.register.all_limits(mn)):
            return
        held = self._held(device, outlet, rule, since_ms, until_ms)
        for trace in self._traced(device, held, rule):
            yield from _verdicts(held, rule, trace, since_ms, until_ms)

    def held(self, device: int) -> Curves | None:
        """What was loaded of a device last."""
        return self._loaded.get(device)

    def _ended(self, period: Period) -> int:
        """Up to when slots are over by now."""
        now_ms = to_ms(self.now)
        if self.until_ms is not None:
            now_ms = min(now_ms, self.until_ms)
        if period is Period.HOUR:
            return now_ms - now_ms % HOUR_MS
        return to_ms(day_start(civil_date(from_ms(now_ms), self.bench.zone), self.bench.zone))

    def _held(
        self, device: int, outlet: Outlet, rule: CurveRule[Any], since_ms: int, until_ms: int
    ) -> Curves:
        lookback = rule.lookback(self.bench.thresholds_of(rule.name))
        first = since_ms - lookback * HOUR_MS
        known = self._loaded.get(device)
        if known is None or known.start_ms > first or known.end_ms < until_ms:
            longest = max(lookback, self.bench.longest_lookback(rule.period))
            low = to_ms(_midnight(since_ms - longest * HOUR_MS, self.bench.zone))
            if known is not None:  # what is asked about lies about it
                low = min(low, known.start_ms)
            high = min(until_ms + _AHEAD_MS, self._ended(Period.HOUR))
            whole = -(-max(high, until_ms) // HOUR_MS) * HOUR_MS
            known = self._load(device, outlet, low, whole)
            self._loaded[device] = known
            self._traces = {key: t for key, t in self._traces.items() if key[0] != device}
        return known

    def _traced(self, device: int, held: Curves, rule: CurveRule[Any]) -> list[Trace]:
        key = (device, rule.name)
        if key not in self._traces:
            thresholds = self.bench.thresholds_of(rule.name)
            self._traces[key] = list(rule.judge(held, thresholds))
        return self._traces[key]

    def _load(self, device: int, outlet: Outlet, since_ms: int, until_ms: int) -> Curves:
        size = (until_ms - since_ms) // HOUR_MS
        channels: dict[str, Curve] = {}
        for hour in curves.hours(self.connection, device, since_ms, until_ms):
            if hour.pollutant not in channels:
                channels[hour.pollutant] = _empty(size)
            _enter(channels[hour.pollutant], (hour.start_ms - since_ms) // HOUR_MS, hour)
        span = _Span(self, device, outlet.mn, since_ms, size)
        return Curves(
            outlet=outlet,
            start_ms=since_ms,
            hours=size,
            zone=self.bench.zone,
            channels={code: span.registered(code, curve) for code, curve in channels.items()},
            stopped=span.stopped(),
            score_levels=self._score_levels(),
        )

    def _score_levels(self) -> Mapping[date, float]:
        if self._levels is None:
            self._levels = curves.levels(self.connection)
        return self._levels


def _midnight(at_ms: int, zone: tzinfo) -> datetime:
    return day_start(civil_date(from_ms(at_ms), zone), zone)


def _empty(size: int) -> Curve:
    def nothing() -> Floats:
        return np.full(size, np.nan)

    return Curve(
        value=nothing(),
        converted=nothing(),
        flag=np.full(size, "", dtype="<U8"),
        marked=np.zeros(size, dtype=np.bool_),
        late=np.zeros(size, dtype=np.bool_),
        first=nothing(),
        first_converted=nothing(),
        limit=nothing(),
        by_converted=np.zeros(size, dtype=np.bool_),
        day_limit=nothing(),
        day_by_converted=np.zeros(size, dtype=np.bool_),
    )


def _enter(curve: Curve, slot: int, hour: curves.Hour) -> None:
    curve.value[slot] = np.nan if hour.value is None else hour.value
    curve.converted[slot] = np.nan if hour.converted is None else hour.converted
    curve.first[slot] = np.nan if hour.first is None else hour.first
    curve.first_converted[slot] = np.nan if hour.first_converted is None else hour.first_converted
    curve.flag[slot] = hour.flag or ""
    curve.late[slot] = hour.late


@dataclass(frozen=True)
class _Span:
    """What register and marks say of the hours that are loaded."""

    curving: Curving
    device: int
    mn: str
    start_ms: int
    size: int

    def registered(self, code: str, curve: Curve) -> Curve:
        """A curve with its limits, ranges and marks."""
        register = self.curving.bench.register
        for first, last, day in self._days():
            for limit in self._limits(Period.HOUR, code, day):
                curve.limit[first:last] = limit.limit
                curve.by_converted[first:last] = limit.basis is Basis.CONVERTED
            for limit in self._limits(Period.DAY, code, day):
                curve.day_limit[first:last] = limit.limit
                curve.day_by_converted[first:last] = limit.basis is Basis.CONVERTED
        self._mark(code, curve.marked)
        instrument = register.instrument(self.mn, code)
        if instrument is None:
            return curve
        return replace(
            curve,
            range_low=instrument.range_low,
            range_high=instrument.range_high,
            detection_limit=instrument.detection_limit,
        )

    def stopped(self) -> Bools:
        """The hours that marks declare out of use, nearly whole ones."""
        found = np.zeros(self.size, dtype=np.bool_)
        end_ms = self.start_ms + self.size * HOUR_MS
        for low, high in self.curving.exempting.declared_stops(self.mn, self.start_ms, end_ms):
            first = -(-(max(low, self.start_ms) - self.start_ms) // HOUR_MS)
            found[first : max(first, (min(high, end_ms) - self.start_ms) // HOUR_MS)] = True
        return found

    def _days(self) -> Iterator[tuple[int, int, date]]:
        """The civil days that are touched, as slots."""
        zone = self.curving.bench.zone
        day = civil_date(from_ms(self.start_ms), zone)
        first = 0
        while first < self.size:
            following = to_ms(day_start(day + _DAY, zone))
            last = min(self.size, -(-(following - self.start_ms) // HOUR_MS))
            yield first, last, day
            first, day = last, day + _DAY

    def _limits(self, period: Period, code: str, day: date) -> Iterable[Limit]:
        """The upper limits of a day; of both bases the converted one last, which is what counts."""
        known = self.curving.bench.register.limits_of(self.mn, period, day)
        of_code = [each for each in known if each.pollutant == code and each.limit is not None]
        return sorted(of_code, key=lambda limit: limit.basis is Basis.CONVERTED)

    def _mark(self, code: str, marked: Bools) -> None:
        for low, high in pairwise(self._years()):
            exemptions = self.curving.exempting.of(self.device, self.mn, low)
            for span in exemptions.spans:
                if span.pollutants and code not in span.pollutants:
                    continue
                first = max(span.start_ms, low) // HOUR_MS * HOUR_MS
                for at in range(max(first, self.start_ms), min(span.end_ms, high), HOUR_MS):
                    if exemptions.ground(Period.HOUR, at, at + HOUR_MS, code) is not None:
                        marked[(at - self.start_ms) // HOUR_MS] = True

    def _years(self) -> list[int]:
        """The beginning of the span, of each civil year within it, and its end."""
        end_ms = self.start_ms + self.size * HOUR_MS
        exempting, edges = self.curving.exempting, [self.start_ms]
        while (following := exempting.span(exempting.year(edges[-1]))[1]) < end_ms:
            edges.append(following)
        return [*edges, end_ms]


def _verdicts(
    held: Curves, rule: CurveRule[Any], trace: Trace, since_ms: int, until_ms: int
) -> Iterator[Verdict]:
    starts, ends = _slots(held, rule.period)
    wanted = (starts >= since_ms) & (ends <= until_ms)
    ending = True
    for slot in np.flatnonzero(wanted & (trace.raised | trace.cleared)):
        if trace.raised[slot]:
            yield _found(held, rule, trace, int(slot), int(starts[slot]), int(ends[slot]))
            ending = True
        elif ending:
            yield _within(held, rule, trace, int(starts[slot]), int(ends[slot]))
            ending = False


def _slots(held: Curves, period: Period) -> tuple[Any, Any]:
    if period is Period.HOUR:
        return held.starts, held.starts + HOUR_MS
    edges = np.array(held.days, dtype=np.int64).reshape(-1, 2)
    return held.start_ms + edges[:, 0] * HOUR_MS, held.start_ms + edges[:, 1] * HOUR_MS


def _found(
    held: Curves, rule: CurveRule[Any], trace: Trace, slot: int, start_ms: int, end_ms: int
) -> Verdict:
    since_ms = held.start_ms + int(trace.since[slot]) * HOUR_MS
    bound = trace.bound if np.isscalar(trace.bound) else np.asarray(trace.bound)[slot]
    return Verdict(
        rule=rule.name,
        mn=held.outlet.mn,
        pollutant=trace.pollutant,
        period=rule.period,
        start_ms=start_ms,
        end_ms=end_ms,
        value=float(trace.value[slot]),
        bound=float(bound),  # type: ignore[arg-type]  # a scalar of numpy
        exceed_ratio=float(trace.ratio[slot]),
        clause=rule.clause,
        detail=trace.seen(slot, since_ms, held.zone),
        rests_ms=_rests(rule, trace, slot, since_ms, start_ms),
    )


def _rests(rule: CurveRule[Any], trace: Trace, slot: int, since_ms: int, start_ms: int) -> int:
    """From when on a finding's data is to be kept: of hours that go on, what is new."""
    goes_on = rule.period is Period.HOUR and slot > 0 and bool(trace.raised[slot - 1])
    return start_ms if goes_on else min(since_ms, start_ms)


def _within(
    held: Curves, rule: CurveRule[Any], trace: Trace, start_ms: int, end_ms: int
) -> Verdict:
    return Verdict(
        rule=rule.name,
        mn=held.outlet.mn,
        pollutant=trace.pollutant,
        period=rule.period,
        start_ms=start_ms,
        end_ms=end_ms,
        value=0.0,
        bound=None,
        exceed_ratio=0.0,
        clause=rule.clause,
    )

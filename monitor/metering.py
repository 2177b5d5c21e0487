"""Lines of stored meter readings for the rules over power use, what they say, and what makes it due.

A finding of a line is told of one of its meters, so whatever comes of any meter makes the hours of the
meters due that are spoken of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitor.alerting import Bench
from monitor.averages import VALID_FLAGS
from monitor.clock import from_ms, to_ms
from monitor.observation import Period, Readings, Statistic
from monitor.power import HOUR_MS, PRODUCTION, TREATMENT, Line, Order, OrderKind, Samples, line
from monitor.power.order import covered
from monitor.power.quarters import STANDARD
from monitor.register import Meter, Register
from monitor.rules import POWER, POWER_RULES, PowerRule, Verdict, meter_dark, stop_order_breach
from monitor.rules.power_base import findings, spoken_of
from monitor.store import Connection, devices, emergency_orders
from monitor.store.readings import stored

SETTLED = timedelta(minutes=6)
"""So long after an hour's end its last quarter is known: the reading behind it has come."""
_GAP_MS = STANDARD.longest_gap_ms
_ENERGY, _POWER = ("EPI", Statistic.VALUE), ("P", Statistic.VALUE)
_AMOUNT = ("EPI", Statistic.TOTAL)


@dataclass
class Metering:
    """Within one transaction: loads meters' readings, and has rules judge their lines."""

    connection: Connection
    bench: Bench
    now: datetime
    until_ms: int | None = None
    """Data that starts at this instant or later is not looked at. None: all that is there."""
    _loaded: dict[str, tuple[int, int, Samples]] = field(default_factory=dict)

    def judge(
        self, mn: str, rule: PowerRule[Any], since_ms: int, until_ms: int
    ) -> Iterator[Verdict]:
        """The verdicts of a meter's hours that begin within [since, until) and are over."""
        meter = self.bench.register.meter(mn)
        now_ms = to_ms(self.now) if self.until_ms is None else min(to_ms(self.now), self.until_ms)
        until_ms = min(until_ms, now_ms - now_ms % HOUR_MS)
        if meter is None or since_ms >= until_ms or not self._speaks(rule, since_ms, until_ms):
            return
        meters = line_of(self.bench.register, meter)
        if rule.facility is None:
            meters = (meter,)
        elif spoken_of(meters, rule.facility) != mn:
            return
        first = since_ms - self._lookback(rule, mn, since_ms) * HOUR_MS
        seen = self._line(meters, first, until_ms)
        orders = self._orders(seen, meters, since_ms, until_ms) if rule is _ORDERED else ()
        thresholds = self.bench.thresholds_of(rule.name)
        slot = (since_ms - first) // HOUR_MS
        yield from findings(rule, seen, orders, thresholds, slot)

    def _speaks(self, rule: PowerRule[Any], since_ms: int, until_ms: int) -> bool:
        """Whether a rule says anything of any hour of a span."""
        if rule.hour is None:
            return True
        hours = range(since_ms, until_ms, HOUR_MS)
        return any(from_ms(at).astimezone(self.bench.zone).hour == rule.hour for at in hours)

    def _lookback(self, rule: PowerRule[Any], mn: str, since_ms: int) -> int:
        """Hours before a span that are needed; of a meter that was heard just before it, few."""
        whole = rule.lookback(self.bench.thresholds_of(rule.name))
        if rule.name != meter_dark.NAME:
            return whole
        heard = self._samples(mn, since_ms - 2 * HOUR_MS, since_ms).heard_ms
        return 2 if len(heard) and heard[0] < since_ms else whole

    def _line(self, meters: Sequence[Meter], since_ms: int, until_ms: int) -> Line:
        samples = {
            meter.meter: self._samples(meter.meter, since_ms - _GAP_MS, until_ms + _GAP_MS)
            for meter in meters
        }
        hours = (until_ms - since_ms) // HOUR_MS
        owner, name = meters[0].uscc, meters[0].line or ""
        return line(owner, name, meters, samples, since_ms, hours, self.bench.zone)

    def _orders(
        self, seen: Line, meters: Sequence[Meter], since_ms: int, until_ms: int
    ) -> list[Order]:
        """The orders of a span; limits with the load that was usual before them."""
        found = emergency_orders.of(self.connection, seen.uscc, since_ms, until_ms)
        return [
            replace(order, baseline_kw=self._usual(order, meters))
            if order.kind is OrderKind.LIMIT and order.baseline_kw is None
            else order
            for order in found
        ]

    def _usual(self, order: Order, meters: Sequence[Meter]) -> float | None:
        thresholds = self.bench.thresholds_of(stop_order_breach.NAME)
        until_ms = order.start_ms - order.start_ms % HOUR_MS
        since_ms = until_ms - 24 * HOUR_MS * thresholds.baseline_days
        before = self._line(meters, since_ms, until_ms)
        earlier = emergency_orders.of(self.connection, before.uscc, since_ms, until_ms)
        free = covered(earlier, before.starts[:, 0], HOUR_MS) < 0
        unbound = replace(before, production=np.where(free[:, None], before.production, np.nan))
        return stop_order_breach.usual_load(unbound, thresholds)

    # --- readings -------------------------------------------------------------------------------

    def _samples(self, mn: str, since_ms: int, until_ms: int) -> Samples:
        """The readings of [since, until), or more."""
        if self.until_ms is not None:
            until_ms = min(until_ms, self.until_ms)
        known = self._loaded.get(mn)
        if known is None or known[0] > since_ms or known[1] < until_ms:
            number = devices.find(self.connection, [mn]).get(mn)
            found = () if number is None else self._stored(number, mn, since_ms, until_ms)
            known = self._loaded[mn] = (since_ms, until_ms, _sampled(found))
        return known[2]

    def _stored(self, number: int, mn: str, since_ms: int, until_ms: int) -> Iterator[Any]:
        for period in (Period.REALTIME, Period.MINUTE):
            yield from stored(self.connection, number, mn, period, since_ms, until_ms)


_ORDERED = POWER_RULES[stop_order_breach.NAME]


def line_of(register: Register, meter: Meter) -> tuple[Meter, ...]:
    """All meters of the line that a meter is on."""
    return register.lines(meter.uscc)[meter.line or ""]


def _sampled(found: Iterable[Any]) -> Samples:
    """Readings of instants, and energies of spans: what was used, or a mean power."""
    reports = sorted(found, key=lambda each: (each.readings.start, each.rank))
    at: list[tuple[int, float, float]] = []
    spans: dict[tuple[int, int], float] = {}
    for each in reports:
        r, numbers = each.readings, _numbers(each.readings)
        start, end = to_ms(r.start), to_ms(r.end)
        if r.period is Period.REALTIME:
            at.append((start, numbers.get(_ENERGY, np.nan), numbers.get(_POWER, np.nan)))
        elif _AMOUNT in numbers:
            spans[start, end] = numbers[_AMOUNT]
        elif _POWER in numbers:
            spans[start, end] = numbers[_POWER] * (end - start) / HOUR_MS
    instants = np.array(at, dtype=np.float64).reshape(-1, 3)
    made = Samples.of(instants[:, 0].astype(np.int64), instants[:, 1], instants[:, 2])
    if not spans:
        return made
    edges = np.array(list(spans), dtype=np.int64)
    return replace(made, amounts=(edges[:, 0], edges[:, 1], np.array(list(spans.values()))))


def _numbers(r: Readings) -> dict[tuple[str, Statistic], float]:
    """The numbers of a report that may be held against somebody: by flag valid, or not flagged."""
    flags = dict(zip(r.layout.pollutants, r.flags or (), strict=False))
    return {
        column: value
        for column, value in zip(r.layout.columns, r.values, strict=True)
        if flags.get(column[0]) in VALID_FLAGS
    }


# --- what is due ----------------------------------------------------------------------------------


def note(connection: Connection, bench: Bench, reports: Iterable[Readings], now: datetime) -> None:
    """Note the hours that readings of meters complete or change.

    Of a meter that is heard as it speaks an hour is due once, when its last quarter is known.
    """
    spans: dict[str, tuple[int, int]] = {}
    for r in reports:
        if r.period in (Period.REALTIME, Period.MINUTE):
            at = to_ms(r.start)
            low, high = spans.get(r.mn, (at, at))
            spans[r.mn] = (min(low, at), max(high, at))
    if spans:
        note_spans(connection, bench.register, spans, now)


def note_hour(connection: Connection, register: Register, hour: tuple[int, int]) -> None:
    """Note an hour that is over of all meters that were ever heard: what is silent says it by nothing."""
    numbers = devices.find(connection, [meter.meter for meter in register.meters])
    at = from_ms(hour[1]) + SETTLED
    devices.note_due(connection, dict.fromkeys(numbers.values(), hour), POWER, at)


def note_spans(
    connection: Connection,
    register: Register,
    spans: Mapping[str, tuple[int, int]],
    now: datetime,
) -> None:
    """Note what readings of meters between two instants bear on, of all meters that are spoken of."""
    told: dict[str, tuple[int, int]] = {}
    for mn, (low, high) in spans.items():
        meter = register.meter(mn)
        if meter is None:
            continue
        since = (low - _GAP_MS) // HOUR_MS * HOUR_MS
        until = (high + _GAP_MS) // HOUR_MS * HOUR_MS + HOUR_MS
        meters = line_of(register, meter)
        for each in {mn, *(spoken_of(meters, side) for side in (PRODUCTION, TREATMENT))}:
            if each is not None:
                known = told.get(each, (since, until))
                told[each] = (min(known[0], since), max(known[1], until))
    numbers = devices.find(connection, sorted(told))
    due: dict[datetime, dict[int, tuple[int, int]]] = {}
    hour = to_ms(now) // HOUR_MS * HOUR_MS
    for mn, number in numbers.items():
        since, until = told[mn]
        past = until <= hour - HOUR_MS  # nothing of the present: it came late
        at = now if past else from_ms(hour + HOUR_MS) + SETTLED
        due.setdefault(at, {})[number] = (since, min(until, hour + HOUR_MS))
    for at, of_time in sorted(due.items()):
        devices.note_due(connection, of_time, POWER, at)

"""The sweep that judges stored data: again where books or marks have changed, and span by span.

A device that was registered after it began to report, a limit that was added or corrected: the import
notes the span as due, and the sweep takes it, with a lease, through the same code as live data. So it
does where marks have come, and with spans of rules that need a window of data. It goes by small slices, a
transaction each; what was interrupted is judged again from its beginning when the lease has run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

import structlog

from monitor import metering
from monitor.alerting import Bench
from monitor.books import Changes
from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.exempting import Exempting
from monitor.judging import Judging
from monitor.levels import keep_level
from monitor.noting import MARKED_HOURS, MARKS, concerning, note_ended, note_quiet, reach
from monitor.observation import JUDGED, Period
from monitor.register import Meter, Register
from monitor.rules import DUES, POWER, SPANS, Due, Rule, exceedance, grouped
from monitor.store import Connection, Store, alerts, books, devices, frames, readings
from monitor.store.readings import FLOOD, HOUR_MS, flood_since
from monitor.windows import span_of

log = structlog.get_logger("rejudging")

REGISTER_CHANGED = "register"

_LEASE = timedelta(minutes=10)
_AT_ONCE = 20
_SLICE_MS = 31 * 24 * HOUR_MS
_FLOOD_SLICE_MS = 2 * HOUR_MS
"""So much of a device is judged in one transaction, so that nobody waits long behind it."""

_DAY_MS = 24 * HOUR_MS

_STAMPED_AHEAD = timedelta(days=1)
"""Nothing that is stamped later is there to be judged; what comes later finds the marks there."""

_SETTLED = timedelta(seconds=3)
"""Transactions that began with the older books have ended by then."""

_METERS_BACK = timedelta(days=14)

_AHEAD = timedelta(hours=2)
"""Data may bear stamps a little ahead, and comes in while the books are being written."""

_BEFORE_FIRST = timedelta(days=90)
"""A device may have sent older data when it was first heard; so far back is judged again too."""


@dataclass
class Sweep:
    """Judges what is due; `stopping` is asked between slices."""

    store: Store
    bench: Callable[[Register], Bench]
    stopping: Callable[[], bool]
    _register: Register = field(default_factory=lambda: Register(version=-1))
    _day: date | None = None  # the last one on which it was noted what was over
    _hour: int = -1

    def run(self, now: datetime) -> bool:
        """Judge what is due now, some at a time; whether anything was told."""
        told = False
        self._note_ended(now)
        while not self.stopping():
            with self.store.write() as connection:
                taken = devices.take_due(connection, _AT_ONCE, now - _SETTLED, now, now + _LEASE)
            if not taken:
                break
            for span in taken:
                try:
                    told |= self._judge(now, span)
                except Exception:
                    log.exception("not judged", device=span.device)  # its lease runs out
            log.info("judged again", devices=len(taken))
        return told

    def _note_ended(self, now: datetime) -> None:
        """At the beginning of an hour, of a civil day (and of the program) note which spans are over."""
        hour = to_ms(now) // HOUR_MS
        if hour == self._hour:
            return
        today = civil_date(now, self.bench(self._register).zone)
        with self.store.write() as connection:
            self._learn_books(connection)
            bench = self.bench(self._register)
            note_quiet(connection, bench, now)
            if today != self._day:
                note_ended(connection, bench, today, now - _SETTLED, first=self._day is None)
                keep_level(connection, bench, today)
        self._day, self._hour = today, hour

    def _judge(self, now: datetime, span: Any) -> bool:
        told = False
        for since, until, judge in self._slices(now, span):
            if self.stopping():
                return told  # the lease runs out, and the rest is taken up again
            with self.store.write() as connection:
                self._learn_books(connection)
                fetch = partial(frames.fetch_many, connection)
                judging = Judging(connection, self.bench(self._register), now, fetch)
                judge(judging, since, until)
                told |= judging.tell()
        with self.store.write() as connection:
            devices.done(connection, span, self._rest(now, span))
        return told

    def _learn_books(self, connection: Connection) -> None:
        if books.version(connection) != self._register.version:
            self._register = books.load(connection)

    def _slices(self, now: datetime, span: Any) -> Iterator[tuple[int, int, Slice]]:
        """What is due in parts, each with how it is judged."""
        with self.store.read() as connection:
            self._learn_books(connection)
            mn = devices.code(connection, span.device)
            until_ms = self._reach(connection, mn, span)
            periods: list[Period] = []
            dues: Iterable[Due] = [DUES[span.reason]] if span.reason in DUES else ()
            if not dues:
                periods = self._periods(connection, span.device, mn)
                dues = grouped(self._rules(connection, span.device, mn)).values()
            oldest = flood_since(connection)
        if until_ms is None:
            return
        until_ms = min(until_ms, to_ms(now + _STAMPED_AHEAD))
        flood_ms = until_ms if oldest is None else max(span.since_ms, oldest - _DAY_MS)
        for period in periods:
            if period in FLOOD:
                spans = self._flooded(span.device, period, flood_ms, until_ms)
            else:
                spans = _cut(span.since_ms, until_ms, _SLICE_MS)
            for since, until in spans:
                yield since, until, _Again(span.device, mn, period)
        bench, now_ms = self.bench(self._register), to_ms(now)
        for due in dues:
            flood = not due.reads.isdisjoint(FLOOD)
            since_ms, size = (flood_ms, _DAY_MS) if flood else (span.since_ms, _SLICE_MS)
            end_ms = until_ms
            if span.reason not in DUES:  # what is noted for a rule says itself how far it bears
                end_ms = reach(bench, due, until_ms, now_ms)
            for since, until in _cut(since_ms, end_ms, size):
                yield since, until, _Spans(span.device, mn, due.rules)

    def _flooded(
        self, device: int, period: Period, since_ms: int, until_ms: int
    ) -> Iterator[tuple[int, int]]:
        """The slices in which a device has reports of a flood, or findings of them."""
        first, last = since_ms // HOUR_MS, (until_ms - 1) // HOUR_MS
        with self.store.read() as connection:
            hours = set(readings.hours_held(connection, device, period, first, last))
            found = alerts.starts(
                connection, device, exceedance.NAME, period.value, since_ms, until_ms
            )
            hours.update(at // HOUR_MS for at in found)
        for since, until in _cut(first * HOUR_MS, until_ms, _FLOOD_SLICE_MS):
            if not hours.isdisjoint(range(since // HOUR_MS, -(-until // HOUR_MS))):
                yield max(since, since_ms), until

    def _reach(self, connection: Connection, mn: str, span: Any) -> int | None:
        """How far what is due reaches; None where hours that might bear on marks bear on none.

        Marks that draw on a sum of hours leave less of it for the rest of the year.
        """
        if span.reason not in (MARKS, MARKED_HOURS):
            return int(span.until_ms)
        bench = self.bench(self._register)
        marks = Exempting(connection, bench.register, bench.marking, bench.zone)
        if span.reason == MARKED_HOURS and not marks.any(mn, span.since_ms, span.until_ms):
            return None
        outlet = bench.register.outlet(mn)
        if outlet is None or not bench.marking.allowances.budgets(outlet.kind):
            return int(span.until_ms)
        return max(int(span.until_ms), marks.span(marks.year(span.until_ms - 1))[1])

    def _rest(self, now: datetime, span: Any) -> tuple[int, int, datetime] | None:
        """What of a rule's span is not over yet, and when the first of it will be."""
        if span.reason not in DUES or span.until_ms <= to_ms(now):
            return None
        period, zone = DUES[span.reason].period, self.bench(self._register).zone
        since = max(int(span.since_ms), span_of(period, to_ms(now), zone)[0])
        at = from_ms(span_of(period, since, zone)[1])
        return since, int(span.until_ms), at + metering.SETTLED if span.reason == POWER else at

    def _rules(self, connection: Connection, device: int, mn: str) -> list[Rule]:
        """The rules for spans that books and marks bear on, and that concern an outlet or found something
        when they did.
        """
        concerned = {rule.name for rule in concerning(self.bench(self._register), mn)}
        concerned |= alerts.rules_of(connection, device)
        return [rule for rule in SPANS if not rule.data_alone and rule.name in concerned]

    def _periods(self, connection: Connection, device: int, mn: str) -> list[Period]:
        """The periods that have limits, or findings of limits that there were."""
        return [
            period
            for period in JUDGED
            if self._register.has_limits(mn, period)
            or alerts.pollutants(connection, device, exceedance.NAME, period.value)
        ]


Slice = Callable[[Judging, int, int], None]


@dataclass(frozen=True, slots=True)
class _Again:
    """Judges stored reports of a period by their limits."""

    device: int
    mn: str
    period: Period

    def __call__(self, judging: Judging, since_ms: int, until_ms: int) -> None:
        judging.again(self.device, self.mn, self.period, since_ms, until_ms)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Judges spans by rules that are due together."""

    device: int
    mn: str
    rules: tuple[Rule, ...]

    def __call__(self, judging: Judging, since_ms: int, until_ms: int) -> None:
        judging.spans(self.device, self.mn, self.rules, since_ms, until_ms)


def _cut(since_ms: int, until_ms: int, size: int) -> Iterator[tuple[int, int]]:
    for at in range(since_ms, until_ms, size):
        yield at, min(at + size, until_ms)


def note(connection: Connection, changes: Changes, at: datetime, zone: tzinfo) -> None:
    """Note what a change of the books lets come out differently, in the transaction of the change."""
    numbers = devices.first_heard(connection, changes.changed_devices)
    spans = {}
    for mn, (number, first_seen) in numbers.items():
        since = max(day_start(changes.changed_devices[mn], zone), first_seen - _BEFORE_FIRST)
        if since < at + _AHEAD:
            spans[number] = (to_ms(since), to_ms(at + _AHEAD))
    devices.note_due(connection, spans, REGISTER_CHANGED, at, anew=True)
    _note_meters(connection, changes, at)


def _note_meters(connection: Connection, changes: Changes, at: datetime) -> None:
    """What is said of meters that are new, or are something else now, is said again of the last days."""
    rows = [*changes["meters"].added, *(new for _, new in changes["meters"].changed)]
    meters = [row.meter for row in rows if isinstance(row, Meter)]
    span = (to_ms(at - _METERS_BACK) // HOUR_MS * HOUR_MS, to_ms(at + _AHEAD))
    numbers = devices.find(connection, meters)
    devices.note_due(connection, dict.fromkeys(numbers.values(), span), POWER, at, anew=True)

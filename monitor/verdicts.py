"""The verdicts of stored and of arriving data, without what marks keep from being judged.

One place for all who judge: the intake, the sweep and the backtest. It reads, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.alerting import Bench
from monitor.clock import civil_date, to_ms
from monitor.curving import Curving
from monitor.exempting import Exempting
from monitor.marked_days import by_days, remade
from monitor.metering import Metering
from monitor.observation import Period, Readings
from monitor.register import Check
from monitor.rules import (
    CurveRule,
    PowerRule,
    Rule,
    Verdict,
    WindowRule,
    exceedance,
    rule_of,
)
from monitor.runs import Judged
from monitor.store import Connection, devices
from monitor.store.alerts import Series
from monitor.store.readings import stored
from monitor.windows import Windows, span_of

Wanted = Callable[[Readings, tuple[Check, ...]], bool]
"""Whether a report with these limits has to be judged at all."""


@dataclass
class Verdicts:
    """Within one transaction: what rules say of reports and of spans."""

    connection: Connection
    bench: Bench
    now: datetime
    until_ms: int | None = None
    """For spans: what starts at this instant or later has not been seen yet. None: all that is there."""
    _days: dict[datetime, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bench = self.bench
        self._exempting = Exempting(self.connection, bench.register, bench.marking, bench.zone)
        shared = (self.connection, bench, self.now, self._exempting, self.until_ms)
        self._windows = Windows(*shared)
        self.curving = Curving(*shared)
        self._metering = Metering(self.connection, bench, self.now, self.until_ms)

    def look_up(self, reports: Iterable[Readings]) -> None:
        """Read the marks that bear on reports at once, instead of an outlet at a time."""
        taken = list(reports)
        self._exempting.look_up(
            {each.mn for each in taken},
            {self._exempting.year(to_ms(each.start)) for each in taken},
        )

    def checks(self, readings: Readings) -> tuple[Check, ...]:
        """The limits of its day that a report is held against."""
        day = self._days.get(readings.start)
        if day is None:
            if len(self._days) >= _DAYS_REMEMBERED:
                self._days.clear()
            day = self._days[readings.start] = civil_date(readings.start, self.bench.zone)
        register = self.bench.register
        return register.checks(readings.mn, readings.period, readings.layout, day)

    def suspect(self, readings: Readings, checks: tuple[Check, ...]) -> bool:
        """Whether a report might exceed a limit: what nearly all can be spared by."""
        if readings.period is Period.DAY and by_days(self.bench, readings.mn):
            return True  # marked hours may make another mean of it
        return exceedance.suspect(readings, checks)

    def of_report(
        self, device: int, readings: Readings, checks: tuple[Check, ...]
    ) -> Iterator[Verdict]:
        """The verdicts of a report, without what marks keep from being judged."""
        if not checks:
            return
        exemptions = self._exempting.of(device, readings.mn, to_ms(readings.start))
        for verdict in exceedance.judge(readings, checks):
            if not exemptions:
                yield verdict
                continue
            span = (verdict.start_ms, verdict.end_ms)
            if exemptions.ground(verdict.period, *span, verdict.pollutant) is None:
                yield from remade(self.connection, self.bench, device, verdict, exemptions)

    def of_reports(
        self,
        device: int,
        mn: str,
        period: Period,
        since_ms: int,
        until_ms: int,
        wanted: Wanted | None = None,
    ) -> Iterator[Judged]:
        """The verdicts of the stored reports of [since, until), in order of time."""
        if not self.bench.register.has_limits(mn, period):
            return
        for item in stored(self.connection, device, mn, period, since_ms, until_ms):
            checks = self.checks(item.readings)
            if wanted is None or wanted(item.readings, checks):
                for verdict in self.of_report(device, item.readings, checks):
                    yield Judged(verdict, item.frame, item.late, item.received_ms)

    def extent(self, rule: Rule, since_ms: int, until_ms: int) -> tuple[int, int]:
        """The whole spans of a rule that touch [since, until), as one."""
        zone = self.bench.zone
        first = span_of(rule.period, since_ms, zone)
        last = span_of(rule.period, max(since_ms, until_ms - 1), zone)
        return first[0], last[1]

    def of_spans(
        self, device: int, mn: str, rule: Rule, since_ms: int, until_ms: int
    ) -> Iterator[Judged]:
        """The verdicts of a rule's spans that begin within [since, until), in order of time.

        Of a rule over curves: by pollutant, and of what ends episodes no more than is needed.
        """
        found: Iterator[Verdict] = iter(())
        if isinstance(rule, WindowRule):
            found = self._windows.judge(device, mn, rule, since_ms, until_ms)
        elif isinstance(rule, CurveRule):
            found = self.curving.judge(device, mn, rule, since_ms, until_ms)
        elif isinstance(rule, PowerRule):
            found = self._metering.judge(mn, rule, since_ms, until_ms)
        return (Judged(verdict, None, late=False) for verdict in found)

    def of_series(self, series: Series, since_ms: int, until_ms: int) -> Iterator[Verdict]:
        """The verdicts of a series in a span of what is stored, in order of time."""
        span = (series.device, devices.code(self.connection, series.device))
        judged = (
            self.of_spans(*span, rule, since_ms, until_ms)
            if (rule := rule_of(series.rule, Period(series.period)))
            else self.of_reports(*span, Period(series.period), since_ms, until_ms)
        )
        return (one.verdict for one in judged if one.verdict.pollutant == series.pollutant)

    def mark_over(self, device: int, start_ms: int, end_ms: int, pollutant: str) -> str | None:
        """What a mark says of a period."""
        mn = devices.code(self.connection, device)
        spans = self._exempting.of(device, mn, start_ms).over(start_ms, end_ms, pollutant)
        return spans[0].ground.item if spans else None


_DAYS_REMEMBERED = 100_000

"""From reports to alerts and tasks, inside the caller's transaction.

The same code serves the intake, which judges what has just come, and the sweep, which judges stored
spans again. `exceedance` needs a report, the books and the marks; for rules that need a window of data
spans are noted as due here, and the sweep judges them (`monitor/windows.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from monitor.alerting import Alerting, Bench
from monitor.clock import civil_date, to_ms
from monitor.episodes import Episodes, Judged
from monitor.exempting import Exempting
from monitor.marked_days import by_days, remade
from monitor.noting import Report, note
from monitor.observation import Frame, Period, Readings
from monitor.register import Check
from monitor.rules import WINDOW_RULES, Verdict, exceedance
from monitor.store import Connection, alerts, devices, frames
from monitor.store.alerts import Series
from monitor.store.readings import stored
from monitor.windows import Windows


@dataclass
class Judging:
    """One transaction's judging. Use: `take` reports, then `tell`."""

    connection: Connection
    bench: Bench
    now: datetime
    frames_of: Callable[[Iterable[int]], dict[int, Frame]]
    _days: dict[datetime, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bench = self.bench
        self._alerting = Alerting(self.connection, bench, self.now)
        self._episodes = Episodes(self._alerting, self._judged)
        self._exempting = Exempting(self.connection, bench.register, bench.marking, bench.zone)
        self._windows = Windows(self.connection, bench, self.now, self._exempting)

    def take(self, reports: Iterable[Report]) -> None:
        """Judge reports, bring the alerts up to date, and note what has to be looked at in company.

        Most reports are within their limits at devices without an alert that could concern them;
        those are passed over without a verdict being made.
        """
        taken = list(reports)
        note(self.connection, self.bench, taken, self.now)
        checked = [(report, c) for report in taken if (c := self._checks(report.readings))]
        if not checked:
            return
        numbers = sorted({report.device for report, _ in checked})
        devices.lock(self.connection, numbers)
        earliest = to_ms(min(report.readings.start for report, _ in checked))
        live = alerts.touching(self.connection, numbers, exceedance.NAME, earliest)
        concerned = {series.device for series in live}
        concerned |= {r.device for r, c in checked if self._suspect(r.readings, c)}
        concerning = [(r, c) for r, c in checked if r.device in concerned]
        self._exempting.look_up(
            {r.readings.mn for r, _ in concerning},
            {self._exempting.year(to_ms(r.readings.start)) for r, _ in concerning},
        )
        found: dict[Series, list[Judged]] = {}
        for report, checks in concerning:
            for verdict in self._exempted(report.device, report.readings, checks):
                series = _series(report.device, verdict)
                judged = Judged(verdict, report.frame, report.late)
                found.setdefault(series, []).append(judged)
        self._follow(found, live)

    def _follow(self, found: Mapping[Series, list[Judged]], live: Mapping[Series, Any]) -> None:
        # Matters in one order everywhere: two processes that open tasks must not wait for each other.
        for series in sorted(found, key=lambda s: (self._matter(found[s][0].verdict), s.device)):
            self._episodes.follow(series, found[series], concerned=series in live)

    def _suspect(self, readings: Readings, checks: tuple[Check, ...]) -> bool:
        if readings.period is Period.DAY and by_days(self.bench, readings.mn):
            return True  # marked hours may make another mean of it
        return exceedance.suspect(readings, checks)

    def again(self, device: int, mn: str, period: Period, since_ms: int, until_ms: int) -> None:
        """Judge a stored span anew: what does not hold any more is struck out, what holds by another
        limit is corrected, the rest is taken.
        """
        devices.lock(self.connection, [device])
        limited = self.bench.register.has_limits(mn, period)
        data = stored(self.connection, device, mn, period, since_ms, until_ms) if limited else ()
        judged = [
            Judged(verdict, item.frame, item.late)
            for item in data
            for verdict in self._verdicts(device, item.readings)
        ]
        self._settle(device, exceedance.NAME, period, since_ms, until_ms, judged)

    def windows(self, device: int, mn: str, rule: str, since_ms: int, until_ms: int) -> None:
        """Judge the spans of a rule that touch [since, until), from the data that is stored."""
        devices.lock(self.connection, [device])
        kind = WINDOW_RULES[rule]
        low, high = self._windows.extent(kind, since_ms, until_ms)
        judged = [
            Judged(v, None, late=False) for v in self._windows.judge(device, mn, kind, low, high)
        ]
        self._settle(device, rule, kind.period, low, high, judged)

    def _settle(
        self,
        device: int,
        rule: str,
        period: Period,
        since_ms: int,
        until_ms: int,
        judged: list[Judged],
    ) -> None:
        """Bring what is known of a span in line with all verdicts that there are of it."""
        holds = _holding(judged)
        for pollutant in alerts.pollutants(self.connection, device, rule, period.value):
            series = Series(device, rule, period.value, pollutant)
            found = alerts.within(self.connection, series, since_ms, until_ms)
            self._recheck(series, found, holds)
        live = alerts.touching(self.connection, [device], rule, since_ms)
        grouped: dict[Series, list[Judged]] = {}
        for each in judged:
            grouped.setdefault(_series(device, each.verdict), []).append(each)
        self._follow(grouped, live)

    def _recheck(
        self, series: Series, found: Iterable[Any], holds: Mapping[tuple[str, int], Judged]
    ) -> None:
        """Hold the findings of a span against what is true of it now."""
        touched = set()
        marked: dict[int, list[str]] = {}
        for finding in found:
            judged = holds.get((series.pollutant, finding.start_ms))
            if judged is None:
                alerts.drop_finding(self.connection, finding)
                touched.add(finding.alert)
                if item := self._mark_over(finding):
                    marked.setdefault(finding.alert, []).append(item)
            elif self._episodes.correct(finding, judged):
                touched.add(finding.alert)
        for number in sorted(touched):
            self._episodes.settle(series, number)
        for number, items in sorted(marked.items()):
            row = alerts.get(self.connection, number)
            self._alerting.marked(row, len(items), "、".join(sorted(set(items))))

    def _mark_over(self, finding: Any) -> str | None:
        """What a mark says of the period of a finding that does not hold any more."""
        mn = devices.code(self.connection, finding.device)
        spans = self._exempting.of(finding.device, mn, finding.start_ms).over(
            finding.start_ms, finding.end_ms, finding.pollutant
        )
        return spans[0].ground.item if spans else None

    def _matter(self, verdict: Verdict) -> str:
        owner = self.bench.register.owner(verdict.mn)
        return owner.uscc if owner else ""

    def _checks(self, readings: Readings) -> tuple[Check, ...]:
        day = self._days.get(readings.start)
        if day is None:
            day = self._days[readings.start] = civil_date(readings.start, self.bench.zone)
        register = self.bench.register
        return register.checks(readings.mn, readings.period, readings.layout, day)

    def _verdicts(self, device: int, readings: Readings) -> Iterator[Verdict]:
        return self._exempted(device, readings, self._checks(readings))

    def _exempted(
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

    def _judged(self, series: Series, since_ms: int, until_ms: int) -> Iterator[Verdict]:
        """The verdicts of a series in a span of what is stored."""
        mn = devices.code(self.connection, series.device)
        if series.rule in WINDOW_RULES:
            rule = WINDOW_RULES[series.rule]
            verdicts = self._windows.judge(series.device, mn, rule, since_ms, until_ms)
            yield from (v for v in verdicts if v.pollutant == series.pollutant)
            return
        period = Period(series.period)
        for item in stored(self.connection, series.device, mn, period, since_ms, until_ms):
            verdicts = self._verdicts(series.device, item.readings)
            yield from (v for v in verdicts if v.pollutant == series.pollutant)

    def tell(self) -> bool:
        """Keep the frames that findings lean on, publish what happened; False if nothing did."""
        frames.keep(self.connection, self.frames_of(sorted(self._episodes.leaned_on)).items())
        return self._alerting.tell()


def _holding(judged: Iterable[Judged]) -> dict[tuple[str, int], Judged]:
    """Pollutant and start of what exceeds: its worst version, late only if all of them were."""
    holds: dict[tuple[str, int], Judged] = {}
    for one in judged:
        if not one.verdict.exceeds:
            continue
        key = (one.verdict.pollutant, one.verdict.start_ms)
        other = holds.get(key)
        if other is not None:
            worse = one.verdict.exceed_ratio > other.verdict.exceed_ratio
            one = replace(one if worse else other, late=one.late and other.late)
        holds[key] = one
    return holds


def _series(device: int, verdict: Verdict) -> Series:
    return Series(device, verdict.rule, verdict.period.value, verdict.pollutant)

"""From reports to alerts and tasks, inside the caller's transaction.

The same code serves the intake, which judges what has just come, and the sweep, which judges stored
spans again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from monitor.alerting import Alerting, Bench
from monitor.clock import civil_date, to_ms
from monitor.episodes import Episodes, Judged
from monitor.observation import Frame, Period, Readings
from monitor.register import Check
from monitor.rules import exceedance
from monitor.rules.exceedance import Verdict
from monitor.store import Connection, alerts, devices, frames
from monitor.store.alerts import Series
from monitor.store.readings import stored


@dataclass(frozen=True, slots=True)
class Report:
    """A report with its device's number, its frame's id, and whether it came late."""

    readings: Readings
    device: int
    frame: int
    late: bool


@dataclass
class Judging:
    """One transaction's judging. Use: `take` reports, then `tell`."""

    connection: Connection
    bench: Bench
    now: datetime
    frames_of: Callable[[Iterable[int]], dict[int, Frame]]
    _days: dict[datetime, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._alerting = Alerting(self.connection, self.bench, self.now)
        self._episodes = Episodes(self._alerting, self._verdicts)

    def take(self, reports: Iterable[Report]) -> None:
        """Judge reports and bring the alerts up to date.

        Most reports are within their limits at devices without an alert that could concern them;
        those are passed over without a verdict being made.
        """
        checked = [(report, c) for report in reports if (c := self._checks(report.readings))]
        if not checked:
            return
        numbers = sorted({report.device for report, _ in checked})
        devices.lock(self.connection, numbers)
        earliest = to_ms(min(report.readings.start for report, _ in checked))
        live = alerts.touching(self.connection, numbers, exceedance.NAME, earliest)
        concerned = {series.device for series in live}
        concerned |= {r.device for r, c in checked if exceedance.suspect(r.readings, c)}
        found: dict[Series, list[Judged]] = {}
        for report, checks in checked:
            if report.device in concerned:
                for verdict in exceedance.judge(report.readings, checks):
                    series = _series(report.device, verdict)
                    judged = Judged(verdict, report.frame, report.late)
                    found.setdefault(series, []).append(judged)
        # Matters in one order everywhere: two processes that open tasks must not wait for each other.
        for series in sorted(found, key=lambda s: (self._matter(found[s][0].verdict), s.device)):
            self._episodes.follow(series, found[series], concerned=series in live)

    def again(self, device: int, mn: str, period: Period, since_ms: int, until_ms: int) -> None:
        """Judge a stored span anew: what does not hold any more is struck out, what holds by another
        limit is corrected, the rest is taken.
        """
        devices.lock(self.connection, [device])
        limited = self.bench.register.has_limits(mn, period)
        data = stored(self.connection, device, mn, period, since_ms, until_ms) if limited else ()
        reports = [Report(item.readings, device, item.frame, item.late) for item in data]
        holds = self._holding(reports)
        for pollutant in alerts.pollutants(self.connection, device, exceedance.NAME, period.value):
            series = Series(device, exceedance.NAME, period.value, pollutant)
            found = alerts.within(self.connection, series, since_ms, until_ms)
            self._recheck(series, found, holds)
        self.take(reports)

    def _holding(self, reports: Iterable[Report]) -> dict[tuple[str, int], Judged]:
        """Pollutant and start of what exceeds: its worst version, late only if all of them were."""
        holds: dict[tuple[str, int], Judged] = {}
        for report in reports:
            for verdict in self._verdicts(report.readings):
                if not verdict.exceeds:
                    continue
                key = (verdict.limit.pollutant, verdict.start_ms)
                other, one = holds.get(key), Judged(verdict, report.frame, report.late)
                if other is not None:
                    worse = verdict.exceed_ratio > other.verdict.exceed_ratio
                    one = replace(one if worse else other, late=one.late and other.late)
                holds[key] = one
        return holds

    def _recheck(
        self, series: Series, found: Iterable[Any], holds: Mapping[tuple[str, int], Judged]
    ) -> None:
        """Hold the findings of a span against what is true of it now."""
        touched = set()
        for finding in found:
            judged = holds.get((series.pollutant, finding.start_ms))
            if judged is None:
                alerts.drop_finding(self.connection, finding)
                touched.add(finding.alert)
            elif self._episodes.correct(finding, judged):
                touched.add(finding.alert)
        for number in sorted(touched):
            self._episodes.settle(series, number)

    def _matter(self, verdict: Verdict) -> str:
        owner = self.bench.register.owner(verdict.limit.mn)
        return owner.uscc if owner else ""

    def _checks(self, readings: Readings) -> tuple[Check, ...]:
        day = self._days.get(readings.start)
        if day is None:
            day = self._days[readings.start] = civil_date(readings.start, self.bench.zone)
        register = self.bench.register
        return register.checks(readings.mn, readings.period, readings.layout, day)

    def _verdicts(self, readings: Readings) -> Iterable[Verdict]:
        return exceedance.judge(readings, self._checks(readings))

    def tell(self) -> bool:
        """Keep the frames that findings lean on, publish what happened; False if nothing did."""
        frames.keep(self.connection, self.frames_of(sorted(self._episodes.leaned_on)).items())
        return self._alerting.tell()


def _series(device: int, verdict: Verdict) -> Series:
    limit = verdict.limit
    return Series(device, exceedance.NAME, limit.period.value, limit.pollutant)

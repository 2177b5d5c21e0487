"""From reports to alerts and tasks, inside the caller's transaction.

The same code serves the intake, which judges what has just come, and the sweep, which judges stored
spans again. `exceedance` needs a report, the books and the marks; for rules that need a window of data
spans are noted as due here, and the sweep judges them (`monitor/windows.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.alerting import Alerting, Bench
from monitor.clock import civil_date, from_ms, to_ms
from monitor.episodes import Episodes
from monitor.noting import Report, note
from monitor.observation import Frame, Period
from monitor.rules import (
    CURVE_RULES,
    Rule,
    Verdict,
    anomaly_score,
    exceedance,
    supports,
)
from monitor.runs import Judged, ruling
from monitor.sightings import Seen, Sightings
from monitor.store import Connection, alerts, curves, devices, frames
from monitor.store.alerts import Series
from monitor.store.readings import FLOOD, flood_since, frames_within
from monitor.surveying import Brought, Surveys
from monitor.verdicts import Verdicts

_MARGIN = timedelta(days=1)
"""Data is let go a while after its time."""


@dataclass
class Judging:
    """One transaction's judging. Use: `take` reports, then `tell`."""

    connection: Connection
    bench: Bench
    now: datetime
    frames_of: Callable[[Iterable[int]], dict[int, Frame]]

    def __post_init__(self) -> None:
        self._alerting = Alerting(self.connection, self.bench, self.now)
        self._verdicts = Verdicts(self.connection, self.bench, self.now)
        self._episodes = Episodes(self._alerting, self._verdicts.of_series)
        self._sightings = Sightings(self._alerting)
        self._surveys = Surveys(self._alerting)
        self._supporting: set[int] = set()

    def see(self, seen: Iterable[Seen]) -> None:
        """Enter what eyes saw, and bring its alerts up to date."""
        self._sightings.take(seen)

    def survey(self, brought: Iterable[Brought]) -> None:
        """Enter what drones brought home, once the events in it are entered."""
        self._surveys.take(brought)

    def take(self, reports: Iterable[Report]) -> None:
        """Judge reports, bring the alerts up to date, and note what has to be looked at in company.

        Most reports are within their limits at devices without an alert that could concern them;
        those are passed over without a verdict being made.
        """
        taken = list(reports)
        note(self.connection, self.bench, taken, self.now)
        checked = [(report, c) for report in taken if (c := self._verdicts.checks(report.readings))]
        if not checked:
            return
        numbers = sorted({report.device for report, _ in checked})
        devices.lock(self.connection, numbers)
        earliest = to_ms(min(report.readings.start for report, _ in checked))
        live = alerts.touching(self.connection, numbers, exceedance.NAME, earliest)
        concerned = {series.device for series in live}
        concerned |= {r.device for r, c in checked if self._verdicts.suspect(r.readings, c)}
        concerning = [(r, c) for r, c in checked if r.device in concerned]
        self._verdicts.look_up(report.readings for report, _ in concerning)
        found: dict[Series, list[Judged]] = {}
        for report, checks in concerning:
            for verdict in self._verdicts.of_report(report.device, report.readings, checks):
                series = _series(report.device, verdict)
                judged = Judged(verdict, report.frame, report.late)
                found.setdefault(series, []).append(judged)
        self._follow(found, live)

    def _follow(self, found: Mapping[Series, list[Judged]], live: Mapping[Series, Any]) -> None:
        for series, judged in found.items():
            for each in judged:
                self._support(series.device, each.verdict)
        # Matters in one order everywhere: two processes that open tasks must not wait for each other.
        for series in sorted(found, key=lambda s: (self._matter(found[s][0].verdict), s.device)):
            self._episodes.follow(series, found[series], concerned=series in live)

    def _support(self, device: int, verdict: Verdict) -> None:
        """Remember the frames of stored data that a finding rests on besides its own report."""
        periods = supports(verdict.rule, verdict.period) if verdict.exceeds else ()
        # what a window says of the outlet as a whole rests on its marks
        if periods and (verdict.pollutant or verdict.rule in CURVE_RULES):
            start_ms = verdict.start_ms if verdict.rests_ms is None else verdict.rests_ms
            span = (start_ms, verdict.end_ms)
            self._supporting |= frames_within(self.connection, device, verdict.mn, periods, *span)

    def again(self, device: int, mn: str, period: Period, since_ms: int, until_ms: int) -> None:
        """Judge a stored span anew: what does not hold any more is struck out, what holds by another
        limit is corrected, the rest is taken.
        """
        devices.lock(self.connection, [device])
        since_ms = max(since_ms, self._kept_since((period,), until_ms))
        if since_ms >= until_ms:
            return
        judged = list(self._verdicts.of_reports(device, mn, period, since_ms, until_ms))
        self._settle(device, exceedance.NAME, period, since_ms, until_ms, judged)

    def spans(
        self, device: int, mn: str, rules: Collection[Rule], since_ms: int, until_ms: int
    ) -> None:
        """Judge the spans of rules that touch [since, until), from the data that is stored.

        What was found at an outlet that has left the books since stays as it is.
        """
        if not self.bench.register.knows(mn):
            return
        devices.lock(self.connection, [device])
        known = alerts.rules_of(self.connection, device)
        judged = [rule for rule in rules if rule.name not in self.bench.policy.off]
        for rule in judged:
            self._spans(device, mn, rule, since_ms, until_ms, known=rule.name in known)
        if anomaly_score.RULE in judged:
            self._keep_scores(device, since_ms, until_ms)

    def _keep_scores(self, device: int, since_ms: int, until_ms: int) -> None:
        """Keep the day's scores, whether or not they were found remarkable: levels are told from them."""
        held = self._verdicts.curving.held(device)
        if held is None:
            return
        best = anomaly_score.by_date(held)
        zone = self.bench.zone
        first, last = (civil_date(from_ms(at), zone) for at in (since_ms, until_ms - 1))
        today = civil_date(self.now, zone)
        curves.put_scores(
            self.connection,
            device,
            {day: one for day, one in best.items() if first <= day <= last and day < today},
        )

    def _spans(
        self, device: int, mn: str, kind: Rule, since_ms: int, until_ms: int, *, known: bool
    ) -> None:
        """`known`: the rule has found something at the device before."""
        low, high = self._verdicts.extent(kind, since_ms, until_ms)
        kept = self._kept_since(kind.reads, high)
        if low < kept:
            low, following = self._verdicts.extent(kind, kept, kept + 1)
            if low < kept and low < to_ms(self.now - self.bench.readings_kept + _MARGIN):
                low = following
        if low >= high:
            return
        judged = list(self._verdicts.of_spans(device, mn, kind, low, high))
        if not known and not any(each.verdict.exceeds for each in judged):
            return
        self._settle(device, kind.name, kind.period, low, high, judged)

    def _kept_since(self, reads: Iterable[Period], until_ms: int) -> int:
        """From when on nothing of the data was let go: findings that rest on older data stay as they
        are, since what is gone neither bears them out nor speaks against them.
        """
        if not any(period in FLOOD for period in reads):
            return 0
        kept = flood_since(self.connection)
        return until_ms if kept is None else kept

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
        for pollutant in alerts.pollutants(self.connection, device, rule, period.value):
            series = Series(device, rule, period.value, pollutant)
            self._episodes.regroup(series, since_ms, until_ms)

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
                before, *_ = alerts.neighbours(self.connection, series, finding.start_ms)
                if before is not None:  # it may have ended where this began
                    touched.add(before.alert)
                touched.add(finding.alert)
                span = (finding.start_ms, finding.end_ms)
                if item := self._verdicts.mark_over(finding.device, *span, finding.pollutant):
                    marked.setdefault(finding.alert, []).append(item)
            elif self._episodes.correct(finding, judged):
                touched.add(finding.alert)
        for number in sorted(touched):
            self._episodes.settle(series, number)
        for number, items in sorted(marked.items()):
            row = alerts.get(self.connection, number)
            self._alerting.marked(row, len(items), "、".join(sorted(set(items))))

    def _matter(self, verdict: Verdict) -> str:
        owner = self.bench.register.owner(verdict.mn)
        return owner.uscc if owner else ""

    def tell(self) -> bool:
        """Keep the frames that findings lean on, publish what happened; False if nothing did."""
        leaned_on = self._episodes.leaned_on | self._sightings.leaned_on
        frames.keep(self.connection, self.frames_of(sorted(leaned_on)).items())
        supporting = sorted(self._supporting - leaned_on)
        frames.keep(self.connection, frames.fetch_kept(self.connection, supporting).items())
        return self._alerting.tell()


def _holding(judged: Iterable[Judged]) -> dict[tuple[str, int], Judged]:
    """Pollutant and start of what exceeds: its worst version, late only if all of them were."""
    holds: dict[tuple[str, int], Judged] = {}
    for one in judged:
        if not one.verdict.exceeds:
            continue
        key = (one.verdict.pollutant, one.verdict.start_ms)
        holds[key] = ruling(holds[key], one) if key in holds else one
    return holds


def _series(device: int, verdict: Verdict) -> Series:
    return Series(device, verdict.rule, verdict.period.value, verdict.pollutant)

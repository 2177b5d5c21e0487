"""Episodes: keeping the alerts to what the stored data says, in whatever order it comes.

Exceeding periods that follow each other are one alert (`monitor.store.alerts` has the definition).
What is not the plain next period of an open episode is placed by its neighbours, and the alerts that
it touches are settled anew from their findings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from monitor.alerting import Alerting, power_of_two, worst
from monitor.clock import to_ms
from monitor.observation import Period
from monitor.rules import SPAN_RULES, Verdict
from monitor.runs import Judged, severity, severity_of
from monitor.store import Row, alerts, books, devices
from monitor.store.alerts import Series
from monitor.store.readings import FLOOD

_MS = timedelta(milliseconds=1)
_AHEAD = {
    Period.REALTIME: timedelta(hours=1),
    Period.MINUTE: timedelta(hours=2),
    Period.HOUR: timedelta(hours=12),
    Period.DAY: timedelta(days=7),
    Period.MONTH: timedelta(days=92),
}
"""How far after an exceedance the period that ended it is looked for at first: it is mostly the next."""


@dataclass
class Episodes:
    """Places verdicts among the findings there are. `judged` gives those of a series in a span [since,
    until) of stored data, in order of time.
    """

    alerting: Alerting
    judged: Callable[[Series, int, int], Iterable[Verdict]]
    leaned_on: set[int] = field(default_factory=set)
    """Frames that findings of this transaction lean on."""

    def __post_init__(self) -> None:
        self._connection = self.alerting.connection
        self._silence = self.alerting.bench.policy.silence
        self._language = self.alerting.bench.language

    def follow(self, series: Series, judged: list[Judged], *, concerned: bool) -> None:
        """Work through a series in order of time; of two versions of a period the exceeding rules.

        Of compliant periods with no finding between them the first alone can end or part an episode.
        """
        judged.sort(key=lambda each: (each.verdict.start_ms, not each.verdict.exceeds))
        quiet_until = 0.0
        for each in judged:
            if each.verdict.exceeds:
                self._exceeds(series, each)
                concerned, quiet_until = True, 0.0
            elif concerned and each.verdict.start_ms >= quiet_until:
                quiet_until = self._complies(series, each.verdict.start_ms)

    def _exceeds(self, series: Series, judged: Judged) -> None:
        verdict = judged.verdict
        before, same, after = alerts.neighbours(self._connection, series, verdict.start_ms)
        if same is not None:
            self._repeated(series, same, judged)
            return
        self._lean_on(judged)
        last = alerts.get(self._connection, before.alert) if before else None
        if last is not None and after is None and self._prolongs(last, verdict):
            self._prolong(series, last, judged)
            return
        self._insert(series, judged, before, after)

    def _lean_on(self, judged: Judged) -> None:
        if judged.frame is not None:
            self.leaned_on.add(judged.frame)

    def _repeated(self, series: Series, same: Row[Any], judged: Judged) -> None:
        """Another version of a period: the one that exceeds by more counts; late if both were."""
        known = severity(same.exceed_ratio, same.value, same.limit_id)
        worse = severity_of(judged.verdict) > known
        values = _finding(judged) if worse else {}
        if worse:
            self._lean_on(judged)
        if worse or judged.late < same.late:
            values["late"] = judged.late and same.late
            alerts.change_finding(self._connection, same, values)
            self.settle(series, same.alert)

    def correct(self, finding: Row[Any], judged: Judged) -> bool:
        """Let a finding say what is true by the limits of now; False if it does already."""
        values = _finding(judged)
        said = ("end_ms", "value", "bound", "exceed_ratio", "limit_id", "late", "detail")
        if all(finding._mapping[key] == values[key] for key in said):
            return False
        self._lean_on(judged)
        alerts.change_finding(self._connection, finding, values)
        return True

    def _prolongs(self, last: Row[Any], verdict: Verdict) -> bool:
        """Whether the period goes on where an open episode stands (nothing within came since)."""
        return last.state == "open" and not self._silent(last.end_ms, verdict)

    def _silent(self, end_ms: int, verdict: Verdict) -> bool:
        silence = self._silence[verdict.period]
        return verdict.start_ms - end_ms > silence / _MS

    def _prolong(self, series: Series, last: Row[Any], judged: Judged) -> None:
        verdict = judged.verdict
        alerts.add_finding(self._connection, series, last.id, _finding(judged))
        values: dict[str, Any] = {
            "end_ms": max(last.end_ms, verdict.end_ms),
            "periods": last.periods + 1,
            "updated_at": self.alerting.now,
            "silent": last.silent and judged.late,
        }
        if verdict.exceed_ratio > last.exceed_ratio:
            values |= worst(verdict, self._language)
        alerts.change(self._connection, last.id, values)
        self.alerting.reconsider(last, verdict)
        spoken = last.silent and not judged.late
        self.alerting.changed(last)
        if spoken:
            self.alerting.speak(last.id)
        if spoken or verdict.period not in FLOOD or power_of_two(last.periods + 1):
            self.alerting.note(last, "alert.updated")

    def _insert(
        self,
        series: Series,
        judged: Judged,
        before: Row[Any] | None,
        after: Row[Any] | None,
    ) -> None:
        """Put a finding where it belongs among those there are: alone, to one side, or bridging."""
        verdict = judged.verdict
        within = before and after and before.alert == after.alert
        left = before if before and (within or self._linked(series, before, verdict)) else None
        right = None
        if after and not within and self._linked(series, after, verdict):
            right = after
        side = left or right
        silent = judged.late and verdict.period in FLOOD
        number = side.alert if side else self.alerting.open(series, verdict, silent=silent)
        if side:
            self.alerting.reconsider(alerts.get(self._connection, number), verdict)
        alerts.add_finding(self._connection, series, number, _finding(judged))
        taken_up = None
        if left and right and left.alert != right.alert:
            taken_up = alerts.get(self._connection, right.alert)
            alerts.move_findings(self._connection, right.alert, left.alert, None)
            self.settle(series, right.alert, merged=left.alert)
        self.settle(series, number)
        if taken_up is not None:
            self.alerting.took_up(number, taken_up)
        if before and before.alert != number:
            self.settle(series, before.alert)

    def _linked(self, series: Series, finding: Row[Any], verdict: Verdict) -> bool:
        """Whether nothing judged within the limit, and no silence, lies between the two."""
        first_end, second = sorted(
            [(finding.start_ms, finding.end_ms), (verdict.start_ms, verdict.end_ms)]
        )
        silence = self._silence[verdict.period] / _MS
        if second[0] - first_end[1] > silence:
            return False
        return self._first_within(series, first_end[0] + 1, second[0]) is None

    def _first_within(self, series: Series, since_ms: int, until_ms: int) -> int | None:
        """The first period in [since, until) that is judged to be within its limit."""
        exceeding = {
            f.start_ms for f in alerts.within(self._connection, series, since_ms, until_ms)
        }
        for verdict in self.judged(series, since_ms, until_ms):
            if not verdict.exceeds and verdict.start_ms not in exceeding:
                return verdict.start_ms
        return None

    def _complies(self, series: Series, at_ms: int) -> float:
        """A period within the limit: it ends the episode before it, or parts the one around it.

        Returns when the next finding begins: until then nothing more can follow from compliance.
        """
        before, same, after = alerts.neighbours(self._connection, series, at_ms)
        if same is not None:
            return 0.0
        if before is None:
            return after.start_ms if after else math.inf
        row = alerts.get(self._connection, before.alert)
        if after is not None and after.alert == before.alert:
            number = self.alerting.part(row)
            alerts.move_findings(self._connection, row.id, number, at_ms)
            self.settle(series, row.id)
            self.settle(series, number)
        elif row.state == "open" or row.cleared_ms > at_ms:
            self.alerting.clear(row, at_ms)
        return after.start_ms if after else math.inf

    def regroup(self, series: Series, since_ms: int, until_ms: int) -> None:
        """Hold the episodes about a span against the data anew: what ended or joined them may be judged
        no more, or again.
        """
        before, _, _ = alerts.neighbours(self._connection, series, since_ms)
        if before is not None and self._over(before, since_ms):
            before = None  # what is between, and parts them, is not in question
        _, at, after = alerts.neighbours(self._connection, series, until_ms)
        found = alerts.within(self._connection, series, since_ms, until_ms)
        rows = [row for row in (before, *found, at or after) if row is not None]
        holders = {row.start_ms: row.alert for row in rows}
        for left, right in pairwise(rows):
            one, other = holders[left.start_ms], holders[right.start_ms]
            linked = left.end_ms == right.start_ms or self._follows(series, left, right)
            if linked and one != other:
                alerts.move_findings(self._connection, other, one, None)
                self._moved(holders, other, one)
                self.settle(series, other, merged=one)
            elif not linked and one == other:
                number = self.alerting.part(alerts.get(self._connection, one))
                alerts.move_findings(self._connection, one, number, left.start_ms)
                self._moved(holders, one, number, after_ms=left.start_ms)
        for number in sorted(set(holders.values())):
            self.settle(series, number)

    def _over(self, finding: Row[Any], at_ms: int) -> bool:
        """Whether the episode of a finding was over before an instant."""
        cleared_ms = alerts.get(self._connection, finding.alert).cleared_ms
        return cleared_ms is not None and cleared_ms < at_ms

    def _moved(
        self, holders: dict[int, int], source: int, target: int, after_ms: int | None = None
    ) -> None:
        for start, number in holders.items():
            if number == source and (after_ms is None or start > after_ms):
                holders[start] = target

    def _follows(self, series: Series, left: Row[Any], right: Row[Any]) -> bool:
        """Whether nothing judged within the limit, and no silence, lies between two findings."""
        silence = self._silence[Period(series.period)] / _MS
        if right.start_ms - left.end_ms > silence:
            return False
        return self._first_within(series, left.start_ms + 1, right.start_ms) is None

    def settle(
        self,
        series: Series,
        number: int,
        merged: int | None = None,
    ) -> None:
        """Bring an alert's row to what its findings and the data after them say."""
        row = alerts.get(self._connection, number)
        values = alerts.extent(self._connection, number)
        if not values["periods"]:
            self.alerting.clear(row, row.end_ms, gone=merged or 0)
            return
        in_time = values.pop("in_time")
        values["silent"] = Period(series.period) in FLOOD and not in_time
        values |= worst(self._verdict(alerts.worst(self._connection, number)), self._language)
        cleared = self._ended(series, number)
        values |= {"cleared_ms": cleared, "state": "open" if cleared is None else "cleared"}
        changed = {key: value for key, value in values.items() if row._mapping[key] != value}
        if not changed:
            return
        alerts.change(self._connection, number, changed | {"updated_at": self.alerting.now})
        if changed.get("silent") is False:
            self.alerting.speak(number)
        if not changed.keys().isdisjoint(("value", "limit", "silent")):
            self.alerting.differs(row, alerts.get(self._connection, number).reason)
        ended = changed.get("state") == "cleared"
        self.alerting.note(row, "alert.cleared" if ended else "alert.updated")

    def _verdict(self, finding: Row[Any]) -> Verdict:
        """A stored finding as the verdict that it was."""
        limit = None
        if finding.limit_id is not None:
            known = self.alerting.bench.register.limit(finding.limit_id)
            limit = known or books.limit(self._connection, finding.limit_id)
        return Verdict(
            rule=finding.rule,
            mn=limit.mn if limit else devices.code(self._connection, finding.device),
            pollutant=finding.pollutant,
            period=Period(finding.period),
            start_ms=finding.start_ms,
            end_ms=finding.end_ms,
            value=finding.value,
            bound=finding.bound,
            exceed_ratio=finding.exceed_ratio,
            clause=limit.clause if limit else SPAN_RULES[finding.rule].clause,
            limit=limit,
            detail=finding.detail,
        )

    def _ended(self, series: Series, number: int) -> int | None:
        """When the episode of an alert was over: the first compliance, or the next episode."""
        last = alerts.last_start(self._connection, number)
        assert last is not None, "only an alert with findings is settled"
        _, _, after = alerts.neighbours(self._connection, series, last)
        until = after.start_ms if after else to_ms(self.alerting.now) + 86_400_000
        at, size = last + 1, _AHEAD[Period(series.period)] // _MS
        while at < until:  # farther and farther: compliance after a long silence ends it, too
            within = self._first_within(series, at, min(at + size, until))
            if within is not None:
                return within
            at, size = at + size, size * 4
        return after.start_ms if after else None


def _finding(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "start_ms": verdict.start_ms,
        "end_ms": verdict.end_ms,
        "value": verdict.value,
        "bound": verdict.bound,
        "exceed_ratio": verdict.exceed_ratio,
        "limit_id": verdict.limit.id if verdict.limit else None,
        "frame": judged.frame,
        "late": judged.late,
        "detail": None if verdict.detail is None else dict(verdict.detail),
    }

"""From judged periods to alerts and tasks, inside the caller's transaction.

The same code serves the intake, which judges what has just come, and the sweep, which judges stored
spans again. It keeps the alerts to what the stored data says, in whatever order the data came
(`monitor.store.alerts` has the definition). Events are told last, since telling locks the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Row

from monitor import alert, legal, pollutants
from monitor.clock import civil_date, from_ms, to_ms
from monitor.observation import Frame, Period, Readings
from monitor.register import Register
from monitor.rules import exceedance
from monitor.rules.exceedance import Verdict
from monitor.store import alerts, frames, outbox, tasks
from monitor.store.alerts import Series
from monitor.store.database import lock
from monitor.store.outbox import Event
from monitor.store.readings import FLOOD, stored
from monitor.task import Trigger, priority

_AHEAD = {True: timedelta(days=3), False: timedelta(days=40)}
"""How far behind a late exceedance the data is searched for the period that ended it (flood or not)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What judging needs to know besides the data: books, policy, place and language."""

    register: Register
    policy: alert.Policy
    zone: tzinfo
    language: str
    deadline: Callable[[Trigger, datetime], datetime]


@dataclass(frozen=True, slots=True)
class Report:
    """A report with its device's number and its frame's id."""

    readings: Readings
    device: int
    frame: int


@dataclass
class Judging:
    """One transaction's judging. Use: `take` reports, then `tell`."""

    connection: Connection
    bench: Bench
    now: datetime
    frame_of: Callable[[int], Frame | None]
    opened: int = 0
    _days: dict[datetime, date] = field(default_factory=dict)
    _leaned_on: set[int] = field(default_factory=set)
    _told: dict[int, str] = field(default_factory=dict)  # alert → event type
    _tasks: dict[int, str] = field(default_factory=dict)  # task → event type

    # --- judging ----------------------------------------------------------------------------

    def take(self, reports: Iterable[Report]) -> None:
        """Judge reports and bring the alerts up to date."""
        found: dict[Series, list[tuple[Verdict, int]]] = {}
        for report in reports:
            for verdict in self._verdicts(report.readings):
                limit = verdict.limit
                key = Series(report.device, exceedance.NAME, limit.period.value, limit.pollutant)
                found.setdefault(key, []).append((verdict, report.frame))
        if not found:
            return
        devices = sorted({series.device for series in found})
        lock(self.connection, devices)
        earliest = min(verdict.start_ms for verdicts in found.values() for verdict, _ in verdicts)
        live = alerts.touching(self.connection, devices, exceedance.NAME, earliest)
        for series, verdicts in found.items():
            self._along(series, verdicts, concerned=series in live)

    def again(self, device: int, mn: str, period: Period, since_ms: int, until_ms: int) -> None:
        """Judge a stored span anew: what does not hold any more is struck out, the rest is taken."""
        lock(self.connection, [device])
        reports = [
            Report(item.readings, device, item.frame)
            for item in stored(self.connection, device, mn, period, since_ms, until_ms)
        ]
        holds = {
            (verdict.limit.pollutant, verdict.start_ms)
            for report in reports
            for verdict in self._verdicts(report.readings)
            if verdict.exceeds
        }
        for pollutant in alerts.pollutants(self.connection, device, exceedance.NAME, period.value):
            series = Series(device, exceedance.NAME, period.value, pollutant)
            for finding in alerts.within(self.connection, series, since_ms, until_ms):
                if (pollutant, finding.start_ms) not in holds:
                    alerts.drop_finding(self.connection, finding)
                    self._settle(series, finding.alert)
        self.take(reports)

    def _verdicts(self, readings: Readings) -> Iterable[Verdict]:
        day = self._days.get(readings.start)
        if day is None:
            day = self._days[readings.start] = civil_date(readings.start, self.bench.zone)
        register = self.bench.register
        checks = register.checks(readings.mn, readings.period, readings.layout, day)
        return exceedance.judge(readings, checks)

    def _along(
        self, series: Series, verdicts: list[tuple[Verdict, int]], *, concerned: bool
    ) -> None:
        """Work through a series in order of time; of two versions of a period the exceeding rules."""
        verdicts.sort(key=lambda item: (item[0].start_ms, not item[0].exceeds))
        for verdict, frame in verdicts:
            if verdict.exceeds:
                self._exceeds(series, verdict, frame)
                concerned = True
            elif concerned:
                self._complies(series, verdict.start_ms)

    def _exceeds(self, series: Series, verdict: Verdict, frame: int) -> None:
        before, same, after = alerts.neighbours(self.connection, series, verdict.start_ms)
        if same is not None:
            self._repeated(series, same, verdict, frame)
            return
        self._leaned_on.add(frame)
        last = alerts.get(self.connection, before.alert) if before else None
        if last is not None and after is None and self._prolongs(last, verdict):
            self._prolong(series, last, verdict, frame)
            return
        self._insert(series, verdict, frame, before, after)

    def _repeated(self, series: Series, same: Row[Any], verdict: Verdict, frame: int) -> None:
        if verdict.exceed_ratio > same.exceed_ratio:
            self._leaned_on.add(frame)
            alerts.worsen_finding(self.connection, same, _finding(verdict, frame))
            self._settle(series, same.alert, verdict)

    def _prolongs(self, last: Row[Any], verdict: Verdict) -> bool:
        """Whether the period goes on where an open episode stands (nothing within came since)."""
        return last.state == "open" and not self._silent(last.end_ms, verdict)

    def _silent(self, end_ms: int, verdict: Verdict) -> bool:
        silence = self.bench.policy.silence[verdict.limit.period]
        return verdict.start_ms - end_ms > silence / timedelta(milliseconds=1)

    def _prolong(self, series: Series, last: Row[Any], verdict: Verdict, frame: int) -> None:
        alerts.add_finding(self.connection, series, last.id, _finding(verdict, frame))
        values: dict[str, Any] = {
            "end_ms": max(last.end_ms, verdict.end_ms),
            "periods": last.periods + 1,
            "updated_at": self.now,
        }
        if verdict.exceed_ratio > last.exceed_ratio:
            values |= self._worst(verdict)
        alerts.change(self.connection, last.id, values)
        period = verdict.limit.period
        if period not in FLOOD or _power_of_two(last.periods + 1):
            self._tell(last.id, "alert.updated")

    def _insert(
        self,
        series: Series,
        verdict: Verdict,
        frame: int,
        before: Row[Any] | None,
        after: Row[Any] | None,
    ) -> None:
        """Put a finding where it belongs among those there are: alone, to one side, or bridging."""
        within = before and after and before.alert == after.alert
        left = before if before and (within or self._linked(series, before, verdict)) else None
        right = None
        if after and not within and self._linked(series, after, verdict):
            right = after
        side = left or right
        number = side.alert if side else self._open(series, verdict)
        alerts.add_finding(self.connection, series, number, _finding(verdict, frame))
        if left and right and left.alert != right.alert:
            alerts.move_findings(self.connection, right.alert, left.alert, None)
            self._settle(series, right.alert, merged=left.alert)
        self._settle(series, number, verdict)
        if before and before.alert != number:
            self._settle(series, before.alert)

    def _linked(self, series: Series, finding: Row[Any], verdict: Verdict) -> bool:
        """Whether nothing judged within the limit, and no silence, lies between the two."""
        first_end, second = sorted(
            [(finding.start_ms, finding.end_ms), (verdict.start_ms, verdict.end_ms)]
        )
        silence = self.bench.policy.silence[verdict.limit.period] / timedelta(milliseconds=1)
        if second[0] - first_end[1] > silence:
            return False
        return self._first_within(series, first_end[0] + 1, second[0]) is None

    def _first_within(self, series: Series, since_ms: int, until_ms: int) -> int | None:
        """The first period in [since, until) that is judged to be within its limit."""
        mn = self._mn(series)
        exceeding = {f.start_ms for f in alerts.within(self.connection, series, since_ms, until_ms)}
        period = Period(series.period)
        for item in stored(self.connection, series.device, mn, period, since_ms, until_ms):
            for verdict in self._verdicts(item.readings):
                wanted = verdict.limit.pollutant == series.pollutant and not verdict.exceeds
                if wanted and verdict.start_ms not in exceeding:
                    return verdict.start_ms
        return None

    def _mn(self, series: Series) -> str:
        return alerts.device_code(self.connection, series.device)

    def _complies(self, series: Series, at_ms: int) -> None:
        """A period within the limit: it ends the episode before it, or parts the one around it."""
        before, same, after = alerts.neighbours(self.connection, series, at_ms)
        if same is not None or before is None:
            return
        row = alerts.get(self.connection, before.alert)
        if after is not None and after.alert == before.alert:
            number = self._part(row)
            alerts.move_findings(self.connection, row.id, number, at_ms)
            self._settle(series, row.id)
            self._settle(series, number)
        elif row.state == "open" or row.cleared_ms > at_ms:
            self._clear(row, at_ms)

    # --- alerts -----------------------------------------------------------------------------

    def _open(self, series: Series, verdict: Verdict) -> int:
        """A new alert, and with it the task that it asks for."""
        limit, register = verdict.limit, self.bench.register
        owner = register.owner(limit.mn)
        age = self.now - from_ms(verdict.end_ms)
        outcome = self.bench.policy.outcome(limit.period, age)
        values = {
            "rule": series.rule,
            "outcome": outcome.value,
            "state": "open",
            "uscc": owner.uscc if owner else None,
            "enterprise": owner.name if owner else None,
            "district": owner.district if owner else None,
            "device": series.device,
            "mn": limit.mn,
            "pollutant": series.pollutant,
            "period": series.period,
            "start_ms": verdict.start_ms,
            "end_ms": verdict.end_ms,
            "periods": 1,
            "opened_at": self.now,
            "updated_at": self.now,
        } | self._worst(verdict)
        number = alerts.open_alert(self.connection, values)
        self.opened += 1
        self._tell(number, "alert.opened")
        if outcome is alert.Outcome.VERIFY:
            self._ask_for_visit(number, values)
        return number

    def _part(self, row: Row[Any]) -> int:
        """A second alert for the later part of an episode, like the first in all but its span."""
        values = {key: value for key, value in row._mapping.items() if key != "id"}
        number = alerts.open_alert(self.connection, values | {"opened_at": self.now})
        self.opened += 1
        self._tell(number, "alert.opened")
        return number

    def _ask_for_visit(self, number: int, values: dict[str, Any]) -> None:
        """Open the matter's task or join it: mandatory, listed or not (seed notices, 2020)."""
        if values["uscc"] is None:
            return
        on = civil_date(from_ms(values["start_ms"]), self.bench.zone)
        listing = self.bench.register.listing(values["uscc"], on)
        task, created = tasks.open_or_join(
            self.connection,
            tasks.NewTask(
                trigger=Trigger.EXCEEDANCE,
                priority=priority(values["exceed_ratio"]),
                reason=values["reason"],
                queued_at=self.now,
                due_at=self.bench.deadline(Trigger.EXCEEDANCE, self.now),
                uscc=values["uscc"],
                enterprise=values["enterprise"],
                district=values["district"],
                listing={
                    "listed": listing is not None,
                    "category": listing.category if listing else None,
                    "on": on.isoformat(),
                },
                legal_basis=legal.basis(Trigger.EXCEEDANCE, on),
            ),
            actor="system",
        )
        alerts.change(self.connection, number, {"task": task})
        if created or task not in self._tasks:
            self._tasks[task] = "task.queued" if created else "task.updated"

    def _worst(self, verdict: Verdict) -> dict[str, Any]:
        limit = verdict.limit
        known = pollutants.get(limit.pollutant)
        zh = self.bench.language == "zh"
        name = (known.name_zh if zh else known.name_en) if known else limit.pollutant
        unit = known.unit if known else None
        return {
            "value": verdict.value,
            "limit": verdict.bound,
            "exceed_ratio": verdict.exceed_ratio,
            "clause": limit.clause,
            "reason": alert.reason(verdict, self.bench.language, name, unit),
        }

    def _settle(
        self,
        series: Series,
        number: int,
        verdict: Verdict | None = None,
        merged: int | None = None,
    ) -> None:
        """Bring an alert's row to what its findings and the data after them say."""
        row = alerts.get(self.connection, number)
        values = alerts.extent(self.connection, number)
        if not values["periods"]:
            self._clear(row, row.end_ms, gone=merged or 0)
            return
        if verdict is not None and values["exceed_ratio"] == verdict.exceed_ratio:
            values |= self._worst(verdict)
        cleared = self._ended(series, number)
        values |= {"cleared_ms": cleared, "state": "open" if cleared is None else "cleared"}
        changed = {key: value for key, value in values.items() if row._mapping[key] != value}
        if not changed:
            return
        alerts.change(self.connection, number, changed | {"updated_at": self.now})
        ended = changed.get("state") == "cleared"
        self._tell(number, "alert.cleared" if ended else "alert.updated")

    def _ended(self, series: Series, number: int) -> int | None:
        """When the episode of an alert was over: the first compliance, or the next episode."""
        last = alerts.last_start(self.connection, number)
        assert last is not None, "only an alert with findings is settled"
        _, _, after = alerts.neighbours(self.connection, series, last)
        ahead = _AHEAD[Period(series.period) in FLOOD]
        horizon = min(last + ahead // timedelta(milliseconds=1), to_ms(self.now) + 86_400_000)
        until = after.start_ms if after else horizon
        within = self._first_within(series, last + 1, until)
        return within if within is not None else (after.start_ms if after else None)

    def _clear(self, row: Row[Any], at_ms: int, gone: int | None = None) -> None:
        values: dict[str, Any] = {"cleared_ms": at_ms, "state": "cleared", "updated_at": self.now}
        if gone is not None:
            values |= {"periods": 0, "reason": row.reason + _gone(gone, self.bench.language)}
        alerts.change(self.connection, row.id, values)
        if row.state == "open":
            self._tell(row.id, "alert.cleared")

    # --- telling ----------------------------------------------------------------------------

    def _tell(self, number: int, kind: str) -> None:
        """Note an event of an alert; within one transaction the weightiest is told, once."""
        if self._told.get(number) != "alert.opened":
            self._told[number] = kind

    def tell(self) -> bool:
        """Keep the frames that findings lean on, publish what happened; False if nothing did."""
        found = ((number, self.frame_of(number)) for number in sorted(self._leaned_on))
        frames.keep(self.connection, [(number, frame) for number, frame in found if frame])
        for number, kind in self._told.items():
            row = alerts.get(self.connection, number)
            event = Event(
                type=kind,
                at=self.now,
                district=row.district,
                alert=number,
                data={
                    "alert": alerts.shape(row, self.bench.zone),
                    "links": {"alert": f"/api/v1/alerts/{number}"},
                },
            )
            outbox.publish(self.connection, [event])
        for task, kind in self._tasks.items():
            tasks.announce(self.connection, task, kind, self.now, self.bench.zone)
        return bool(self._told or self._tasks)


def _finding(verdict: Verdict, frame: int) -> dict[str, Any]:
    return {
        "start_ms": verdict.start_ms,
        "end_ms": verdict.end_ms,
        "value": verdict.value,
        "bound": verdict.bound,
        "exceed_ratio": verdict.exceed_ratio,
        "limit_id": verdict.limit.id,
        "frame": frame,
    }


def _power_of_two(count: int) -> bool:
    return count & (count - 1) == 0


def _gone(merged: int, language: str) -> str:
    if language == "zh":
        return f"（已并入报警 {merged}）" if merged else "（所依据的限值已更正，不再成立）"
    if merged:
        return f" (now part of alert {merged})"
    return " (no longer holds: its limit was corrected)"

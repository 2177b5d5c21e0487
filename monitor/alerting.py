"""Opening alerts, asking for visits, and telling of both, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from monitor import alert, pollutants
from monitor.clock import from_ms, to_ms
from monitor.marks import INCINERATOR, Marking, kind_of
from monitor.observation import Period
from monitor.register import Enterprise, Register
from monitor.rules import CURVE_RULES, TUNED_RULES, Verdict
from monitor.store import Connection, Row, alerts, books, reminders, tasks
from monitor.store.alerts import Series
from monitor.terms import Terms
from monitor.visits import visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What judging needs to know besides the data: books, policy, place and language."""

    register: Register
    policy: alert.Policy
    zone: tzinfo
    language: str
    terms: Callable[[], Terms]
    """How long there is for tasks; asked for when one is opened."""
    marking: Marking = field(default_factory=Marking)
    readings_kept: timedelta = timedelta(days=1825)
    """For how long real-time and minute data is kept."""
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    """Of rules over curves, by name, where they are not the usual."""
    remind: bool = False
    """Whether an alert whose outcome is `remind` makes a reminder by itself."""

    def thresholds_of(self, rule: str) -> Any:
        """The thresholds that a rule over curves, or over power use, is judged by."""
        return self.thresholds.get(rule, TUNED_RULES[rule].thresholds)

    def longest_lookback(self, period: Period) -> int:
        """How many hours before a slot of a period bear on what any rule over curves says of it."""
        return max(
            rule.lookback(self.thresholds_of(rule.name))
            for rule in CURVE_RULES.values()
            if rule.period is period
        )


def owner_of(connection: Connection, bench: Bench, mn: str) -> Enterprise | None:
    """Whose an outlet is, or was before it left the books."""
    return bench.register.owner(mn) or books.last_owner(connection, mn)


def graded(bench: Bench, verdict: Verdict, age: timedelta) -> alert.Outcome:
    """What a finding leads to, that was made so long after its period."""
    outlet = bench.register.outlet(verdict.mn)
    incinerator = outlet is not None and kind_of(outlet.kind) == INCINERATOR
    return bench.policy.outcome(verdict, age, incinerator=incinerator)


def worst(verdict: Verdict, language: str) -> dict[str, Any]:
    """The columns of an alert that its worst period fills."""
    known = pollutants.get(verdict.pollutant)
    name = (known.name_zh if language == "zh" else known.name_en) if known else verdict.pollutant
    unit = known.unit if known else None
    return {
        "value": verdict.value,
        "limit": verdict.bound,
        "exceed_ratio": verdict.exceed_ratio,
        "clause": verdict.clause,
        "verified": verdict.limit is None or verdict.limit.verified,
        "reason": alert.reason(verdict, language, name, unit),
    }


@dataclass
class Alerting:
    """What one transaction opens and changes. `tell` goes last, since it locks the outbox.

    Of a silent alert nothing is told and no visit is asked for: real-time data that came late tells
    nobody of what is the case now. It is told when data that came in time joins it.
    """

    connection: Connection
    bench: Bench
    now: datetime
    _told: dict[int, str] = field(default_factory=dict)  # alert → event type
    _tasks: dict[int, str] = field(default_factory=dict)  # task → event type
    _silent: dict[int, bool] = field(default_factory=dict)  # alert → before this transaction

    def open(self, series: Series, verdict: Verdict, *, silent: bool) -> int:
        """A new alert, and with it the task that it asks for."""
        owner = owner_of(self.connection, self.bench, verdict.mn)
        values = {
            "rule": series.rule,
            "outcome": self._outcome(verdict).value,
            "uscc": owner.uscc if owner else None,
            "enterprise": owner.name if owner else None,
            "district": owner.district if owner else None,
            "device": series.device,
            "mn": verdict.mn,
            "pollutant": series.pollutant or None,
            "period": series.period,
            "start_ms": verdict.start_ms,
            "end_ms": verdict.end_ms,
            "silent": silent,
        }
        return self.enter(values | worst(verdict, self.bench.language))

    def enter(self, values: dict[str, Any]) -> int:
        """A new alert of one period, by its columns, and what it asks for."""
        new = {"state": "open", "periods": 1, "opened_at": self.now, "updated_at": self.now}
        number = self._enter(values | new)
        if not values["silent"]:
            self.speak(number)
        return number

    def _outcome(self, verdict: Verdict) -> alert.Outcome:
        age = self.now - from_ms(min(verdict.end_ms, to_ms(self.now)))
        return graded(self.bench, verdict, age)

    def _enter(self, values: dict[str, Any]) -> int:
        number = alerts.open_alert(self.connection, values)
        self._told[number], self._silent[number] = "alert.opened", True
        return number

    def speak(self, number: int) -> None:
        """Do what an alert asks for, now that it is not silent (any more): a visit, or a reminder."""
        row = alerts.get(self.connection, number)
        if row.screening is not None:
            return
        if row.outcome == alert.Outcome.VERIFY and row.task is None:
            self._ask_for_visit(number, dict(row._mapping))
        elif row.outcome == alert.Outcome.REMIND and self.bench.remind:
            self._remind(row)

    def _remind(self, row: Row[Any]) -> None:
        """Record a reminder of an alert, once; somebody asks for its link and passes it on."""
        if row.uscc is None or reminders.has_any(self.connection, row.id):
            return
        values = {
            "uscc": row.uscc,
            "enterprise": row.enterprise,
            "district": row.district,
            "alert": row.id,
            "text": row.reason,
            "created_by": "system",
            "created_at": self.now,
        }
        reminders.add(self.connection, values)

    def reconsider(self, row: Row[Any], verdict: Verdict) -> None:
        """Ask for the visit after all, when an episode that began too long ago reaches the present."""
        if row.outcome != alert.Outcome.SCREEN or row.screening is not None:
            return
        outcome = self._outcome(verdict)
        if outcome is alert.Outcome.VERIFY:
            alerts.change(self.connection, row.id, {"outcome": outcome.value})
            if not row.silent:
                self.speak(row.id)

    def took_up(self, number: int, other: Row[Any]) -> None:
        """Ask for the visit that another alert has asked for, whose findings are this one's now."""
        row = alerts.get(self.connection, number)
        lesser = row.outcome == alert.Outcome.SCREEN and row.screening is None
        if not lesser or other.outcome != alert.Outcome.VERIFY:
            return
        values = {"outcome": other.outcome, "task": row.task or other.task}
        alerts.change(self.connection, number, values)
        if not row.silent:
            self.speak(number)

    def differs(self, row: Row[Any], reason: str) -> None:
        """Tell a task, in its history and by an event, that the evidence behind it has changed."""
        if row.task is None:
            return
        left = alerts.standing(self.connection, row.task)
        words = _DIFFERS if left else _FALLEN
        text = words[self.bench.language].format(alert=row.id, reason=reason)
        tasks.note(self.connection, row.task, self.now, "evidence", "system", text)
        tasks.touch(self.connection, row.task)
        self._tasks.setdefault(row.task, "task.updated")

    def marked(self, row: Row[Any], periods: int, item: str) -> None:
        """Tell a task that data of an alert is marked now: a supervisor decides what follows."""
        if row.task is None:
            return
        text = _MARKED[self.bench.language].format(alert=row.id, periods=periods, item=item)
        tasks.note(self.connection, row.task, self.now, "evidence", "system", text)
        tasks.touch(self.connection, row.task)
        self._tasks.setdefault(row.task, "task.updated")

    def part(self, row: Row[Any]) -> int:
        """A second alert for the later part of an episode, like the first in all but its span."""
        values = {key: value for key, value in row._mapping.items() if key != "id"}
        return self._enter(values | {"opened_at": self.now})

    def _ask_for_visit(self, number: int, values: dict[str, Any]) -> None:
        """Open the matter's task or join it."""
        if values["uscc"] is None:
            return
        bench = self.bench
        number_of_task, created = tasks.open_or_join(
            self.connection,
            visit(values, bench.register, bench.terms(), self.now, values["reason"]),
            actor="system",
        )
        if not created and not alerts.standing(self.connection, number_of_task):
            self._upheld(number_of_task, number, values["reason"])
        alerts.change(self.connection, number, {"task": number_of_task})
        if created or number_of_task not in self._tasks:
            self._tasks[number_of_task] = "task.queued" if created else "task.updated"

    def _upheld(self, number_of_task: int, number: int, reason: str) -> None:
        """Tell a task, of which it was said that nothing stands behind it, that something does."""
        text = _UPHELD[self.bench.language].format(alert=number, reason=reason)
        tasks.note(self.connection, number_of_task, self.now, "evidence", "system", text)

    def clear(self, row: Row[Any], at_ms: int, gone: int | None = None) -> None:
        """End an alert; `gone`: what it rested on is another's now (its number), or nothing's (0)."""
        values: dict[str, Any] = {"cleared_ms": at_ms, "state": "cleared", "updated_at": self.now}
        if gone is not None:
            values |= {"periods": 0, "reason": row.reason + _gone(gone, self.bench.language)}
        alerts.change(self.connection, row.id, values)
        if gone == 0:
            self.differs(row, values["reason"])
        if row.state == "open":
            self.note(row, "alert.cleared")

    def note(self, before: Row[Any], kind: str) -> None:
        """Note an event of an alert (its row as it was); within one transaction one is told."""
        self._silent.setdefault(before.id, before.silent)
        self._told[before.id] = kind

    def tell(self) -> bool:
        """Publish what happened; False if nothing did.

        To the outside an alert begins when it is not silent any more, and ends when it falls silent.
        """
        told = bool(self._tasks)
        for number, noted in self._told.items():
            row = alerts.get(self.connection, number)
            kind = _told(noted, was_silent=self._silent[number], is_silent=row.silent)
            if kind is None:
                continue
            told = True
            alerts.announce(self.connection, number, kind, self.now, self.bench.zone)
        for number, kind in self._tasks.items():
            tasks.announce(self.connection, number, kind, self.now, self.bench.zone)
        return told


def power_of_two(count: int) -> bool:
    """Of an alert that may grow every second, the 2nd, 4th, 8th … period is told."""
    return count & (count - 1) == 0


def _told(noted: str, *, was_silent: bool, is_silent: bool) -> str | None:
    """What is told of an alert; None = nothing, since nobody has heard of it."""
    if was_silent:
        return None if is_silent else "alert.opened"
    return "alert.cleared" if is_silent else noted


def _gone(merged: int, language: str) -> str:
    if language == "zh":
        return (
            f"（已并入报警 {merged}）" if merged else "（所依据的限值或数据已更正、标记，不再成立）"
        )
    if merged:
        return f" (now part of alert {merged})"
    return " (no longer holds: its limit or data was corrected or marked)"


_DIFFERS = {
    "zh": "报警 {alert} 的依据有变：{reason}",
    "en": "what alert {alert} rests on has changed: {reason}",
}
_MARKED = {
    "zh": "报警 {alert} 有 {periods} 个时段已标记为“{item}”，不再作为判定依据；"
    "任务不自动撤销，由主管决定",
    "en": "{periods} periods of alert {alert} are marked “{item}” now and are judged no more; the task "
    "stays until a supervisor decides",
}
_UPHELD = {
    "zh": "报警 {alert} 支持本任务：{reason}",
    "en": "alert {alert} stands behind this task: {reason}",
}
_FALLEN = {
    "zh": "本任务已无成立的报警支持，可由主管撤销：{reason}",
    "en": "no alert stands behind this task any more; a supervisor may withdraw it: {reason}",
}

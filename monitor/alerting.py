"""Opening alerts, asking for visits, and telling of both, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from monitor import alert, alert_words, corroboration, pollutants, starting
from monitor.clock import from_ms, to_ms
from monitor.corroboration import Scheme
from monitor.marks import INCINERATOR, Marking, kind_of
from monitor.observation import Period
from monitor.register import Enterprise, Register
from monitor.rules import CURVE_RULES, TUNED_RULES, Verdict
from monitor.store import Connection, Row, alerts, books, corroborations, reminders, tasks
from monitor.store.alerts import Series
from monitor.terms import Terms
from monitor.visits import visit
from monitor.weighing import agreeing, muting


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
    corroboration: Scheme = field(default_factory=Scheme)
    """How findings of independent sources raise each other."""

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
    name = pollutants.called(verdict.pollutant, language)
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

    Of a quiet alert nothing is told: it is silent, since real-time data that came late tells nobody of
    what is the case now, or muted. It is told when it is quiet no more; `told` of its row says whether
    the outside has heard of it. A silent one asks for no visit either; one that does is never muted.
    """

    connection: Connection
    bench: Bench
    now: datetime
    _told: dict[int, str] = field(default_factory=dict)  # alert → event type
    _tasks: dict[int, str] = field(default_factory=dict)  # task → event type
    _changed: set[int] = field(
        default_factory=set
    )  # alerts that may agree with others now, or mute
    _to_remind: set[int] = field(default_factory=set)  # alerts that may make a reminder
    _held: set[str] = field(default_factory=set)  # enterprises

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
        self._hold(values["uscc"])
        number = alerts.open_alert(self.connection, values | {"told": False})
        self._told[number] = "alert.opened"
        self._changed.add(number)
        return number

    def _hold(self, uscc: str | None) -> None:
        """Let nobody else change an enterprise's alerts: before its tasks are locked, always."""
        if uscc is not None and uscc not in self._held and self.bench.corroboration.enabled:
            corroborations.lock(self.connection, uscc)
            self._held.add(uscc)

    def hold(self, usccs: Iterable[str | None]) -> None:
        """Hold enterprises, in one order, before alerts' rows are locked."""
        for uscc in sorted({uscc for uscc in usccs if uscc is not None}):
            self._hold(uscc)

    def changed(self, row: Row[Any]) -> None:
        """An alert (its row) has another span, or is no more what it was."""
        self._hold(row.uscc)
        self._changed.add(row.id)

    def speak(self, number: int) -> None:
        """Do what an alert asks for, now that it is not silent (any more): a visit, or a reminder."""
        row = alerts.get(self.connection, number)
        if row.screening is not None:
            return
        if row.outcome == alert.Outcome.VERIFY and row.task is None:
            self._ask_for_visit(row)
        elif row.outcome == alert.Outcome.REMIND and self.bench.remind:
            self._to_remind.add(number)

    def _remind(self, row: Row[Any]) -> None:
        """Record a reminder of an alert, once; somebody asks for its link and passes it on."""
        due = row.outcome == alert.Outcome.REMIND and row.screening is None
        if row.uscc is None or not due or alerts.quiet(row):
            return
        if reminders.has_any(self.connection, row.id):
            return
        values = {
            "uscc": row.uscc,
            "enterprise": row.enterprise,
            "district": row.district,
            "alert": row.id,
            "text": alerts.whole_reason(row),
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
        values |= {"own_outcome": other.own_outcome, "lifted": other.lifted}
        alerts.change(self.connection, number, values)
        if not row.silent:
            self.speak(number)

    def differs(self, row: Row[Any], reason: str) -> None:
        """Tell a task, in its history and by an event, that the evidence behind it has changed."""
        if row.task is None:
            return
        left = alerts.standing(self.connection, row.task)
        words = alert_words.DIFFERS if left else alert_words.FALLEN
        text = words[self.bench.language].format(alert=row.id, reason=reason)
        self._say(row.task, "evidence", text)

    def marked(self, row: Row[Any], periods: int, item: str) -> None:
        """Tell a task that data of an alert is marked now: a supervisor decides what follows."""
        if row.task is None:
            return
        text = alert_words.MARKED[self.bench.language].format(
            alert=row.id, periods=periods, item=item
        )
        self._say(row.task, "evidence", text)

    def part(self, row: Row[Any]) -> int:
        """A second alert for the later part of an episode, like the first in all but its span."""
        values = {key: value for key, value in row._mapping.items() if key != "id"}
        number = self._enter(values | {"opened_at": self.now})
        corroborations.copy(self.connection, row.id, number, self.now)
        self.changed(row)
        return number

    def _ask_for_visit(self, row: Row[Any]) -> None:
        """Open the matter's task or join it."""
        if row.uscc is None:
            return
        new = self._visit(row)
        number_of_task, created = tasks.open_or_join(self.connection, new, actor="system")
        if not created and not alerts.standing(self.connection, number_of_task):
            self._upheld(number_of_task, row.id, new.reason)
        self._goes(row.id, number_of_task, created=created)

    def go_to(self, number: int, place: dict[str, Any], open_task: int | None) -> None:
        """Send somebody to a place because of an alert that is nobody's; `open_task`: of its matter, its
        row locked, where there is one."""
        new = self._visit(alerts.get(self.connection, number), place)
        if open_task is None:
            task, _ = tasks.open_or_join(self.connection, new, actor="system")
        else:
            task = open_task
            tasks.join(self.connection, task, new)
        self._goes(number, task, created=open_task is None)

    def _visit(self, row: Row[Any], place: dict[str, Any] | None = None) -> tasks.NewTask:
        bench, reason = self.bench, alerts.whole_reason(row)
        why = starting.of_alert(row, bench.language)
        columns = dict(row._mapping)
        return visit(columns, bench.register, bench.terms(), self.now, reason, why, place)

    def _goes(self, number: int, number_of_task: int, *, created: bool) -> None:
        alerts.change(self.connection, number, {"task": number_of_task})
        if created or number_of_task not in self._tasks:
            self._tasks[number_of_task] = "task.queued" if created else "task.updated"

    def _upheld(self, number_of_task: int, number: int, reason: str) -> None:
        """Tell a task, of which it was said that nothing stands behind it, that something does."""
        text = alert_words.UPHELD[self.bench.language].format(alert=number, reason=reason)
        tasks.note(self.connection, number_of_task, self.now, "evidence", "system", text)

    def clear(self, row: Row[Any], at_ms: int, gone: int | None = None) -> None:
        """End an alert; `gone`: what it rested on is another's now (its number), or nothing's (0)."""
        values: dict[str, Any] = {"cleared_ms": at_ms, "state": "cleared", "updated_at": self.now}
        if gone is not None:
            values |= {
                "periods": 0,
                "reason": row.reason + alert_words.gone(gone, self.bench.language),
            }
        alerts.change(self.connection, row.id, values)
        self.changed(row)
        if gone:
            corroborations.move(self.connection, row.id, gone)
        if gone == 0:
            self.differs(row, values["reason"])
            self.fell(row.id)
        if row.state == "open":
            self.note(row, "alert.cleared")

    def fell(self, number: int) -> None:
        """Tell the tasks of alerts that this one has lifted that it does not stand any more."""
        for row in corroborations.borne_out(self.connection, number):
            text = corroboration.fell(row.id, number, self.bench.language)
            self._say(row.task, "evidence", text)

    def _say(self, task: int, change: str, text: str) -> None:
        tasks.note(self.connection, task, self.now, change, "system", text)
        tasks.touch(self.connection, task)
        self._tasks.setdefault(task, "task.updated")

    def note(self, row: Row[Any], kind: str) -> None:
        """Note an event of an alert (its row); within one transaction one is told."""
        self.changed(row)
        self._told[row.id] = kind

    # --- at the end -----------------------------------------------------------------------------

    def tell(self) -> bool:
        """Weigh what has changed and publish what happened; False if nothing did.

        To the outside an alert begins when it is not quiet any more, and ends when it falls silent, or
        ends while it is muted.
        """
        self._corroborate()
        self._mute()
        for number in sorted(self._to_remind):
            self._remind(alerts.get(self.connection, number))
        told = bool(self._tasks)
        for number, noted in self._told.items():
            row = alerts.get(self.connection, number)
            kind = _told(noted, row)
            if kind is None:
                continue
            told = True
            alerts.announce(self.connection, number, kind, self.now, self.bench.zone)
            heard = not alerts.quiet(row)
            if heard != row.told:
                alerts.change(self.connection, number, {"told": heard})
        for number, kind in self._tasks.items():
            tasks.announce(self.connection, number, kind, self.now, self.bench.zone)
        return told

    def _corroborate(self) -> None:
        """Let alerts that agree raise each other, once each."""
        since = to_ms(self.now - self.bench.policy.act_within)
        lifted: set[int] = set()
        scheme = self.bench.corroboration
        for row, by in agreeing(self.connection, scheme, self._changed, since, self.now):
            decided = row.own_outcome is not None or row.screening is not None
            if decided or row.outcome == alert.Outcome.VERIFY or row.id in lifted:
                continue
            lifted.add(row.id)
            self._lift(row, corroborations.clue(by))

    def _lift(self, row: Row[Any], by: corroboration.Clue) -> None:
        own, language = alert.Outcome(row.outcome), self.bench.language
        after = corroboration.lifted(own)
        start, end = (f"{from_ms(ms).astimezone(self.bench.zone):%Y-%m-%d %H:%M}" for ms in by.span)
        said = corroboration.sentence(by, own, after, language, start=start, end=end)
        values = {"outcome": after.value, "own_outcome": own.value, "lifted": said}
        alerts.change(self.connection, row.id, values | {"updated_at": self.now})
        self.speak(row.id)
        task = alerts.get(self.connection, row.id).task
        if task is not None:
            self._say(task, "corroborated", alerts.whole_reason(row) + said)
        self._changed.add(row.id)  # it is not to be muted any more
        self._told.setdefault(row.id, "alert.updated")

    def _mute(self) -> None:
        """Mute what another alert or a silence covers, and let be heard what none does any more."""
        for row, values in muting(self.connection, self._changed, self.now):
            alerts.change(self.connection, row.id, values | {"updated_at": self.now})
            decided = row.screening is not None and not row.told
            heard = not alerts.quiet(alerts.get(self.connection, row.id))
            if heard and row.state == "open" and not decided:
                self._told.setdefault(row.id, "alert.updated")
                self.speak(row.id)


def power_of_two(count: int) -> bool:
    """Of an alert that may grow every second, the 2nd, 4th, 8th … period is told."""
    return count & (count - 1) == 0


def _told(noted: str, row: Row[Any]) -> str | None:
    """What is told of an alert as it now is; None = nothing."""
    if not row.told:
        return None if alerts.quiet(row) else "alert.opened"
    if row.silent:
        return "alert.cleared"
    return noted if noted == "alert.cleared" or not alerts.quiet(row) else None

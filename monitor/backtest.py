"""The rules over stored data as live detection would have judged it; writes nothing.

The verdicts are those of `monitor/verdicts.py`, which the intake and the sweep use; `monitor/runs.py`
groups them. The question is: had the daemon stood at the end of the span, with all that is stored of
what began before it, which alerts would there be of periods that began within the span?

* Limits are those that the books hold now (or held at an instant) for the day of the data, as when
  stored data is judged again.
* Periods before the span are not looked at: an episode that was under way is told from there on.
* A finding is as old as it was when its report came, since live detection judges at once.
* What a person did (screening, tasks) is no part of it, nor what was once said and corrected later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from monitor.alerting import Bench, graded, owner_of, worst
from monitor.clock import from_ms
from monitor.noting import concerning
from monitor.observation import JUDGED, Period
from monitor.register import Enterprise
from monitor.rules import Rule, exceedance, rule_of
from monitor.runs import Judged, Run, Runs
from monitor.store import Connection, Store, alerts, devices
from monitor.store.readings import FLOOD, HOUR_MS, stored
from monitor.verdicts import Verdicts

_FLOOD_SLICE_MS = 24 * HOUR_MS
_SLICE_MS = 366 * 24 * HOUR_MS
"""So much of a device is read in one transaction: none is held for long, and memory is bounded."""

Advance = Callable[[int], None]
"""Called with the milliseconds of data that were judged."""


@dataclass(frozen=True, slots=True)
class Job:
    """What an outlet is judged for: a rule, and the periods that it judges."""

    rule: str
    period: Period

    @property
    def slice_ms(self) -> int:
        """How much of an outlet's data is read at once."""
        reads = rule.reads if (rule := rule_of(self.rule, self.period)) else (self.period,)
        return _FLOOD_SLICE_MS if any(period in FLOOD for period in reads) else _SLICE_MS


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """One set of rules over a span. Pure but for reading."""

    store: Store
    bench: Bench
    since_ms: int
    until_ms: int
    rules: Sequence[str]
    now: datetime

    def outlets(self) -> set[str]:
        """The device codes that the register has an outlet or limits of, and its meters."""
        register = self.bench.register
        devices = {each.mn for each in register.outlets} | {each.mn for each in register.limits}
        return devices | {each.meter for each in register.meters}

    def jobs(self, mn: str) -> list[Job]:
        """What there is to judge at an outlet."""
        register = self.bench.register
        jobs = []
        if exceedance.NAME in self.rules:
            limited = (period for period in JUDGED if register.has_limits(mn, period))
            jobs += [Job(exceedance.NAME, period) for period in limited]
        windows = (rule for rule in concerning(self.bench, mn) if rule.name in self.rules)
        return jobs + [Job(rule.name, rule.period) for rule in windows]

    def alerts(self, mn: str, device: int, advance: Advance) -> list[dict[str, Any]]:
        """The alerts of an outlet in the shape of an alert, by rule, period, pollutant, start."""
        with self.store.read() as connection:
            owner = owner_of(connection, self.bench, mn)
        found = [
            _shape(self.bench, run, owner)
            for job in self.jobs(mn)
            for run in self._runs(mn, device, job, advance)
        ]
        return sorted(found, key=_order)

    def _runs(self, mn: str, device: int, job: Job, advance: Advance) -> Iterator[Run]:
        runs = Runs(self.bench.policy.silence)
        for since in range(self.since_ms, self.until_ms, job.slice_ms):
            until = min(since + job.slice_ms, self.until_ms)
            ended: list[Run] = []
            with self.store.read() as connection:
                for judged in self._judged(connection, mn, device, job, (since, until), runs):
                    ended += runs.add(judged)
            yield from ended
            advance(until - since)
        yield from runs.finish()

    def _judged(
        self,
        connection: Connection,
        mn: str,
        device: int,
        job: Job,
        span: tuple[int, int],
        runs: Runs,
    ) -> Iterator[Judged]:
        """The verdicts of a slice, without those that can change nothing."""
        now = min(self.now, from_ms(self.until_ms))
        verdicts = Verdicts(connection, self.bench, now, until_ms=self.until_ms)
        if rule := rule_of(job.rule, job.period):
            for judged in verdicts.of_spans(device, mn, rule, *span):
                yield self._received(connection, device, rule, judged)
            return
        for judged in verdicts.of_reports(
            device,
            mn,
            job.period,
            *span,
            wanted=lambda readings, checks: runs.under_way or verdicts.suspect(readings, checks),
        ):
            if judged.verdict.end_ms <= self.until_ms:
                yield judged

    def _received(self, connection: Connection, device: int, rule: Rule, judged: Judged) -> Judged:
        """When a finding about a span could be made: when the last of its data came that was in time."""
        verdict = judged.verdict
        if not verdict.exceeds:
            return judged
        span = (verdict.start_ms, min(verdict.end_ms, self.until_ms))
        came: dict[bool, int] = {}
        for period in rule.reads:
            for item in stored(connection, device, verdict.mn, period, *span):
                came[item.late] = max(item.received_ms, came.get(item.late, 0))
        return replace(judged, received_ms=came.get(False, came.get(True, verdict.end_ms)))


def heard(store: Store, mns: Sequence[str]) -> dict[str, int]:
    """The numbers of those devices that were ever heard."""
    with store.read() as connection:
        return devices.find(connection, mns)


def side_by_side(
    first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The alerts of an outlet by two sets of rules, each with the `set` that says it so."""
    known = [{_content(line) for line in lines} for lines in (first, second)]
    found = []
    for name, lines, others in (("first", first, known[1]), ("second", second, known[0])):
        for line in lines:
            agreed = _content(line) in others
            if not agreed or name == "first":
                found.append({**line, "set": "both" if agreed else name})
    return sorted(found, key=_order)  # stable: of two that begin together the first set's is first


def _content(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True)


def _order(line: dict[str, Any]) -> tuple[Any, ...]:
    return (line["rule"], line["period"], line["pollutant"] or "", line["start"])


def _shape(bench: Bench, run: Run, owner: Enterprise | None) -> dict[str, Any]:
    verdict = run.worst
    row = SimpleNamespace(
        id=None,
        rule=verdict.rule,
        outcome=graded(bench, verdict, timedelta(milliseconds=run.age_ms)).value,
        state="open" if run.cleared_ms is None else "cleared",
        uscc=owner.uscc if owner else None,
        enterprise=owner.name if owner else None,
        district=owner.district if owner else None,
        mn=verdict.mn,
        pollutant=verdict.pollutant or None,
        period=verdict.period.value,
        start_ms=run.start_ms,
        end_ms=run.end_ms,
        cleared_ms=run.cleared_ms,
        periods=run.count,
        task=None,
        screening=None,
        opened_at=from_ms(run.known_ms),
        silent=verdict.period in FLOOD and not run.in_time,
        source=None,
        label=None,
        muting_alert=None,
        muting_silence=None,
        lifted=None,
        **worst(verdict, bench.language),
    )
    shape = alerts.shape(row, bench.zone)
    return {key: value for key, value in shape.items() if key not in _NOT_OF_THE_DATA}


_NOT_OF_THE_DATA = ("id", "task", "screening", "muted_by")

"""Runs of findings: what an episode is, told from the verdicts alone. Pure.

`monitor/episodes.py` keeps the tables to the same definition (`monitor/store/alerts.py`) in whatever
order the data comes; here the verdicts of a span come in order of time, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.observation import Period
from monitor.rules import Verdict

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, the frame it rests on, whether its report came late, and when it came."""

    verdict: Verdict
    frame: int | None
    late: bool
    received_ms: int = 0
    """Only where it is asked for: what judges as data comes takes the present for it."""


Severity = tuple[float, float, int]


def severity(exceed_ratio: float, value: float, limit_id: int | None) -> Severity:
    """Orders the findings of one period: what exceeds by more stands for it, whichever came first."""
    return exceed_ratio, value, -(limit_id or 0)


def severity_of(verdict: Verdict) -> Severity:
    """The same of a verdict."""
    return severity(
        verdict.exceed_ratio, verdict.value, verdict.limit.id if verdict.limit else None
    )


def ruling(one: Judged, other: Judged) -> Judged:
    """Which of two versions of a period counts: the one that exceeds, by more; late if both were."""
    if one.verdict.exceeds != other.verdict.exceeds:
        return one if one.verdict.exceeds else other
    if not one.verdict.exceeds:
        return one
    worse = other if severity_of(other.verdict) > severity_of(one.verdict) else one
    return replace(
        worse,
        late=one.late and other.late,
        received_ms=min(one.received_ms, other.received_ms),
    )


@dataclass(slots=True)
class Run:
    """An unbroken run of findings of one rule, period and pollutant."""

    worst: Verdict
    start_ms: int
    end_ms: int
    count: int
    in_time: bool
    """Whether any of the reports behind it came in time."""
    known_ms: int
    """When the first of the reports behind it came."""
    age_ms: int
    """How old the freshest of its findings was when its report came."""
    cleared_ms: int | None = None
    """The start of what ended it; None = nothing has."""

    @classmethod
    def of(cls, judged: Judged) -> Run:
        """A run of one finding."""
        verdict = judged.verdict
        return cls(
            worst=verdict,
            start_ms=verdict.start_ms,
            end_ms=verdict.end_ms,
            count=1,
            in_time=not judged.late,
            known_ms=judged.received_ms,
            age_ms=_age(judged),
        )

    def take(self, judged: Judged) -> None:
        """Add the next finding."""
        verdict = judged.verdict
        if verdict.exceed_ratio > self.worst.exceed_ratio:
            self.worst = verdict
        self.end_ms = max(self.end_ms, verdict.end_ms)
        self.count += 1
        self.in_time |= not judged.late
        self.known_ms = min(self.known_ms, judged.received_ms)
        self.age_ms = min(self.age_ms, _age(judged))


def _age(judged: Judged) -> int:
    return max(0, judged.received_ms - judged.verdict.end_ms)


@dataclass
class Runs:
    """Groups the verdicts of one device, rule and period, which come in order of time; versions of one
    period in any order. Holds no more than one run and one period of each pollutant.
    """

    silence: Mapping[Period, timedelta]
    _runs: dict[str, Run] = field(default_factory=dict)
    _versions: dict[str, Judged] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        """Whether a period within the limit could end anything."""
        if self._runs:
            return True
        return any(judged.verdict.exceeds for judged in self._versions.values())

    def add(self, judged: Judged) -> Iterator[Run]:
        """Take a verdict; gives the runs that it shows to be over."""
        pollutant = judged.verdict.pollutant
        held = self._versions.get(pollutant)
        if held is not None and held.verdict.start_ms == judged.verdict.start_ms:
            self._versions[pollutant] = ruling(held, judged)
            return
        self._versions[pollutant] = judged
        if held is not None:
            yield from self._place(held)

    def finish(self) -> Iterator[Run]:
        """There is no more: the runs that nothing has ended."""
        for held in self._versions.values():
            yield from self._place(held)
        yield from self._runs.values()

    def _place(self, judged: Judged) -> Iterator[Run]:
        verdict = judged.verdict
        run = self._runs.get(verdict.pollutant)
        if run is not None and verdict.exceeds and not self._silent(run, verdict):
            run.take(judged)
            return
        if run is not None:
            run.cleared_ms = verdict.start_ms
            yield self._runs.pop(verdict.pollutant)
        if verdict.exceeds:
            self._runs[verdict.pollutant] = Run.of(judged)

    def _silent(self, run: Run, verdict: Verdict) -> bool:
        return verdict.start_ms - run.end_ms > self.silence[verdict.period] / _MS

"""What rules say of curves, as alerts; whether that finds a truth. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.detection.truth import Truth
from monitor.averages import Bools
from monitor.curves import Counts, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule

SILENCE, SILENCE_OF_DAYS = 24, 72
"""After so many hours in which nothing is raised an alert is over: of a rule over hours, over days."""


@dataclass(frozen=True)
class Saying:
    """A trace by hours: a day's slot is the last hour of the day, when it can be known."""

    pollutant: str
    raised: Bools
    cleared: Bools


@dataclass(frozen=True)
class Alert:
    """An episode: raised from one slot to another."""

    pollutant: str
    first: int
    last: int

    def touches(self, first: int, last: int) -> bool:
        """Whether any of it lies within a span."""
        return self.first <= last and self.last >= first


def is_daily(rule: CurveRule[Any]) -> bool:
    """Whether a rule's traces have a slot a day."""
    return rule.period is Period.DAY


def said(rule: CurveRule[Any], curves: Curves) -> list[Saying]:
    """What a rule says of curves by its own thresholds."""
    found = []
    for trace in rule.judge(curves, rule.thresholds):
        raised, cleared = trace.raised, trace.cleared
        if is_daily(rule):
            ends = np.array([end - 1 for _, end in curves.days], dtype=np.int64)
            raised, cleared = _by_hour(curves, ends, raised), _by_hour(curves, ends, cleared)
        found.append(Saying(trace.pollutant, raised, cleared))
    return found


def _by_hour(curves: Curves, ends: Counts, mask: Bools) -> Bools:
    made = np.zeros(curves.hours, dtype=np.bool_)
    made[ends[mask]] = True
    return made


def alerts(sayings: Iterable[Saying], silence: int) -> Iterator[Alert]:
    """Raised slots, joined until a cleared one between them or a long silence."""
    for each in sayings:
        slots = np.flatnonzero(each.raised)
        if not len(slots):
            continue
        cleared = np.cumsum(each.cleared & ~each.raised)
        apart = (np.diff(slots) > silence) | (np.diff(cleared[slots]) > 0)
        begins = np.concatenate(([0], np.flatnonzero(apart) + 1))
        ends = np.concatenate((begins[1:] - 1, [len(slots) - 1]))
        for begin, end in zip(slots[begins], slots[ends], strict=True):
            yield Alert(each.pollutant, int(begin), int(end))


def delay(
    truth: Truth, sayings: Sequence[Saying], twin: Sequence[Saying], days: bool
) -> int | None:
    """Hours from a truth's begin to the end of the hour that finds it; None where it is not found.

    What is raised of the twin, the same outlet without the fault, finds nothing: it is chance.
    """
    first, until = truth.first, truth.until(days) + 1
    found = []
    for each in sayings:
        if truth.concerns(each.pollutant):
            anyway = _raised(twin, each.pollutant)
            fresh = each.raised if anyway is None else each.raised & ~anyway
            slots = np.flatnonzero(fresh[first:until])
            found += [int(slots[0]) + 1] if len(slots) else []
    return min(found, default=None)


def _raised(sayings: Sequence[Saying], pollutant: str) -> Bools | None:
    return next((each.raised for each in sayings if each.pollutant == pollutant), None)


def fresh(sayings: Sequence[Saying], twin: Sequence[Saying], silence: int) -> Iterator[Alert]:
    """The alerts that the twin does not have at any of their time."""
    known = list(alerts(twin, silence))
    for alert in alerts(sayings, silence):
        same = (each for each in known if each.pollutant == alert.pollutant)
        if not any(each.touches(alert.first, alert.last) for each in same):
            yield alert

"""Rules over power use (用电监管): what they see, what they say, and that as verdicts. Pure.

They see a line hour by hour (`monitor.power.Line`) and the emergency orders of its enterprise, and speak
of hours. What they say is told of a meter: that of the treatment, or where the production is meant, of
that; a side has several, the first by number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from monitor.averages import Bools
from monitor.observation import Period
from monitor.power import HOUR_MS, Counts, Line, Order
from monitor.register import Limit, Meter, Outlet
from monitor.rules.base import Rule, Trace, Verdict

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class PowerTrace(Trace):
    """What a rule says of a line's hours; `pollutant` is the quantity that it is about."""

    device: str
    """The meter that it is told of."""


def _no_outlet(_outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    """It is about meters."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRule(Rule, Generic[S]):
    """A rule that judges the hours of a line; as `CurveRule` is for an outlet."""

    judge: Callable[[Line, Sequence[Order], S], Iterable[PowerTrace]]
    lookback: Callable[[S], int]
    """How many hours before a slot bear on what is said of it."""
    thresholds: S
    """Those in force unless the configuration has others."""
    ground: Mapping[str, str]
    """Why an inspector looks there, by language."""
    facility: str | None
    """Of whose first meter it speaks; None: of every meter by itself."""
    hour: int | None = None
    """The only civil hour that it speaks of, where there is one."""
    period: Period = Period.HOUR
    reads: tuple[Period, ...] = (Period.REALTIME, Period.MINUTE)
    concerns: Callable[[Outlet, Sequence[Limit]], bool] = _no_outlet
    data_alone: bool = True


def spoken_of(meters: Sequence[Meter], facility: str) -> str | None:
    """The meter of a line that stands for a facility: the first by number."""
    return min((each.meter for each in meters if each.facility == facility), default=None)


def longest_run(quarters: Bools) -> Counts:
    """The longest run of quarters within each hour, (hours,) from (hours, 4)."""
    run = np.zeros(len(quarters), dtype=np.int64)
    longest = np.zeros(len(quarters), dtype=np.int64)
    for column in quarters.T:
        run = np.where(column, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest


def findings(
    rule: PowerRule[S],
    line: Line,
    orders: Sequence[Order] = (),
    thresholds: S | None = None,
    first: int = 0,
) -> Iterator[Verdict]:
    """The verdicts of the hours from a slot on that are found, or would end an episode, by trace."""
    for trace in rule.judge(line, orders, rule.thresholds if thresholds is None else thresholds):
        for slot in first + np.flatnonzero((trace.raised | trace.cleared)[first:]):
            yield _verdict(rule, line, trace, int(slot))


def _verdict(rule: PowerRule[S], line: Line, trace: PowerTrace, slot: int) -> Verdict:
    start_ms = line.start_ms + slot * HOUR_MS
    found = bool(trace.raised[slot])
    since_ms = line.start_ms + int(trace.since[slot]) * HOUR_MS
    bound = np.broadcast_to(np.asarray(trace.bound, dtype=np.float64), trace.value.shape)
    detail: dict[str, object] = {}
    if found:
        detail = {"line": line.name} | trace.seen(slot, since_ms, line.zone)
    return Verdict(
        rule=rule.name,
        mn=trace.device,
        pollutant=trace.pollutant,
        period=rule.period,
        start_ms=start_ms,
        end_ms=start_ms + HOUR_MS,
        value=float(trace.value[slot]) if found else 0.0,
        bound=float(bound[slot]) if found else None,
        exceed_ratio=float(trace.ratio[slot]) if found else 0.0,
        clause=rule.clause,
        detail=detail or None,
        rests_ms=since_ms if found else None,
    )

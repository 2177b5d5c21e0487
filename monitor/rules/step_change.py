"""Step, then flat (突降后平直): a fall by half or more within an hour, and hardly any variation after.

Ground: 18 situations of abnormal data (sudden rise or drop, then flat). What falls because the plant
does takes flow, temperature or oxygen with it; what falls back from a peak is where it usually is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import FLOW, OXYGEN, TEMPERATURE, VELOCITY, WATER_FLOW, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, either, hours_back, said, trace

NAME = "step-change"


@dataclass(frozen=True)
class Thresholds:
    """When a step is a finding."""

    fall: float = 0.5
    """The share by which the value falls, from the median of the hours before, …"""
    before_hours: int = 6
    """… so many, …"""
    spreads: float = 4.0
    """… in one hour that is at least so many robust deviations of its usual changes, …"""
    flat_hours: int = 4
    """… to that of so many hours after, which …"""
    variation: float = 0.05
    """… have a coefficient of variation below this …"""
    usual: float = 0.1
    """… and lie below what all but this share of the hours …"""
    habit_days: int = 14
    """… of so many days before were, …"""
    explained: float = 0.5
    """… while no flow, velocity or absolute temperature fell by more than this share of that …"""
    oxygen_rise: float = 1.5
    """… and the oxygen rose by no more than this (percent oxygen)."""
    clear_hours: int = 3
    """It is over when the value has been back among the usual ones for so many hours."""


_RESULTS = 3
"""So many results at least are in the flat hours, or these are twice as many, …"""
_TWICE = 0.25
"""… which is asked where this share of the hours and more repeats the one before: each is sent twice."""
_STEPS = 5
"""So many of the smallest steps that a channel shows a fall must have."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant, by its measured or its converted value."""
    longer = replace(thresholds, flat_hours=2 * thresholds.flat_hours)
    for code, curve in curves.pollutants.items():
        yield either(
            _trace(curves, code, one, measured, each)
            for one in curve.both
            for measured, each in ((_measured(curves, one, thresholds), thresholds), (True, longer))
        )


def _trace(
    curves: Curves, code: str, valid: Floats, measured: Bools | bool, thresholds: Thresholds
) -> Trace:
    before, after = _both_sides(valid, thresholds)
    window = rolling.trailing(valid, thresholds.flat_hours)
    there = np.isfinite(window)
    flat = there[:, 0] & there[:, -1] & (there.sum(axis=1) >= thresholds.flat_hours - 1)
    flat &= rolling.deviation(window) < thresholds.variation
    low = rolling.baseline(
        curves.days, valid, thresholds.habit_days, rolling.quantile(thresholds.usual, 48)
    )
    at_once = rolling.before(_unusual(curves, valid, thresholds), thresholds.flat_hours - 1) > 0
    fell = ~(window > (1 - thresholds.fall) * before[:, None]).any(axis=1)
    rows = rolling.behind(curves.days, valid, thresholds.habit_days)
    steps = rolling.over_days(curves.days, rolling.resolution(rows), curves.hours)
    fell &= before - after >= _STEPS * steps
    share = rolling.over(before - after, before)
    steady = _plant_steady(curves, share, thresholds)
    recovered = np.isfinite(valid) & (valid > low)
    return trace(
        code,
        rolling.over(after - before, before),
        -thresholds.fall,
        raised=fell & at_once & flat & measured & steady & (after < low),
        cleared=rolling.streak(recovered) >= thresholds.clear_hours,
        since=hours_back(curves.hours, thresholds.flat_hours + thresholds.before_hours),
        detail={"before": before, "after": after},
    )


def _measured(curves: Curves, valid: Floats, thresholds: Thresholds) -> Bools:
    """Whether the flat hours that end with each slot are results enough to call them flat, (hours,)."""
    same = np.where(np.isfinite(valid), valid == rolling.latest(valid, 3), np.nan)
    habit = rolling.baseline(curves.days, same, thresholds.habit_days, rolling.share(48))
    results = rolling.count(same == 0, thresholds.flat_hours)
    return np.asarray((habit < _TWICE) | (results >= _RESULTS))


def _unusual(curves: Curves, valid: Floats, thresholds: Thresholds) -> Floats:
    """1 where a value falls from the one before by more than it usually changes, (hours,), else 0."""
    logarithm = np.log(np.where(valid > 0, valid, np.nan))
    change = logarithm - np.log(rolling.latest(np.where(valid > 0, valid, np.nan), 3))
    rows = rolling.behind(curves.days, change, thresholds.habit_days)
    spread = rolling.over_days(curves.days, rolling.spread(rows, 48)[1], curves.hours)
    least = np.maximum(thresholds.spreads * spread, -np.log1p(-thresholds.fall) / 2)
    return np.where(change <= -least, 1.0, 0.0)


def _plant_steady(curves: Curves, share: Floats, thresholds: Thresholds) -> Bools:
    """Whether what goes with the emissions is known, and does not explain a fall by such a share."""
    steady, told = np.ones(curves.hours, dtype=np.bool_), np.zeros(curves.hours, dtype=np.bool_)
    for code in (FLOW, VELOCITY, TEMPERATURE, WATER_FLOW):
        curve = curves[code]
        if curve is not None:
            before, after = _both_sides(curve.value, thresholds)
            offset = 273.15 if code == TEMPERATURE else 0.0
            theirs = (before - after) / np.maximum(np.abs(before + offset), 1e-9)
            steady &= ~(theirs > thresholds.explained * share)
            told |= np.isfinite(before - after)
    if (oxygen := curves[OXYGEN]) is not None:
        before, after = _both_sides(oxygen.value, thresholds)
        steady &= ~(after - before > thresholds.oxygen_rise)
        told |= np.isfinite(after - before)
    runs = rolling.count(operating(curves).standing, thresholds.flat_hours) == 0
    return np.asarray(steady & told & runs)


def _both_sides(values: Floats, thresholds: Thresholds) -> tuple[Floats, Floats]:
    """The medians of the hours before and of the flat hours after, which end with each slot."""
    flat, size = thresholds.flat_hours, thresholds.before_hours
    before = rolling.before(rolling.median(size // 2)(rolling.trailing(values, size)), flat)
    return before, rolling.median()(rolling.trailing(values, flat))


RULE = CurveRule(
    name=NAME,
    title={"zh": "突降后平直", "en": "Step, then flat"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24, LOOKBACK) + t.before_hours + 2 * t.flat_hours,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（突升突降后平直）",
    ground={
        "zh": "工况未变而浓度骤降且此后几乎不变，像是样气被替换、稀释或数据被改写",
        "en": "a concentration that falls at once and hardly moves after, while the plant runs "
        "as before, "
        "looks like a replaced or diluted sample, or like rewritten data",
    },
    reason=said(
        "{pollutant}由 {before:.4g}{unit} 骤降至 {after:.4g}{unit}（{value:+.0%}）后几乎不变，"
        "工况未见变化",
        "{pollutant}: fell from {before:.4g}{unit} to {after:.4g}{unit} ({value:+.0%}) and hardly moved "
        "after, while the plant ran as before",
    ),
)

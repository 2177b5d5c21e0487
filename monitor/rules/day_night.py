"""Day and night (昼夜差异): the nights are suddenly unlike the days, and the load is not.

Ground: 18 situations of abnormal data (day–night difference): treatment that is stopped at night, or
data that is made up when nobody looks. Measured against the outlet's own habit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import OXYGEN, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import AMBIENT_OXYGEN, operating
from monitor.rules.tracing import always, said, trace

NAME = "day-night"


@dataclass(frozen=True)
class Thresholds:
    """When the difference of day and night is a finding."""

    night_from: int = 22
    """Civil hour at which the night begins …"""
    night_until: int = 6
    """… and ends."""
    habit_days: int = 28
    """From how many days before it is told what is usual."""
    factor: float = 1.4
    """The night over the day is so many times (or one over so many times) what is usual, …"""
    spreads: float = 2.5
    """… and so many robust deviations away from it, …"""
    days: int = 5
    """… by the median of so many days, …"""
    load_change: float = 0.25
    """… while the same ratio of the load, and of what the gas has less oxygen than air, is within this of
    what is usual."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant."""
    plant = operating(curves)
    same = _same(curves, plant.load, thresholds)
    if curves[OXYGEN] is not None:  # a fire that is banked at night thins the gas
        same &= _same(curves, AMBIENT_OXYGEN - plant.oxygen, thresholds)
    firsts = np.array([first for first, _ in curves.days], dtype=np.int64)
    for code, curve in curves.pollutants.items():
        ratio = _ratio(curves, np.where(plant.standing, np.nan, curve.held), thresholds)
        away, spread = _unusual(ratio, thresholds)
        bound = np.maximum(np.log(thresholds.factor), thresholds.spreads * spread)
        odd = (np.abs(away) > bound) & same & np.isfinite(ratio)
        yield trace(
            code,
            np.exp(away),
            np.exp(np.sign(away) * bound),
            raised=odd,
            cleared=np.isfinite(away) & ~odd,
            since=firsts - (thresholds.days - 1) * 24,
            detail={"ratio": np.exp(ratio), "days": thresholds.days},
        )


def _same(curves: Curves, values: Floats, thresholds: Thresholds) -> Bools:
    """Whether something is by night over day what it usually is, (days,)."""
    away, _ = _unusual(_ratio(curves, values, thresholds), thresholds)
    return np.asarray(np.abs(away) <= np.log1p(thresholds.load_change))


def _ratio(curves: Curves, values: Floats, thresholds: Thresholds) -> Floats:
    """The logarithm of a day's nightly over its daily mean, (days,); NaN where either is not there."""
    night = (curves.hour_of_day >= thresholds.night_from) | (
        curves.hour_of_day < thresholds.night_until
    )
    found = np.full(len(curves.days), np.nan)
    for number, (first, last) in enumerate(curves.days):
        day, dark = values[first:last], night[first:last]
        nightly, daily = day[dark & np.isfinite(day)], day[~dark & np.isfinite(day)]
        if len(nightly) >= 5 and len(daily) >= 8 and nightly.mean() > 0 and daily.mean() > 0:
            found[number] = np.log(nightly.mean() / daily.mean())
    return found


def _unusual(ratio: Floats, thresholds: Thresholds) -> tuple[Floats, Floats]:
    """How far the median of some days is from that of the days before them, and those days' deviation."""
    now = rolling.median(thresholds.days - 1)(rolling.trailing(ratio, thresholds.days))
    rows = rolling.trailing(rolling.before(ratio, thresholds.days), thresholds.habit_days)
    middle, spread = rolling.spread(rows, least=thresholds.habit_days // 2)
    return now - middle, spread


RULE = CurveRule(
    name=NAME,
    title={"zh": "昼夜差异", "en": "Day and night"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: (t.habit_days + 15 + t.days) * 24,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（昼夜差异明显）",
    ground={
        "zh": "负荷昼夜规律未变而夜间浓度突然异于平时：可能夜间停运治理设施或更改数据",
        "en": "the load is by night what it was, and the concentration is not: treatment may be "
        "stopped at "
        "night, or data be changed",
    },
    reason=said(
        "{pollutant}自 {since} 起夜间/白天浓度比为 {ratio:.2f}，是平时的 {value:.2f} 倍，"
        "而负荷的昼夜规律未变",
        "{pollutant}: since {since} night over day is {ratio:.2f}, {value:.2f} times what is "
        "usual, while "
        "the load's is as ever",
    ),
)

"""Step, then flat (突降后平直): a fall by half or more within an hour, and hardly any variation after.

Ground: 18 situations of abnormal data (sudden rise or drop, then flat). What falls because the plant
does takes flow, temperature or oxygen with it, and goes on varying.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import FLOW, OXYGEN, TEMPERATURE, VELOCITY, WATER_FLOW, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, hours_back, said, trace

NAME = "step-change"


@dataclass(frozen=True)
class Thresholds:
    """When a step is a finding."""

    fall: float = 0.5
    """The share by which the value falls, from the median of the hours before …"""
    before_hours: int = 6
    """… (so many) …"""
    flat_hours: int = 3
    """… to that of so many hours after, which …"""
    variation: float = 0.05
    """… have a coefficient of variation below this, …"""
    habit: float = 0.25
    """… and below this share of what is usual for as many hours."""
    habit_days: int = 14
    """From how many days before that is told."""
    load_change: float = 0.15
    """By more than this no flow, velocity or absolute temperature may have changed with it."""
    oxygen_change: float = 1.0
    """By more than this (percent oxygen) the oxygen may not have changed with it."""
    clear_hours: int = 3
    """It is over when the value has been back near what it was, or varying, for so many hours."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant."""
    steady = _plant_steady(curves, thresholds)
    for code, curve in curves.pollutants.items():
        yield _trace(curves, code, curve.valid, steady, thresholds)


def _trace(
    curves: Curves, code: str, valid: Floats, steady: Bools, thresholds: Thresholds
) -> Trace:
    flat, size = thresholds.flat_hours, thresholds.before_hours
    earlier = rolling.before(rolling.median(size - 1)(rolling.trailing(valid, size)), flat)
    window = rolling.trailing(valid, flat)
    after, variation = rolling.median(flat)(window), rolling.deviation(window)
    variation = np.where(np.isfinite(window).all(axis=1), variation, np.nan)
    usual = rolling.baseline(curves.days, variation, thresholds.habit_days, rolling.median(48))
    change = rolling.over(after - earlier, earlier)
    step = rolling.before(valid, flat - 1) < (1 - thresholds.fall) * rolling.before(valid, flat)
    level = (variation < thresholds.variation) & (variation < thresholds.habit * usual)
    moving = np.isfinite(valid) & ((variation > thresholds.variation) | (change > 0))
    return trace(
        code,
        change,
        -thresholds.fall,
        raised=(change <= -thresholds.fall) & step & level & steady,
        cleared=rolling.streak(moving) >= thresholds.clear_hours,
        since=hours_back(curves.hours, flat + size),
        detail={"before": earlier, "after": after},
    )


def _plant_steady(curves: Curves, thresholds: Thresholds) -> Bools:
    """Whether what goes with the emissions is after the flat hours as it was before them."""
    steady = np.ones(curves.hours, dtype=np.bool_)
    for code in (FLOW, VELOCITY, TEMPERATURE, WATER_FLOW):
        curve = curves[code]
        if curve is not None:
            before, after = _both_sides(curve, thresholds)
            offset = 273.15 if code == TEMPERATURE else 0.0
            away = np.abs(after - before) > thresholds.load_change * np.abs(before + offset)
            steady &= ~away
    if (oxygen := curves[OXYGEN]) is not None:
        before, after = _both_sides(oxygen, thresholds)
        steady &= ~(np.abs(after - before) > thresholds.oxygen_change)
    return steady


def _both_sides(curve: Curve, thresholds: Thresholds) -> tuple[Floats, Floats]:
    flat, size = thresholds.flat_hours, thresholds.before_hours
    before = rolling.before(rolling.median()(rolling.trailing(curve.value, size)), flat)
    return before, rolling.median()(rolling.trailing(curve.value, flat))


RULE = CurveRule(
    name=NAME,
    title={"zh": "突降后平直", "en": "Step, then flat"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: (t.habit_days + 1) * 24 + t.before_hours + t.flat_hours,
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

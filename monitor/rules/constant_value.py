"""Constant value (恒值): a channel that says the same number hour after hour.

Ground: 18 situations of abnormal data: the same value for 4 consecutive hours in normal operation
(pollutant, velocity or oxygen). An analyser of coarse resolution repeats itself honestly: how long a run
its own habit makes is allowed besides. As long as no habit is known nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import OXYGEN, VELOCITY, Counts, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, either, said, trace

NAME = "constant-value"


@dataclass(frozen=True)
class Thresholds:
    """When a constant value is a finding."""

    hours: int = 4
    """So many equal hours in a row."""
    habit_days: int = 21
    """From how many days before it is told how often the channel repeats itself anyway."""
    clear_hours: int = 3
    """It is over when so many hours in a row differ from the one before."""


_RARE = 1 / (100 * 720 * 10)
"""Once in a hundred months of hours of an outlet's ten series or so."""
_PRIOR = 5
"""So many hours speak for q being p, as long as few hours say anything of it."""
_BEYOND = 2
"""Hours that a run is longer than the usual longest."""
_LONGEST = 96
"""A run is not counted beyond this: the hours before a slot that bear on it are bounded."""
_GAP = 3
"""Hours without a valid number (a calibration) that a run goes on over."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant, by its measured or its converted value; of velocity and oxygen."""
    for code in (*curves.pollutants, VELOCITY, OXYGEN):
        curve = curves[code]
        if curve is not None:
            detects = curve.detection_limit or 0.0
            yield either(_trace(curves, code, one, detects, thresholds) for one in curve.both)


def _trace(
    curves: Curves, code: str, valid: Floats, detects: float, thresholds: Thresholds
) -> Trace:
    previous = rolling.latest(valid, _GAP)
    told = np.isfinite(valid) & np.isfinite(previous)
    shown = (valid > 0) & (valid >= detects)  # what is not detected may be one number
    same = told & (valid == previous) & shown & ~operating(curves).standing
    repeats, first = rolling.run(same, np.isfinite(valid) & ~same, _LONGEST)
    length = repeats + 1
    needed = _needed(curves, told, same, length, thresholds)[first]
    return trace(
        code,
        length,
        needed,
        raised=same & (length >= needed),
        cleared=rolling.streak(told & ~same) >= thresholds.clear_hours,
        since=first - 1,
        detail={"level": valid},
    )


def _needed(
    curves: Curves, told: Bools, same: Bools, length: Counts, thresholds: Thresholds
) -> Floats:
    """The length of a run that is a finding, (hours,), by the habit of the days before.

    An hour repeats the one before with chance p, one that follows such an hour with chance q: a run of n
    comes about with p × q^(n−2). Where every result is sent twice (waters, every two hours) two equal
    results are four equal hours: q is told by two hours, too. And it must be longer than the longest
    of nine days in ten.
    """
    back = thresholds.habit_days
    repeats = np.where(told, same, 0.0)
    after = repeats * rolling.before(repeats)
    twice = after * rolling.before(repeats, 2)
    known = rolling.baseline(curves.days, np.where(told, 1.0, np.nan), back, rolling.total(72))
    number = rolling.baseline(curves.days, repeats, back, rolling.total())
    again = rolling.baseline(curves.days, after, back, rolling.total())
    pairs = rolling.baseline(curves.days, twice, back, rolling.total())
    p = (number + 1) / (known + 2)
    q = np.maximum(
        (again + _PRIOR * p) / (number + _PRIOR),
        np.sqrt((pairs + _PRIOR * p**2) / (number + _PRIOR)),
    )
    longest = _usual_longest(curves, length, back)
    by_chance = 2 + np.ceil((np.log(_RARE) - np.log(p)) / np.log(q))
    needed = np.maximum(np.maximum(thresholds.hours, by_chance), longest + _BEYOND)
    return np.where(np.isfinite(known), needed, np.inf)


def _usual_longest(curves: Curves, length: Counts, back: int) -> Floats:
    """The longest run of a day that nine of ten of the days before did not exceed, (hours,)."""
    of_days = np.array([float(length[first:last].max()) for first, last in curves.days])
    rows = rolling.trailing(rolling.before(of_days), back)
    return rolling.over_days(curves.days, rolling.quantile(0.9)(rows), curves.hours)


RULE = CurveRule(
    name=NAME,
    title={"zh": "恒值", "en": "Constant value"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24, LOOKBACK) + _LONGEST,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（恒值：连续4小时不变）",
    ground={
        "zh": "正常生产时浓度、流速、含氧量不会连续数小时分毫不变：仪器卡死、采样停止或数据被固定",
        "en": "in operation no concentration, velocity or oxygen stays the same to the last digit for "
        "hours: a stuck instrument, a stopped sampling line, or a number that was fixed",
    },
    reason=said(
        "{pollutant}自 {since} 起连续 {value:.0f} 小时恒为 {level:g}{unit}（阈值 {bound:.0f} 小时）",
        "{pollutant}: {level:g}{unit} for {value:.0f} hours in a row since {since} "
        "(threshold {bound:.0f} hours)",
    ),
)

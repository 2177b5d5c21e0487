"""Constant value (恒值): a channel that says the same number hour after hour.

Ground: 18 situations of abnormal data: the same value for 4 consecutive hours in normal operation
(pollutant, velocity or oxygen). An analyser of coarse resolution repeats itself honestly: how long a run
its own habit makes once in a hundred months is allowed besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import OXYGEN, VELOCITY, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, back, said, trace

NAME = "constant-value"


@dataclass(frozen=True)
class Thresholds:
    """When a constant value is a finding."""

    hours: int = 4
    """So many equal hours in a row."""
    habit_days: int = 14
    """From how many days before it is told how often the channel repeats itself anyway."""
    clear_hours: int = 3
    """It is over when so many hours in a row differ from the one before."""


_MONTHS = 100
_RARE = 1 / (_MONTHS * 720)
_LONGEST = 96
"""A run is not counted beyond this: the hours before a slot that bear on it are bounded."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant, of velocity and of oxygen."""
    for code in (*curves.pollutants, VELOCITY, OXYGEN):
        curve = curves[code]
        if curve is not None:
            yield _trace(curves, code, curve, thresholds)


def _trace(curves: Curves, code: str, curve: Curve, thresholds: Thresholds) -> Trace:
    valid = curve.valid
    same = (valid == rolling.before(valid)) & (valid > 0)
    length = np.where(same, np.minimum(rolling.streak(same) + 1, _LONGEST), 0)
    allowed = _allowed(curves, valid, same, thresholds)
    needed = allowed[np.maximum(back(length), 0)]  # by what was usual when the run began
    changed = np.isfinite(valid) & np.isfinite(rolling.before(valid)) & ~same
    return trace(
        code,
        length,
        needed,
        raised=same & (length >= needed),
        cleared=rolling.streak(changed) >= thresholds.clear_hours,
        since=back(length),
        detail={"level": valid},
    )


def _allowed(curves: Curves, valid: Floats, same: Floats, thresholds: Thresholds) -> Floats:
    """The length of a run that is a finding, (hours,): n with p^(n−1) below once in a hundred months."""
    known = np.isfinite(valid) & np.isfinite(rolling.before(valid))
    repeats = np.where(known, same, np.nan)
    habit = rolling.baseline(curves.days, repeats, thresholds.habit_days, rolling.share(48))
    habit = np.clip(np.nan_to_num(habit), 1e-9, 0.999)
    by_habit = 1 + np.ceil(np.log(_RARE) / np.log(habit))
    allowed: Floats = np.maximum(thresholds.hours, by_habit)
    return allowed


RULE = CurveRule(
    name=NAME,
    title={"zh": "恒值", "en": "Constant value"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: (t.habit_days + 1) * 24 + _LONGEST,
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
    data_alone=False,
)

"""Zero value (零值): a pollutant reported as nothing at all, by a plant that runs.

Ground: alert classes of enterprise platforms (零值), guide on on-site checks 2012 (readings about zero).
Channels that are zero anyway, at a plant that often stands still, are told by their own habit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.measuring import measurable
from monitor.rules.operating import AMBIENT_OXYGEN, LOOKBACK, operating
from monitor.rules.tracing import always, said, trace

NAME = "zero-value"


@dataclass(frozen=True)
class Thresholds:
    """When zeros are a finding."""

    hours: int = 4
    """So many valid hours of zero in a row, …"""
    sure_hours: int = 2
    """… or so many of a channel that by the days before never came near it, …"""
    detection_limits: float = 4.0
    """… which is that nearly all its hours were so many detection limits (测定下限, HJ 168-2020) …"""
    range_share: float = 0.01
    """… or more, or, not knowing that, this share of the range (or of twice the limit)."""
    habit_days: int = 14
    """From how many days before it is told how often the channel is zero anyway …"""
    habit_share: float = 0.02
    """… and with a larger share of its hours than this it says nothing."""
    clear_hours: int = 2
    """It is over when so many hours in a row are above zero."""


_LONGEST = 96
_THIN = 0.5
"""Share of the usual gas below which the air in it tells of a fire that is banked."""
_LOW = 0.02
"""The share of the hours below which "nearly all" are not."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant."""
    plant = operating(curves)
    # a banked fire leaves little in much air: what is shown of it may be nothing
    left = AMBIENT_OXYGEN - plant.oxygen
    thin = left < _THIN * (AMBIENT_OXYGEN - plant.usual_oxygen)
    for code, curve in curves.pollutants.items():
        valid = curve.valid
        zero = (valid == 0) & ~plant.standing & ~thin
        length, first = rolling.run(zero, np.isfinite(valid) & ~zero, _LONGEST)
        zeros = np.where(np.isfinite(valid), zero, np.nan)
        habit = rolling.baseline(curves.days, zeros, thresholds.habit_days, rolling.share(48))
        usual = habit[first]
        needed = np.where(
            _far(curves, curve, thresholds)[first], thresholds.sure_hours, thresholds.hours
        )
        yield trace(
            code,
            length,
            needed.astype(np.float64),
            raised=zero & (length >= needed) & (usual <= thresholds.habit_share),
            cleared=rolling.streak(valid > 0) >= thresholds.clear_hours,
            since=first,
        )


def _far(curves: Curves, curve: Curve, thresholds: Thresholds) -> Bools:
    """Whether what is usual is far from zero, (hours,); not where that is not known."""
    low = rolling.baseline(
        curves.days, curve.valid, thresholds.habit_days, rolling.quantile(_LOW, 48)
    )
    return low >= measurable(curve, thresholds.detection_limits, thresholds.range_share)


RULE = CurveRule(
    name=NAME,
    title={"zh": "零值", "en": "Zero value"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24 + _LONGEST, LOOKBACK),
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（零值）",
    ground={
        "zh": "运行中的设施不会连续数小时零排放：采样管路堵塞、断开或数据被清零",
        "en": "a plant that runs does not emit nothing for hours: a blocked or disconnected sampling "
        "line, or data set to zero",
    },
    reason=said(
        "{pollutant}自 {since} 起连续 {value:.0f} 小时为零，设施未见停运（阈值 {bound:.0f} 小时）",
        "{pollutant}: zero for {value:.0f} hours in a row since {since} while nothing shows the plant "
        "standing still (threshold {bound:.0f} hours)",
    ),
)

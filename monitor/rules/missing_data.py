"""Missing data (数据缺失): hours of which nothing came, of the outlet or of one of its channels.

Ground: 18 situations of abnormal data (missing; hour missing); HJ 75-2017 and the transmission rate count
hour groups. Silence is no evidence of anything but itself: it reminds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, back, said, trace

NAME = "missing-data"


@dataclass(frozen=True)
class Thresholds:
    """When missing hours are a finding."""

    hours: int = 3
    """So many hours in a row of which nothing came: the last of them may still be on its way."""
    habit_days: int = 7
    """Of a channel alone: it came in the days before, so many of them, …"""
    habit_share: float = 0.8
    """… in this share of the hours."""


_LONGEST = 7 * 24
"""A finding is made as long as a gap lasts, of so many hours at most; then the outlet is known to be
gone."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of the outlet, and one of each channel that stays away while others come."""
    came = curves.came
    known = rolling.count(came, _LONGEST) > 0
    yield _trace("", ~came & known & ~curves.stopped, came, thresholds)
    for code, curve in sorted(curves.channels.items()):
        usual = rolling.baseline(
            curves.days,
            np.where(came, curve.came, np.nan),
            thresholds.habit_days,
            rolling.share(24),
        )
        absent = came & ~curve.came & (usual >= thresholds.habit_share)
        yield _trace(code, absent, curve.came, thresholds)


def _trace(code: str, absent: Bools, came: Bools, thresholds: Thresholds) -> Trace:
    length = rolling.streak(absent).clip(max=_LONGEST)
    return trace(
        code,
        length,
        float(thresholds.hours),
        raised=length >= thresholds.hours,
        cleared=came,
        since=back(length),
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "数据缺失", "en": "Missing data"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24, _LONGEST) + t.hours,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（数据缺失）；HJ 75-2017",
    ground={
        "zh": "应报未报的小时数据：提醒企业检查设备与网络并补传",
        "en": "hours that should have been reported: the enterprise is reminded to look at "
        "device and line, "
        "and to send them after",
    },
    reason=said(
        "{pollutant}自 {since} 起连续 {value:.0f} 小时无数据（阈值 {bound:.0f} 小时）",
        "{pollutant}: no data for {value:.0f} hours in a row since {since} (threshold {bound:.0f} hours)",
    ),
)

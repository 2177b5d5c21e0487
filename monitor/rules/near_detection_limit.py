"""Near the detection limit under load (近检出限): hours about nothing, at a plant that runs and that is
not usually so clean.

Ground: guide on on-site checks 2012 (readings around the detection limit for long). A plant that is
honestly ultra-low is always there; this is about one that was not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, hours_back, said, trace

NAME = "near-detection-limit"


@dataclass(frozen=True)
class Thresholds:
    """When nearness to the detection limit is a finding."""

    hours: int = 12
    """So many valid hours in a row …"""
    times: float = 2.0
    """… below so many times the detection limit …"""
    load: float = 0.5
    """… while the load is at least this share of what is usual …"""
    usual: float = 3.0
    """… and the channel's usual level is at least so many times that bound."""
    habit_days: int = 14
    """From how many days before the usual level is told."""
    clear_hours: int = 3
    """It is over when so many valid hours in a row are above."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant with a detection limit in the register."""
    load = operating(curves).load
    for code, curve in curves.pollutants.items():
        if curve.detection_limit is None or not np.isfinite(load).any():
            continue
        bound = thresholds.times * curve.detection_limit
        usual = rolling.baseline(
            curves.days, curve.valid, thresholds.habit_days, rolling.median(48)
        )
        below = (curve.valid < bound) & (load >= thresholds.load)
        length = np.minimum(rolling.streak(below), thresholds.hours)
        was_higher = rolling.before(usual, thresholds.hours - 1) >= thresholds.usual * bound
        yield trace(
            code,
            curve.valid,
            bound,
            raised=(length >= thresholds.hours)
            & (was_higher | (usual >= thresholds.usual * bound)),
            cleared=rolling.streak(curve.valid >= bound) >= thresholds.clear_hours,
            since=hours_back(curves.hours, thresholds.hours),
            detail={
                "usual": usual,
                "hours": thresholds.hours,
            },
        )


RULE = CurveRule(
    name=NAME,
    title={"zh": "带负荷近检出限", "en": "Near the detection limit under load"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24, LOOKBACK) + t.hours,
    thresholds=Thresholds(),
    clause="《污染源自动监控设施现场监督检查技术指南》（2012）：长时间在检出限附近",
    ground={
        "zh": "生产负荷正常而浓度长时间在检出限附近，与其历史水平不符：可能旁路采样、通入清洁空气",
        "en": "under load, long about the detection limit and unlike what is usual there: the "
        "sample may be "
        "clean air, or drawn from somewhere else",
    },
    reason=said(
        "{pollutant}自 {since} 起连续 {hours} 小时以上低于 {bound:g}{unit}（检出限附近），"
        "而负荷正常、平时约 {usual:.4g}{unit}",
        "{pollutant}: below {bound:g}{unit}, about the detection limit, for {hours} hours or more since "
        "{since}, under load and while about {usual:.4g}{unit} is usual",
    ),
)

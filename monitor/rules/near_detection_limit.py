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
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, said, trace

NAME = "near-detection-limit"


@dataclass(frozen=True)
class Thresholds:
    """When nearness to the detection limit is a finding."""

    hours: int = 12
    """So many valid hours, none above between them, …"""
    times: float = 4.0
    """… below so many times the detection limit: what cannot be measured (测定下限, HJ 168-2020) …"""
    range_share: float = 0.01
    """… or, where none is known, this share of the range …"""
    load: float = 0.5
    """… while the load is at least this share of what is usual …"""
    usual: float = 2.0
    """… and the channel's usual level is at least so many times that bound."""
    habit_days: int = 14
    """From how many days before the usual level is told."""
    clear_hours: int = 3
    """It is over when so many valid hours in a row are above."""


_LONGEST = 96


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant with a detection limit in the register."""
    load = operating(curves).load
    for code, curve in curves.pollutants.items():
        bound = _bound(curve, thresholds)
        if bound is None or not np.isfinite(load).any():
            continue
        usual = rolling.baseline(
            curves.days, curve.valid, thresholds.habit_days, rolling.median(48)
        )
        below = (curve.valid < bound) & (load >= thresholds.load)
        length, first = rolling.run(below, curve.valid >= bound, _LONGEST)
        yield trace(
            code,
            curve.valid,
            bound,
            raised=below
            & (length >= thresholds.hours)
            & (usual[first] >= thresholds.usual * bound),
            cleared=rolling.streak(curve.valid >= bound) >= thresholds.clear_hours,
            since=first,
            detail={"usual": usual[first], "hours": length},
        )


def _bound(curve: Curve, thresholds: Thresholds) -> float | None:
    if curve.detection_limit is not None:
        return thresholds.times * curve.detection_limit
    return None if curve.range_high is None else thresholds.range_share * curve.range_high


RULE = CurveRule(
    name=NAME,
    title={"zh": "带负荷近检出限", "en": "Near the detection limit under load"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: max((t.habit_days + 1) * 24, LOOKBACK) + _LONGEST,
    thresholds=Thresholds(),
    clause="《污染源自动监控设施现场监督检查技术指南》（2012）：长时间在检出限附近",
    ground={
        "zh": "生产负荷正常而浓度长时间在检出限附近，与其历史水平不符：可能旁路采样、通入清洁空气",
        "en": "under load, long about the detection limit and unlike what is usual there: the "
        "sample may be "
        "clean air, or drawn from somewhere else",
    },
    reason=said(
        "{pollutant}自 {since} 起{hours} 个有效小时低于 {bound:g}{unit}（检出限附近），"
        "而负荷正常、平时约 {usual:.4g}{unit}",
        "{pollutant}: below {bound:g}{unit}, about the detection limit, for {hours} valid hours since "
        "{since}, under load and while about {usual:.4g}{unit} is usual",
    ),
)

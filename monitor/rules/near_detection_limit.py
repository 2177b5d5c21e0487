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
from monitor.averages import Bools, Floats
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.measuring import measurable
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, either, said, trace

NAME = "near-detection-limit"


@dataclass(frozen=True)
class Thresholds:
    """When nearness to the detection limit is a finding."""

    hours: int = 12
    """So many valid hours, none above between them, …"""
    times: float = 4.0
    """… below so many times the detection limit: what cannot be measured (测定下限, HJ 168-2020), …"""
    least_times: float = 2.0
    """… or so many at a channel that is usually not far above that, …"""
    habit_share: float = 0.02
    """… where no more than this share of the usual hours was, …"""
    range_share: float = 0.01
    """… (not knowing its detection limit: below this share of the range, or of twice the limit) …"""
    load: float = 0.5
    """… while the load is at least this share of what is usual."""
    habit_days: int = 14
    """From how many days before it is told what is usual."""
    clear_hours: int = 3
    """It is over when so many valid hours in a row are above."""


_LONGEST = 96


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant."""
    loaded = operating(curves).load >= thresholds.load
    for code, curve in curves.pollutants.items():
        bound = measurable(curve, thresholds.times, thresholds.range_share)
        least = bound * thresholds.least_times / thresholds.times
        yield either(_trace(curves, code, loaded, each, thresholds) for each in (bound, least))


def _trace(
    curves: Curves, code: str, loaded: Bools, bound: Floats, thresholds: Thresholds
) -> Trace:
    valid = curves.channels[code].valid
    above = valid >= bound
    usual = rolling.baseline(curves.days, valid, thresholds.habit_days, rolling.median(48))
    low = np.where(np.isfinite(valid), ~above, np.nan)
    habit = rolling.baseline(curves.days, low, thresholds.habit_days, rolling.share(48))
    below = (valid < bound) & loaded
    length, first = rolling.run(below, above, _LONGEST)
    return trace(
        code,
        valid,
        bound,
        raised=below & (length >= thresholds.hours) & (habit[first] <= thresholds.habit_share),
        cleared=rolling.streak(above) >= thresholds.clear_hours,
        since=first,
        detail={"usual": usual[first], "hours": length},
    )


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

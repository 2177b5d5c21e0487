"""Effective transmission rate (有效传输率): the share of a month's hours that came and are valid.

Ground: assessment of automatic monitoring (自动监控数据有效传输率, 90 %). `monitor/rates.py` has the rate
for the statistics, in which all groups take part; here hours that are marked as out of use are not due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import VALID, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, said, trace

NAME = "transmission-rate"


@dataclass(frozen=True)
class Thresholds:
    """When the rate is a finding."""

    days: int = 30
    """Over so many days …"""
    rate: float = 0.9
    """… less than this share of the hours came with all of what the outlet sends valid."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """One trace by days, of the outlet."""
    whole = curves.came.copy()
    for curve in curves.pollutants.values():
        whole &= ~curve.came | (np.isfinite(curve.value) & np.isin(curve.flag, VALID))
    known = rolling.count(curves.came, thresholds.days * 24) > 0
    valid: Floats = np.where(curves.stopped | ~known, np.nan, whole)
    rate = rolling.share(thresholds.days * 12)(rolling.upto(curves.days, valid, thresholds.days))
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    yield trace(
        "",
        rate,
        thresholds.rate,
        raised=rate < thresholds.rate,
        cleared=rate >= thresholds.rate,
        since=np.maximum(ends - thresholds.days * 24, 0),
        detail={"days": thresholds.days},
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "有效传输率偏低", "en": "Effective transmission rate"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: 2 * t.days * 24,
    thresholds=Thresholds(),
    clause="自动监控数据有效传输率考核",
    ground={
        "zh": "有效传输率偏低，说明设备运维不到位，或以缺失、无效回避监控",
        "en": "a low rate shows that the device is not looked after, or that monitoring is avoided",
    },
    reason=said(
        "{pollutant}近 {days} 天有效传输率 {value:.1%}，低于 {bound:.0%}",
        "{pollutant}: an effective transmission rate of {value:.1%} over {days} days, below {bound:.0%}",
    ),
)

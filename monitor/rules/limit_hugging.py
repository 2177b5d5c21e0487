"""Limit-hugging (贴限): hour after hour just within the limit, with hardly any variation.

Ground: known cases of devices that were tuned to 90–95 % of the limit; software that bounds values
(guide on on-site checks 2012). A real plant's emission varies with its load.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import hours_back, limited_at_all, said, trace

NAME = "limit-hugging"


@dataclass(frozen=True)
class Thresholds:
    """When closeness to the limit is a finding."""

    hours: int = 24
    """In a window of so many hours …"""
    least: int = 20
    """… so many valid at least, and all of them …"""
    low: float = 0.9
    """… at this share of the limit or above (and within it), …"""
    variation: float = 0.05
    """… with a coefficient of variation below this."""
    clear_hours: int = 3
    """It is over when so many valid hours in a row are outside."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant with a limit for hours, or else for days (water has none for hours)."""
    for code, curve in curves.pollutants.items():
        limit, held = _bound(curve)
        if not np.isfinite(limit).any():
            continue
        share = rolling.over(held, limit)
        inside = (share >= thresholds.low) & (share <= 1)
        outside = np.isfinite(share) & ~inside
        window = rolling.trailing(share, thresholds.hours)
        enough = rolling.count(inside, thresholds.hours) >= thresholds.least
        none_outside = rolling.count(outside, thresholds.hours) == 0
        steady = rolling.deviation(window) < thresholds.variation
        level = rolling.median()(window)
        yield trace(
            code,
            level,
            thresholds.low,
            raised=enough & none_outside & steady & inside,
            cleared=rolling.streak(outside) >= thresholds.clear_hours,
            since=hours_back(curves.hours, thresholds.hours),
            detail={"limit": limit},
        )


def _bound(curve: Curve) -> tuple[Floats, Floats]:
    """The limit of the hour, else that of the day, and what is held against it."""
    of_hour = np.isfinite(curve.limit)
    limit = np.where(of_hour, curve.limit, curve.day_limit)
    return limit, np.where(of_hour, curve.held, curve.day_held)


RULE = CurveRule(
    name=NAME,
    title={"zh": "贴限", "en": "Limit-hugging"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=limited_at_all,
    judge=judge,
    lookback=lambda t: t.hours + t.clear_hours,
    thresholds=Thresholds(),
    clause="《污染源自动监控设施现场监督检查技术指南》（2012）：软件限定数值范围",
    ground={
        "zh": "浓度随负荷波动，长时间紧贴限值而几乎不变，可能被软件限幅或人为调校",
        "en": "emissions follow the load; to stay just within the limit and hardly move suggests that "
        "software bounds the values, or that the device was tuned",
    },
    reason=said(
        "{pollutant}自 {since} 起一直处于限值 {limit:g}{unit} 的 {value:.0%} 左右，几乎无波动",
        "{pollutant}: about {value:.0%} of the limit of {limit:g}{unit} since {since}, with hardly any "
        "variation",
    ),
)

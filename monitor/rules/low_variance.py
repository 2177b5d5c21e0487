"""Low variance (低波动): over half a month an hourly mean varies by less than 5 %.

Ground: 18 situations of abnormal data (over half a month the hourly mean varies < 5 %); guide on on-site
checks 2012 (small swings around one fixed value). What an analyser cannot resolve is no evidence.
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
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, either, said, trace

NAME = "low-variance"


_SIGMA = 0.16
"""The tail that lies beyond a standard deviation."""


@dataclass(frozen=True)
class Thresholds:
    """When low variance is a finding."""

    days: int = 15
    """Over so many days …"""
    variation: float = 0.05
    """… nine tenths of the valid hours differ from the median by less than this share of it, …"""
    valid_share: float = 0.5
    """… of which so many are there, …"""
    steps: int = 1
    """… and that share is at least so many of the smallest steps that the channel shows, …"""
    detection_limits: float = 4.0
    """… and the median at least so many detection limits …"""
    calmer: float = 2.0
    """… or, where only the standard deviation is below that share while the plant runs, over as many days
    it always varied at least so many times as much in the weeks before …"""
    measurable: float = 1.0
    """… and the median is at least so many detection limits."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant."""
    standing = operating(curves).standing
    for code, curve in curves.pollutants.items():
        traces = []
        for valid in curve.both:
            running = np.where(standing, np.nan, valid)
            traces += [
                _fixed(curves, code, valid, curve.detection_limit, thresholds),
                _calmed(curves, code, running, curve.detection_limit, thresholds),
            ]
        yield either(traces)


def _fixed(
    curves: Curves, code: str, valid: Floats, detects: float | None, thresholds: Thresholds
) -> Trace:
    """Nearly all hours are about one number, whatever was usual."""
    rows, width, middle = _width(curves, valid, 0.05, thresholds)
    told = _told(rows, middle, thresholds.detection_limits * (detects or 0.0), thresholds)
    return _trace(curves, code, width, middle, width < thresholds.variation, told, thresholds)


def _calmed(
    curves: Curves, code: str, running: Floats, detects: float | None, thresholds: Thresholds
) -> Trace:
    """Most hours are, and the same channel was far from it before: no honest habit, low as it may be."""
    rows, width, middle = _width(curves, running, _SIGMA, thresholds)
    told = _told(rows, middle, thresholds.measurable * (detects or 0.0), thresholds)
    past = rolling.trailing(rolling.before(width, thresholds.days), thresholds.days)
    least = rolling.quantile(0.0, thresholds.days // 2)(past)
    even = (width < thresholds.variation) & (least >= thresholds.calmer * width)
    return _trace(curves, code, width, middle, even, told, thresholds)


def _width(
    curves: Curves, valid: Floats, tail: float, thresholds: Thresholds
) -> tuple[Floats, Floats, Floats]:
    """The hours of some days, half of their spread between two tails over the median, the median."""
    least = int(thresholds.days * 24 * thresholds.valid_share)
    rows = rolling.upto(curves.days, valid, thresholds.days)
    middle = rolling.median(least)(rows)
    low, high = rolling.quantile(tail, least)(rows), rolling.quantile(1 - tail, least)(rows)
    return rows, rolling.over((high - low) / 2, middle), middle


def _told(rows: Floats, middle: Floats, least: float, thresholds: Thresholds) -> Bools:
    """Whether an analyser could show more than that."""
    resolved = thresholds.variation * middle >= thresholds.steps * rolling.resolution(rows)
    return resolved & ~(middle < least)


def _trace(
    curves: Curves, code: str, width: Floats, middle: Floats, even: Bools, told: Bools,
    thresholds: Thresholds,
) -> Trace:  # fmt: skip
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    return trace(
        code,
        width,
        thresholds.variation,
        raised=even & told,
        cleared=width >= thresholds.variation * 1.5,
        since=np.maximum(ends - thresholds.days * 24, 0),
        detail={"middle": middle, "days": thresholds.days},
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "低波动", "en": "Low variance"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: 3 * t.days * 24 + LOOKBACK,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（半个月内小时均值变化小于5%）",
    ground={
        "zh": "半个月里小时均值几乎不变：数据可能被固定在某值附近小幅抖动",
        "en": "for half a month the hourly means hardly vary: data may be made to tremble about "
        "a fixed value",
    },
    reason=said(
        "{pollutant}自 {since} 起 {days} 天内九成小时均值落在中位值 {middle:.4g}{unit} 的 "
        "{value:.1%} 以内"
        "（阈值 {bound:.0%}）",
        "{pollutant}: for {days} days since {since} nine tenths of the hourly means lie within "
        "{value:.1%} of "
        "their median {middle:.4g}{unit} (threshold {bound:.0%})",
    ),
)

"""Forecast of today's mean (日均值超标预测): what the day's mean will be if it goes on like this.

Ground: 环办执法〔2025〕4号 (warn point to point before a violation); dynamic early warning of enterprise
platforms: (sum so far + remaining hours × the present hour) / hours > limit. It reminds; the day's mean
alone is judged by law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.clock import civil_date, from_ms
from monitor.curves import Curves
from monitor.observation import Period
from monitor.register import Limit, Outlet
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import said, trace

NAME = "forecast-exceedance"


@dataclass(frozen=True)
class Thresholds:
    """When a forecast is told."""

    hours: int = 8
    """So many valid hours of the day at least, …"""
    recent: int = 6
    """… the least of the last so many of which goes on, …"""
    above: float = 1.05
    """… which makes a mean of so many times the limit."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant with a limit for the day."""
    firsts = np.zeros(curves.hours, dtype=np.int64)
    begins = np.zeros(curves.hours, dtype=np.bool_)
    days = np.full(curves.hours, "", dtype="<U10")
    for first, last in curves.days:
        firsts[first:last] = first
        begins[first] = True  # a forecast is over with its day
        days[first:last] = f"{civil_date(from_ms(int(curves.starts[first])), curves.zone)}"
    for code, curve in curves.pollutants.items():
        limit = curve.day_limit
        if not np.isfinite(limit).any():
            continue
        forecast = _forecast(curves, curve.day_held, thresholds)
        yield trace(
            code,
            forecast,
            limit,
            raised=forecast > thresholds.above * limit,
            cleared=(forecast <= limit) | begins,
            since=firsts,
            detail={"day": days},
        )


def _forecast(curves: Curves, held: Floats, thresholds: Thresholds) -> Floats:
    """The mean that each hour's day would have, (hours,); NaN while too little of it is there."""
    found = np.full(curves.hours, np.nan)
    least = rolling.trailing(held, thresholds.recent).min(
        axis=1
    )  # NaN where one of them is not there
    for first, last in curves.days:
        day, goes_on = held[first:last], least[first:last]
        there = np.isfinite(day)
        number, sums = np.cumsum(there), np.cumsum(np.where(there, day, 0.0))
        left = np.maximum(24 - np.arange(1, last - first + 1), 0)
        mean = (sums + left * goes_on) / np.maximum(number + left, 1)
        found[first:last] = np.where(number >= thresholds.hours, mean, np.nan)
    return found


def _concerns(_outlet: Outlet, limits: Sequence[Limit]) -> bool:
    return any(limit.period is Period.DAY for limit in limits)


RULE = CurveRule(
    name=NAME,
    title={"zh": "日均值超标预测", "en": "Forecast of today's mean"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=_concerns,
    judge=judge,
    lookback=lambda _t: 24,
    thresholds=Thresholds(),
    clause="环办执法〔2025〕4号：事前提醒",
    ground={
        "zh": "当日数据照此发展，日均值将超过限值：提醒企业及时处置",
        "en": "if the day goes on like this its mean will be above the limit: the enterprise is "
        "reminded in "
        "time",
    },
    reason=said(
        "{pollutant} {day} 日均值预计 {value:.4g}{unit}，将超过日均限值 {bound:g}{unit}",
        "{pollutant}: the mean of {day} is going to be {value:.4g}{unit}, above the limit of "
        "{bound:g}{unit}",
    ),
)

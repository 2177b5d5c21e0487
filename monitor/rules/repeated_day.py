"""Repeated day (数据重复): a day whose curve is that of an earlier day.

Ground: small fluctuation and strict periodicity (replayed days, CN112381697A). No two days of a real
plant agree hour by hour to within one per cent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.averages import Floats
from monitor.clock import civil_date, from_ms
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, said, trace

NAME = "repeated-day"


@dataclass(frozen=True)
class Thresholds:
    """When a day is a repetition."""

    days: int = 30
    """It is compared with so many days before it."""
    correlation: float = 0.99
    """Correlation of the hours with those of the earlier day, above …"""
    difference: float = 0.01
    """… and mean difference, as a share of the day's mean, below this."""
    hours: int = 12
    """So many hours must be valid in both, …"""
    values: int = 8
    """… with at least so many different numbers among them, …"""
    variation: float = 0.03
    """… that vary at least by this (CV): a flat day is like another without being copied."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant."""
    for code, curve in curves.pollutants.items():
        yield _trace(curves, code, curve, thresholds)


def _trace(curves: Curves, code: str, curve: Curve, thresholds: Thresholds) -> Trace:
    rows = _by_day(curves, curve.valid)
    best = np.full(len(rows), np.nan)
    source = np.zeros(len(rows), dtype=np.int64)
    for day in range(1, len(rows)):
        earlier = rows[max(0, day - thresholds.days) : day]
        likeness = _likeness(rows[day], earlier, thresholds)
        if np.isfinite(likeness).any():
            source[day] = max(0, day - thresholds.days) + int(np.nanargmax(likeness))
            best[day] = np.nanmax(likeness)
    firsts = np.array([first for first, _ in curves.days], dtype=np.int64)
    told = (np.isfinite(rows).sum(axis=1) >= thresholds.hours) & (np.arange(len(rows)) > 0)
    raised = best > thresholds.correlation
    return trace(
        code,
        np.where(raised, best, 0.0),
        thresholds.correlation,
        raised=raised,
        cleared=told & ~raised,
        since=np.where(raised, firsts[source], firsts),
        detail={"like": np.array([_date(curves, int(day)) for day in source])},
    )


def _by_day(curves: Curves, values: Floats) -> Floats:
    """The hours of each day, (days, 24)."""
    rows = np.full((len(curves.days), 24), np.nan)
    for number, (first, last) in enumerate(curves.days):
        length = min(24, last - first)
        rows[number, :length] = values[first : first + length]
    return rows


def _likeness(day: Floats, earlier: Floats, thresholds: Thresholds) -> Floats:
    """The correlation with each earlier day, (days,); NaN where they cannot be, or are not, the same."""
    nothing = np.full(len(earlier), np.nan)
    both = np.isfinite(earlier) & np.isfinite(day)
    number = both.sum(axis=1)
    enough = number >= thresholds.hours
    if not enough.any() or len(np.unique(day[np.isfinite(day)])) < thresholds.values:
        return nothing
    ones, others = np.where(both, day, 0.0), np.where(both, earlier, 0.0)
    count = np.maximum(number, 1)
    mean = ones.sum(axis=1) / count
    difference = np.abs(ones - others).sum(axis=1) / count
    close = enough & (mean > 0) & (difference < thresholds.difference * mean)
    one = np.where(both, ones - mean[:, None], 0.0)
    other = np.where(both, others - (others.sum(axis=1) / count)[:, None], 0.0)
    norms = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    varies = np.sqrt((one**2).sum(axis=1) / count) >= thresholds.variation * mean
    usable = close & varies & (norms > 0)
    correlation = (one * other).sum(axis=1) / np.where(usable, norms, 1.0)
    return np.where(usable, correlation, np.nan)


def _date(curves: Curves, day: int) -> str:
    first_ms = int(curves.starts[curves.days[day][0]])
    return civil_date(from_ms(first_ms), curves.zone).isoformat()


RULE = CurveRule(
    name=NAME,
    title={"zh": "整日数据重复", "en": "Repeated day"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: t.days * 24,
    thresholds=Thresholds(),
    clause="自动监控数据弄虚作假特征（重复周期性）",
    ground={
        "zh": "真实排放不会有两天逐小时完全一致：可能回放历史数据",
        "en": "no two days of a real emission agree hour by hour: recorded data may be played back",
    },
    reason=said(
        "{pollutant}当日逐小时数据与 {like} 几乎完全相同（相关系数 {value:.4f}）",
        "{pollutant}: the day's hours are almost exactly those of {like} (correlation {value:.4f})",
    ),
)

"""Calibrations that follow exceedances (超标后校准): flags of work begin when limits are passed.

Ground: marks and flags exempt data (announcement 2022 no. 21), so that flags set when values rise hide
exceedances. How many would begin with one by chance is told from how often limits are passed at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import limited, said, trace

NAME = "calibration-after-exceedance"

_WORKED_ON = ("C", "M", "S", "D")
"""Flags of HJ 212 for calibration, maintenance, input by hand and fault."""


@dataclass(frozen=True)
class Thresholds:
    """When calibrations follow exceedances too often."""

    days: int = 30
    """Among so many days …"""
    times: int = 3
    """… so many works or more begin right after an exceedance, …"""
    share: float = 0.3
    """… at least this share of all that are not of a daily hour, …"""
    habitual: float = 0.3
    """… a daily hour being one in which work is flagged on this share of the days, …"""
    chance: float = 0.0001
    """… which happens by chance with less than this probability."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant with a limit for hours."""
    for code, curve in curves.pollutants.items():
        if np.isfinite(curve.limit).any() and curves.days:
            yield _trace(curves, code, curve, thresholds)


def _trace(curves: Curves, code: str, curve: Curve, thresholds: Thresholds) -> Trace:
    size = thresholds.days * 24
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    at = ends - 1
    valid_over = curve.held > curve.limit  # what is said during work is span gas as often as not
    works = np.isin(curve.flag, _WORKED_ON)
    begins = works & ~np.concatenate([[False], works[:-1]])
    irregular = begins & ~_habitual(curves, works, thresholds)
    at_once = np.concatenate([[False], valid_over[:-1]])
    number = rolling.count(irregular & at_once, size)[at]
    all_works = rolling.count(irregular, size)[at]
    hours = np.maximum(rolling.count(curve.good, size)[at], 1)
    usual = (2 * rolling.count(valid_over, size)[at] + 1) / hours
    chances = np.array(
        [
            _chance(int(k), int(n), float(p))
            for k, n, p in zip(number, all_works, usual, strict=True)
        ]
    )
    often = (number >= thresholds.times) & (number >= thresholds.share * all_works)
    return trace(
        code,
        number,
        float(thresholds.times),
        raised=often & (chances < thresholds.chance),
        cleared=number < thresholds.times,
        since=np.maximum(ends - size, 0),
        detail={"works": all_works, "days": thresholds.days},
    )


def _habitual(curves: Curves, works: Bools, thresholds: Thresholds) -> Bools:
    """Hours at a time of day at which work is usual: that of the daily calibration, (hours,)."""
    found = np.zeros(curves.hours, dtype=np.bool_)
    of_works = works.astype(np.float64)
    for hour in range(24):
        at = curves.hour_of_day == hour
        shares = rolling.share()(rolling.trailing(of_works[at], thresholds.days))
        found[at] = shares >= thresholds.habitual
    return found


def _chance(met: int, works: int, usual: float) -> float:
    """The probability that of so many works so many or more begin with an exceedance by chance."""
    share = min(usual, 1.0)
    return math.fsum(
        math.comb(works, k) * share**k * (1 - share) ** (works - k) for k in range(met, works + 1)
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "超标后校准", "en": "Calibrations that follow exceedances"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=limited,
    judge=judge,
    lookback=lambda t: 2 * t.days * 24,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）",
    ground={
        "zh": "校准、维护标记总在超标后出现，远多于偶然：可能以标记掩盖超标",
        "en": "flags of calibration and maintenance come after exceedances far more often than "
        "by chance: "
        "they may be there to hide them",
    },
    reason=said(
        "{pollutant}近 {days} 天 {works} 次非例行的校准、维护、故障标记中有 {value:.0f} 次紧随超标出现",
        "{pollutant}: of {works} flags of calibration, maintenance or fault in {days} days, "
        "daily ones apart, "
        "{value:.0f} began with an exceedance",
    ),
)

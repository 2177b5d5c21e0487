"""Calibrations that follow exceedances (超标后校准): flags of work begin when limits are passed.

Ground: marks and flags exempt data (announcement 2022 no. 21), so that flags set when values rise hide
exceedances. How many would follow by chance is told from how often flags begin at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import Counts, Curve, Curves
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
    """… so many exceedances or more are followed by a flag …"""
    share: float = 0.5
    """… (at least this share of them) …"""
    hours: int = 1
    """… within so many hours, …"""
    chance: float = 0.0001
    """… which happens by chance with less than this probability."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant with a limit for hours."""
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    for code, curve in curves.pollutants.items():
        if not np.isfinite(curve.limit).any() or not len(ends):
            continue
        followed, exceedances, usual = _counted(curve, thresholds)
        at = ends - 1
        chances = [
            _chance(int(followed[slot]), int(exceedances[slot]), float(usual[slot])) for slot in at
        ]
        often = (followed[at] >= thresholds.times) & (
            followed[at] >= thresholds.share * exceedances[at]
        )
        yield trace(
            code,
            followed[at],
            float(thresholds.times),
            raised=often & (np.array(chances) < thresholds.chance),
            cleared=followed[at] < thresholds.times,
            since=np.maximum(ends - thresholds.days * 24, 0),
            detail={
                "exceedances": exceedances[at],
                "days": thresholds.days,
            },
        )


def _counted(curve: Curve, thresholds: Thresholds) -> tuple[Counts, Counts, Floats]:
    """Exceedances that are followed, all exceedances, and how often any hour is, (hours,).

    An exceedance is known to be followed only when the flag has come: it is counted at that hour.
    """
    size = thresholds.days * 24
    over = curve.held > curve.limit
    flagged = np.isin(curve.flag, _WORKED_ON)
    begins = flagged & ~np.concatenate([[False], flagged[:-1]])
    ended = over & ~np.concatenate([over[1:], [False]])
    recently = rolling.count(over, thresholds.hours + 1) > 0
    follows = begins & recently & ~over
    followed = rolling.count(follows, size)
    exceedances: Counts = np.maximum(rolling.count(ended, size), followed)
    elsewhere = rolling.count(begins, size) - followed
    hours = np.maximum(rolling.count(curve.good, size), 1)
    return followed, exceedances, (elsewhere + 1) * thresholds.hours / hours


def _chance(followed: int, exceedances: int, usual: float) -> float:
    """The probability that of so many exceedances so many or more are followed by chance."""
    if followed == 0:
        return 1.0
    share = min(usual, 1.0)
    return math.fsum(
        math.comb(exceedances, k) * share**k * (1 - share) ** (exceedances - k)
        for k in range(followed, exceedances + 1)
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "超标后校准", "en": "Calibrations that follow exceedances"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=limited,
    judge=judge,
    lookback=lambda t: t.days * 24 + t.hours + 1,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）",
    ground={
        "zh": "校准、维护标记总在超标后出现，远多于偶然：可能以标记掩盖超标",
        "en": "flags of calibration and maintenance come after exceedances far more often than "
        "by chance: "
        "they may be there to hide them",
    },
    reason=said(
        "{pollutant}近 {days} 天 {exceedances} 次超标中有 {value:.0f} 次随即出现校准、维护、故障标记",
        "{pollutant}: of {exceedances} exceedances in {days} days {value:.0f} were followed at "
        "once by flags of "
        "calibration, maintenance or fault",
    ),
)

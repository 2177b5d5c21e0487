"""Oxygen decoupling (氧含量异常): oxygen says dilution or standstill, the other channels say operation.

Ground: 18 situations of abnormal data (O2 says stopped but other parameters do not agree); oxygen above
what is usual lowers the measured concentration (稀释). Air that is added to the sample dilutes everything
in it by the same share: (20.9 − O2) falls as the concentrations do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools, Floats
from monitor.curves import OXYGEN, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import AMBIENT_OXYGEN, BACK, LOOKBACK, Operating, operating
from monitor.rules.tracing import air, back, said, trace

NAME = "oxygen-decoupling"


@dataclass(frozen=True)
class Thresholds:
    """When oxygen does not fit is a finding."""

    stopped: float = 19.0
    """Percent of oxygen from which it says that the plant stands still, …"""
    hours: int = 3
    """… for so many valid hours in a row, …"""
    jump: float = 3.0
    """… or so many percent above what is usual, …"""
    air: float = 0.25
    """… or as far above as this share of air in the gas makes it, where that is less (above 9 %), …"""
    habit: float = 0.9
    """… and above this share of such hours of two weeks below the first (percentile of history), …"""
    air_hours: int = 8
    """… for so many valid hours in a row (a shift), …"""
    load: float = 0.7
    """… while flow and warmth are at least this share of what is usual."""
    dilution: float = 0.25
    """Of a jump besides: so near the concentrations follow a dilution by air (as a share)."""
    clear_hours: int = 2
    """It is over when so many hours in a row fit again."""


_LONGEST = 48


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """One trace, of oxygen."""
    oxygen = curves[OXYGEN]
    if oxygen is None:
        return
    plant = operating(curves)
    working = _working(plant, thresholds.load)
    valid = oxygen.valid
    stopped = valid > thresholds.stopped
    above = valid - plant.usual_oxygen
    jump = np.fmin(thresholds.jump, thresholds.air * (AMBIENT_OXYGEN - plant.usual_oxygen))
    usually_less = plant.usual_oxygen <= thresholds.stopped - jump  # not where unknown
    at_work = np.where(stopped, np.nan, valid)
    most = rolling.baseline(curves.days, at_work, BACK, rolling.quantile(thresholds.habit, 48))
    thinned = (above > jump) & (valid > most) & _diluted(curves, plant, oxygen, thresholds)
    as_air = rolling.streak(stopped & usually_less & working).clip(max=_LONGEST)
    wrong = rolling.streak((stopped & usually_less | thinned) & working).clip(max=_LONGEST)
    fits = np.isfinite(valid) & (~working | ~stopped & ~(above > jump / 2))
    yield trace(
        OXYGEN,
        valid,
        np.where(stopped, thresholds.stopped, plant.usual_oxygen + jump),
        raised=(as_air >= thresholds.hours) | (wrong >= thresholds.air_hours),
        cleared=rolling.streak(fits) >= thresholds.clear_hours,
        since=back(wrong),
        detail={
            "usual": plant.usual_oxygen,
            "load": plant.load,
            "warmth": plant.warmth,
        },
    )


def _working(plant: Operating, least: float) -> Bools:
    """Whether all there is to tell by, the oxygen left out, says that the plant runs as usual."""
    told = np.isfinite(plant.load) | np.isfinite(plant.warmth)
    return told & ~(plant.load < least) & ~(plant.warmth < least)


def _diluted(curves: Curves, plant: Operating, oxygen: Curve, thresholds: Thresholds) -> Bools:
    """Whether half of the pollutants or more fell as air that is added makes them fall."""
    left = np.clip(AMBIENT_OXYGEN - oxygen.valid, 0.01, None)
    factor = left / np.clip(AMBIENT_OXYGEN - plant.usual_oxygen, 0.01, None)
    following, told = np.zeros(curves.hours), np.zeros(curves.hours)
    for curve in curves.pollutants.values():
        away = _away(curves, curve, factor)
        told += np.isfinite(away)
        following += np.abs(away) < thresholds.dilution
    return (told > 0) & (following * 2 >= told)


def _away(curves: Curves, curve: Curve, factor: Floats) -> Floats:
    """How far a concentration is from its usual level, diluted, as a share."""
    usual = rolling.baseline(curves.days, curve.valid, BACK, rolling.median(48))
    expected = usual * factor
    return rolling.over(curve.valid - expected, usual)


RULE = CurveRule(
    name=NAME,
    title={"zh": "氧含量与工况不符", "en": "Oxygen decoupling"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=air,
    judge=judge,
    lookback=lambda _t: LOOKBACK + _LONGEST,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（含氧量显示停产而其他参数不符）；HJ 75-2017",
    ground={
        "zh": "含氧量接近空气或明显升高，而烟气流量、温度显示正常运行：可能漏风、稀释样气或伪造停产",
        "en": "oxygen like that of air, or far above what is usual, while flow and temperature "
        "show operation: "
        "a leak, a diluted sample, or a standstill that is none",
    },
    reason=said(
        "含氧量自 {since} 起 {value:.1f}%，平时约 {usual:.1f}%，而流量、温度显示设施正常运行",
        "oxygen {value:.1f} % since {since}, {usual:.1f} % being usual, while flow and "
        "temperature show the "
        "plant in operation",
    ),
)

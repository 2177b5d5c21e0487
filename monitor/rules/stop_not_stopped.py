"""Declared stop but running (标停未停): flags or marks say out of use, gas and water say operation.

Ground: known pattern 标停未停; 标记规则 (announcement 2022 no. 21): a mark of standstill must be true; HJ
75-2017: in a flue that stands still oxygen is that of air, and nothing flows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Counts, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, Operating, operating
from monitor.rules.tracing import always, back, said, trace

NAME = "stop-not-stopped"


@dataclass(frozen=True)
class Thresholds:
    """When a declared stop is a finding."""

    hours: int = 3
    """So many hours in a row that are declared out of use and look like operation, …"""
    load: float = 0.5
    """… with at least this share of the usual flow, …"""
    warmth: float = 0.7
    """… at least this share of the usual temperature, …"""
    oxygen: float = 18.0
    """… and less than this percentage of oxygen: two of those that there are, none against."""
    clear_hours: int = 2
    """It is over when for so many hours in a row nothing is declared, or the plant looks still."""


_LONGEST = 96
_STOPPED = "F"
"""The flag of HJ 212 for what is out of use (停运)."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """One trace, of the outlet."""
    declared = curves.stopped | _flagged(curves)
    speaks_for, speaks_against, channels = _votes(operating(curves), thresholds)
    needed = np.minimum(2, np.maximum(channels, 1))
    runs = (speaks_for >= needed) & (speaks_against == 0)
    length = rolling.streak(declared & runs).clip(max=_LONGEST)
    over = (curves.came & ~declared) | (speaks_against > 0)
    yield trace(
        "",
        length,
        float(thresholds.hours),
        raised=length >= thresholds.hours,
        cleared=rolling.streak(over) >= thresholds.clear_hours,
        since=back(length),
        detail={"signs": speaks_for},
    )


def _flagged(curves: Curves) -> Bools:
    """Hours in which every pollutant that came was flagged as out of use."""
    came = np.zeros(curves.hours, dtype=np.bool_)
    other = np.zeros(curves.hours, dtype=np.bool_)
    for curve in curves.pollutants.values():
        came |= curve.came
        other |= curve.came & (curve.flag != _STOPPED)
    return came & ~other


def _votes(plant: Operating, thresholds: Thresholds) -> tuple[Counts, Counts, Counts]:
    """Of the channels there are: how many say operation, how many standstill, how many there are."""
    signs = (
        (plant.load, plant.load >= thresholds.load, plant.load < thresholds.load),
        (plant.warmth, plant.warmth >= thresholds.warmth, plant.warmth < thresholds.warmth),
        (plant.oxygen, plant.oxygen < thresholds.oxygen, plant.oxygen >= thresholds.oxygen),
    )
    known = sum(np.isfinite(values).astype(np.int64) for values, _, _ in signs)
    ups = sum(up.astype(np.int64) for _, up, _ in signs)
    downs = sum(down.astype(np.int64) for _, _, down in signs)
    return np.asarray(ups), np.asarray(downs), np.asarray(known)


RULE = CurveRule(
    name=NAME,
    title={"zh": "标停未停", "en": "Declared stop but running"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda _t: LOOKBACK + _LONGEST,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）；HJ 75-2017",
    ground={
        "zh": "标记为停运的时段数据不作为判定依据，流量、温度、含氧量却显示设施在运行",
        "en": "hours marked as out of use are not judged; flow, temperature and oxygen show that "
        "the plant "
        "ran in them",
    },
    reason=said(
        "{pollutant}自 {since} 起标记停运 {value:.0f} 小时，但流量、温度、含氧量显示设施在运行",
        "{pollutant}: declared out of use for {value:.0f} hours since {since}, but flow, temperature and "
        "oxygen show the plant in operation",
    ),
)

"""Marks that cover every exceedance too well (标记与超标高度吻合).

Ground: announcement 2022 no. 21: false marks are tampering. A condition that is real (a start, a fault)
lasts as long as it does; marks that begin and end with the exceedances are made for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import limited, said, trace

NAME = "marks-cover-exceedances"


@dataclass(frozen=True)
class Thresholds:
    """When marks fit too well."""

    days: int = 30
    """Among so many days …"""
    runs: int = 4
    """… so many separate exceedances or more were covered by a mark or flag, …"""
    covered: float = 0.9
    """… which are at least this share of the hours above the limit, …"""
    tight: float = 0.75
    """… and of the hours so covered that have a number at least this share is above the limit."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant with a limit for hours."""
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    for code, curve in curves.pollutants.items():
        if not np.isfinite(curve.limit).any() or not len(ends):
            continue
        size = thresholds.days * 24
        over, covered = _over(curve), _covered(curve)
        runs = over & covered & ~np.concatenate([[False], (over & covered)[:-1]])
        at = ends - 1
        number = rolling.count(runs, size)[at]
        above = rolling.count(over, size)[at]
        both = rolling.count(over & covered, size)[at]
        under_marks = rolling.count(covered, size)[at]
        fits = (both >= thresholds.covered * above) & (both >= thresholds.tight * under_marks)
        yield trace(
            code,
            number,
            float(thresholds.runs),
            raised=(number >= thresholds.runs) & fits,
            cleared=(number < thresholds.runs) | ~fits,
            since=np.maximum(ends - size, 0),
            detail={
                "above": above,
                "covered": both,
                "days": thresholds.days,
            },
        )


def _over(curve: Curve) -> Bools:
    """Hours whose number is above the limit, whatever their flag or mark."""
    return np.where(curve.by_converted, curve.converted, curve.value) > curve.limit


def _covered(curve: Curve) -> Bools:
    """Hours with a number that a mark or flag keeps from being judged."""
    return np.isfinite(curve.value) & ~curve.good


RULE = CurveRule(
    name=NAME,
    title={"zh": "标记与超标高度吻合", "en": "Marks that cover exceedances"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=limited,
    judge=judge,
    lookback=lambda t: t.days * 24 + 1,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）",
    ground={
        "zh": "标记恰好覆盖每一次超标、几乎不多不少：可能为规避判定而虚假标记",
        "en": "marks cover every exceedance and hardly anything else: they may be made to keep "
        "it from being "
        "judged",
    },
    reason=said(
        "{pollutant}近 {days} 天有 {value:.0f} 次超标被标记覆盖，超标 {above} 小时中 {covered} "
        "小时已标记，"
        "标记几乎只出现在超标时段",
        "{pollutant}: in {days} days {value:.0f} exceedances lie under marks, {covered} of "
        "{above} hours above "
        "the limit, and the marks are hardly anywhere else",
    ),
)

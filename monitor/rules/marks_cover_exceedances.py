"""Marks that cover every exceedance too well (标记与超标高度吻合).

Ground: announcement 2022 no. 21: false marks are tampering. A condition that is real (a start, a fault)
lasts as long as it does; marks that begin and end with the exceedances, and are no starts, are made for
them. Only furnaces have an allowance for their start (technical specifications of permits: boilers,
power, cement, sinter); work that begins again in the morning, or with the next batch, is no start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import OXYGEN, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import limited, said, trace

NAME = "marks-cover-exceedances"


@dataclass(frozen=True)
class Thresholds:
    """When marks fit too well."""

    days: int = 30
    """Among so many days …"""
    runs: int = 4
    """… so many marks or more lie upon exceedances, …"""
    tight: float = 0.75
    """… which is that at least this share of their hours with a number is above the limit, …"""
    of_marks: float = 0.5
    """… and these are at least this share of the marks (of standstill apart), …"""
    covered: float = 0.5
    """… and of all hours above the limit at least this share is under marks."""


_LONGEST = 72
"""Hours; what is marked for longer is a condition of its own."""
_START = 12
"""Hours after a standstill that are a start, of a furnace: of what has an oxygen channel."""
_AT_WORK = ("C", "M", "S", "D", "F")
"""Flags under which a number is not the outlet's emission (span gas, work on the device)."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace by days of every pollutant with a limit for hours."""
    for code, curve in curves.pollutants.items():
        if np.isfinite(curve.limit).any() and curves.days:
            yield _trace(curves, code, curve, thresholds)


def _trace(curves: Curves, code: str, curve: Curve, thresholds: Thresholds) -> Trace:
    size = thresholds.days * 24
    ends = np.array([last for _, last in curves.days], dtype=np.int64)
    emitted = np.isfinite(curve.value) & ~np.isin(curve.flag, _AT_WORK)
    over = emitted & (np.where(curve.by_converted, curve.converted, curve.value) > curve.limit)
    # a start may exceed, and be marked for just as long
    begun = rolling.count(operating(curves).standing, 1 if curves[OXYGEN] is None else _START) > 0
    ended, tight = _runs(
        curve.marked & ~curves.stopped, emitted & ~begun, over & ~begun, thresholds.tight
    )
    at = ends - 1
    number, marks = rolling.count(tight, size)[at], rolling.count(ended, size)[at]
    above = rolling.count(over, size)[at]
    covered = rolling.count(over & curve.marked, size)[at]
    fits = (number >= thresholds.of_marks * marks) & (covered >= thresholds.covered * above)
    return trace(
        code,
        number,
        float(thresholds.runs),
        raised=(number >= thresholds.runs) & fits,
        cleared=(number < thresholds.runs) | ~fits,
        since=np.maximum(ends - size, 0),
        detail={"above": above, "covered": covered, "marks": marks, "days": thresholds.days},
    )


def _runs(marked: Bools, emitted: Bools, over: Bools, least: float) -> tuple[Bools, Bools]:
    """Where a mark has ended in the slot before, and where that one lay upon an exceedance, (hours,)."""
    ended = np.zeros(len(marked), dtype=np.bool_)
    tight = np.zeros(len(marked), dtype=np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    for first, following in zip(edges[::2], edges[1::2], strict=True):
        if following == len(marked) or following - first > _LONGEST:
            continue
        ended[following] = True
        hours = int(emitted[first:following].sum())
        tight[following] = 0 < least * hours <= int(over[first:following].sum())
    return ended, tight


RULE = CurveRule(
    name=NAME,
    title={"zh": "标记与超标高度吻合", "en": "Marks that cover exceedances"},
    period=Period.DAY,
    reads=(Period.HOUR,),
    concerns=limited,
    judge=judge,
    lookback=lambda t: max(t.days * 24, LOOKBACK) + t.days * 24 + _LONGEST + _START,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）",
    ground={
        "zh": "标记恰好覆盖每一次超标、几乎不多不少：可能为规避判定而虚假标记",
        "en": "marks cover every exceedance and hardly anything else: they may be made to keep "
        "it from being "
        "judged",
    },
    reason=said(
        "{pollutant}近 {days} 天 {marks} 段标记中有 {value:.0f} 段恰好落在超标上，"
        "超标 {above} 小时中 {covered} 小时已标记",
        "{pollutant}: of {marks} marks in {days} days {value:.0f} lie just upon exceedances, and "
        "{covered} "
        "of {above} hours above the limit are marked",
    ),
)

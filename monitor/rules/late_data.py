"""Late data (迟报): hours that came after their time.

Ground: transmission rate as it came in time, and with what was sent after (补传); 18 situations: a gap of
more than 168 hours that was not sent. The device's own minutes may differ from what is sent later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor import rolling
from monitor.averages import Bools
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, hours_back, said, trace

NAME = "late-data"


@dataclass(frozen=True)
class Thresholds:
    """When lateness is a finding."""

    hours: int = 3
    """So many late hours (of a day less than 90 % is in time then, which transmission is held to) …"""
    within: int = 24
    """… among so many, of which none is counted that any channel came in time for."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """One trace, of the outlet."""
    late = curves.came.copy()
    for curve in curves.channels.values():
        late &= ~curve.came | curve.late
    number = rolling.count(late, thresholds.within)
    in_time: Bools = curves.came & ~late
    yield trace(
        "",
        number,
        float(thresholds.hours),
        raised=(number >= thresholds.hours) & late,
        cleared=in_time & (number < thresholds.hours),
        since=hours_back(curves.hours, thresholds.within),
        detail={"within": thresholds.within},
    )


RULE = CurveRule(
    name=NAME,
    title={"zh": "数据迟报", "en": "Late data"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda t: t.within,
    thresholds=Thresholds(),
    clause="自动监控数据传输率（补传）",
    ground={
        "zh": "补传的数据不能用于及时发现问题，频繁迟报应检查设备与网络",
        "en": "what is sent after its time cannot warn anybody: device and line should be looked at",
    },
    reason=said(
        "{pollutant}在 {within} 小时内有 {value:.0f} 个小时的数据迟报（阈值 {bound:.0f}）",
        "{pollutant}: {value:.0f} of {within} hours came late (threshold {bound:.0f})",
    ),
)

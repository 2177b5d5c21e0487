"""Over range (超量程): a valid value at or above the top of the analyser's range.

Ground: 18 situations of abnormal data (over instrument range); HJ 212 has the flag T for it. A value at
the end of the range says only that the truth is not below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor import rolling
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, back, said, trace

NAME = "over-range"


@dataclass(frozen=True)
class Thresholds:
    """When values at the end of a range are a finding."""

    hours: int = 1
    """So many valid hours in a row."""
    clear_hours: int = 2
    """It is over when so many hours in a row are below."""


_LONGEST = 96


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every channel with a range in the register."""
    for code, curve in sorted(curves.channels.items()):
        if curve.range_high is None:
            continue
        length = rolling.streak(curve.valid >= curve.range_high).clip(max=_LONGEST)
        yield trace(
            code,
            curve.valid,
            curve.range_high,
            raised=length >= thresholds.hours,
            cleared=rolling.streak(curve.valid < curve.range_high) >= thresholds.clear_hours,
            since=back(length),
        )


RULE = CurveRule(
    name=NAME,
    title={"zh": "超量程", "en": "Over range"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda _t: _LONGEST,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（超量程）；HJ 212-2017 表8",
    ground={
        "zh": "达到量程上限的数值说明不了实际浓度，且未标记超量程",
        "en": "a value at the top of the range says nothing of the real concentration, and was "
        "not flagged",
    },
    reason=said(
        "{pollutant}自 {since} 起达到量程上限：{value:g}{unit}，量程 {bound:g}{unit}，未标记超量程",
        "{pollutant}: at the top of its range since {since}: {value:g}{unit} of {bound:g}{unit}, "
        "not flagged",
    ),
)

"""Negative value (负值): a concentration, velocity or oxygen below zero by more than an analyser drifts.

Ground: 18 situations of abnormal data (negative in emission, concentration, velocity, oxygen). A little
below zero is zero drift: HJ 75-2017 allows 2.5 % of the range between calibrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor import rolling
from monitor.curves import FLOW, OXYGEN, VELOCITY, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import always, back, said, trace

NAME = "negative-value"


@dataclass(frozen=True)
class Thresholds:
    """When negative numbers are a finding."""

    hours: int = 2
    """So many valid hours in a row."""
    drift: float = 0.025
    """Share of the range that counts as drift; where no range is known any negative number counts."""
    clear_hours: int = 1
    """It is over when so many hours in a row are not negative."""


_LONGEST = 96


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant, of flow, velocity and oxygen."""
    for code in (*curves.pollutants, FLOW, VELOCITY, OXYGEN):
        curve = curves[code]
        if curve is None:
            continue
        bound = -_drift(curve, thresholds.drift)
        length = rolling.streak(curve.valid < bound).clip(max=_LONGEST)
        yield trace(
            code,
            curve.valid,
            bound,
            raised=length >= thresholds.hours,
            cleared=rolling.streak(curve.valid >= bound) >= thresholds.clear_hours,
            since=back(length),
        )


def _drift(curve: Curve, share: float) -> float:
    if curve.range_high is None:
        return 0.0
    return share * (curve.range_high - (curve.range_low or 0.0))


RULE = CurveRule(
    name=NAME,
    title={"zh": "负值", "en": "Negative value"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=always,
    judge=judge,
    lookback=lambda _t: _LONGEST,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（负值）；HJ 75-2017 零点漂移",
    ground={
        "zh": "浓度、流速、含氧量不可能为负；超出允许零点漂移的负值说明校准或参数有误",
        "en": "nothing is emitted less than not at all: what is below zero by more than the "
        "drift that is "
        "allowed comes of a wrong calibration or wrong parameters",
    },
    reason=said(
        "{pollutant}自 {since} 起为负值（{value:g}{unit}），超出允许的零点漂移 {bound:g}{unit}",
        "{pollutant}: negative since {since} ({value:g}{unit}), beyond the drift that is allowed, "
        "{bound:g}{unit}",
    ),
)

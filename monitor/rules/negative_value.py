"""Negative value (负值): a concentration, velocity or oxygen below zero by more than an analyser drifts.

Ground: 18 situations of abnormal data (negative in emission, concentration, velocity, oxygen). What an
analyser cannot tell from zero says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.averages import Floats
from monitor.curves import FLOW, OXYGEN, VELOCITY, Curve, Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.operating import LOOKBACK, operating
from monitor.rules.tracing import always, back, either, said, trace

NAME = "negative-value"


@dataclass(frozen=True)
class Thresholds:
    """When negative numbers are a finding."""

    hours: int = 2
    """So many valid hours in a row, below zero by more than can be told from it, …"""
    far: float = 2.0
    """… or one hour of a plant that runs, below by so many times as much, as blanks never are (a whole
    detection limit, HJ 168-2020; an hour's mean stands for 45 valid minutes, HJ 212-2017), …"""
    any_hours: int = 4
    """… or so many below zero by anything at all: a plant that runs emits something."""
    drift: float = 0.005
    """Share of the range that cannot be told from zero, where no detection limit is known."""
    clear_hours: int = 1
    """It is over when so many hours in a row are not negative."""


_LONGEST = 96


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant, of flow, velocity and oxygen."""
    standing = operating(curves).standing
    for code in (*curves.pollutants, FLOW, VELOCITY, OXYGEN):
        curve = curves[code]
        if curve is None:
            continue
        bound = 0.0 - _tellable(curve, thresholds.drift)
        running = np.where(standing, np.nan, curve.valid)
        scale = -bound or 1.0
        clear = thresholds.clear_hours
        far = thresholds.far * bound or -np.inf  # where nothing is known an hour says nothing
        yield either(
            (
                _trace(code, curve.valid, bound, thresholds.hours, clear, scale),
                _trace(code, running, far, 1, clear, scale),
                _trace(code, running, 0.0, thresholds.any_hours, clear, scale),
            )
        )


def _trace(code: str, valid: Floats, bound: float, hours: int, clear: int, scale: float) -> Trace:
    length = rolling.streak(valid < bound).clip(max=_LONGEST)
    return trace(
        code,
        valid,
        bound,
        raised=length >= hours,
        cleared=rolling.streak(valid >= 0) >= clear,
        since=back(length),
        scale=scale,
    )


def _tellable(curve: Curve, share: float) -> float:
    """What an analyser can tell from zero: half the detection limit, which stands for what is not
    detected (HJ 630).
    """
    if curve.detection_limit is not None:
        return curve.detection_limit / 2
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
    lookback=lambda _t: LOOKBACK + _LONGEST,
    thresholds=Thresholds(),
    clause="自动监控数据异常情形（负值）",
    ground={
        "zh": "浓度、流速、含氧量不可能为负；低于零且超出仪器分辨能力，或运行中持续为负，"
        "说明校准或参数有误",
        "en": "nothing is emitted less than not at all: what is below zero by more than an analyser can "
        "tell from it, or for hours while the plant runs, comes of a wrong calibration or wrong "
        "parameters",
    },
    reason=said(
        "{pollutant}自 {since} 起为负值（{value:g}{unit}），低于 {bound:g}{unit}",
        "{pollutant}: negative since {since} ({value:g}{unit}), below {bound:g}{unit}",
    ),
)

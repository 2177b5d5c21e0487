"""Rewritten value (事后改数): an hour that was over its limit as it was sent first, and is no more.

Ground: announcement 2022 no. 21: what is wrong is marked, not sent anew; 生态环境监测条例 (2026-01-01),
the penalty by the law of the day (`monitor/legal.py`). A correction that moves nothing over a limit is no
finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor import rolling
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import CurveRule, Trace
from monitor.rules.tracing import limited, said, trace

NAME = "rewritten-value"


@dataclass(frozen=True)
class Thresholds:
    """When a rewritten hour is a finding."""

    fall: float = 0.05
    """By this share of what was sent first at least the value fell, to within the limit."""
    clear_hours: int = 24
    """It is over when so many hours in a row were not rewritten so."""


def judge(curves: Curves, thresholds: Thresholds) -> Iterator[Trace]:
    """A trace of every pollutant with a limit for hours."""
    for code, curve in curves.pollutants.items():
        if not np.isfinite(curve.limit).any():
            continue
        first = np.where(curve.by_converted, curve.first_converted, curve.first)
        now = np.where(curve.by_converted, curve.converted, curve.value)
        fell = (first - now) >= thresholds.fall * np.abs(first)
        rewritten = (first > curve.limit) & (now <= curve.limit) & fell
        yield trace(
            code,
            now,
            first,
            raised=rewritten,
            cleared=rolling.streak(curve.came & ~rewritten) >= thresholds.clear_hours,
            detail={
                "limit": curve.limit,
                "first": first,
            },
        )


RULE = CurveRule(
    name=NAME,
    title={"zh": "事后改数", "en": "Rewritten value"},
    period=Period.HOUR,
    reads=(Period.HOUR,),
    concerns=limited,
    judge=judge,
    lookback=lambda t: t.clear_hours,
    thresholds=Thresholds(),
    clause="自动监测数据标记规则（公告2022年第21号）；生态环境监测条例",
    ground={
        "zh": "首次上报超过限值，事后重新上报为不超过：数据可能被修改（两次原始报文均保留）",
        "en": "sent first as above the limit and sent anew as within it: data may have been changed; the "
        "frames of both are kept",
    },
    reason=said(
        "{pollutant} {since} 首次上报 {first:.4g}{unit}（限值 {limit:g}{unit}），后改报为 "
        "{value:.4g}{unit}",
        "{pollutant}: the hour {since} was sent first as {first:.4g}{unit} (limit "
        "{limit:g}{unit}), and then "
        "as {value:.4g}{unit}",
    ),
)

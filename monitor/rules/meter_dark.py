"""Meter dark (用电数据中断): a meter that was heard before has said nothing for over an hour.

Ground: 用电监管 (离线). A reminder: power cuts, networks and gateways fail more often than anybody
tampers, and what a dark meter hides is told by no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.clock import from_ms
from monitor.curves import Counts
from monitor.power import HOUR_MS, Line, Order
from monitor.rules.power_base import PowerRule, PowerTrace
from monitor.rules.tracing import said

NAME = "meter-dark"


@dataclass(frozen=True)
class Thresholds:
    """When a meter is dark."""

    minutes: int = 60
    """Silence is longer than this: every reading in an hour's report may be some minutes late."""


def judge(line: Line, _orders: Sequence[Order], thresholds: Thresholds) -> Iterator[PowerTrace]:
    """A trace a meter: how long it has been silent at the end of each hour, in minutes."""
    ends = line.start_ms + HOUR_MS * np.arange(1, line.hours + 1, dtype=np.int64)
    for meter, heard_ms in sorted(line.heard.items()):
        heard = heard_ms >= 0
        silent = np.where(heard, (ends - heard_ms) / 60_000, np.nan)
        raised = silent > thresholds.minutes
        last = np.maximum((heard_ms - line.start_ms) // HOUR_MS, 0)
        yield PowerTrace(
            device=meter,
            pollutant="",
            raised=raised,
            cleared=heard & ~raised,
            value=silent,
            bound=float(thresholds.minutes),
            ratio=np.where(raised, silent / thresholds.minutes - 1, 0.0),
            since=np.where(raised, last, np.arange(line.hours, dtype=np.int64)),
            detail={"heard": _times(heard_ms, line)},
        )


def _times(heard_ms: Counts, line: Line) -> NDArray[np.str_]:
    """When the meter was heard last, as civil time."""
    zone = line.zone
    return np.array([f"{from_ms(int(at)).astimezone(zone):%Y-%m-%d %H:%M}" for at in heard_ms])


RULE = PowerRule(
    name=NAME,
    title={"zh": "用电数据中断", "en": "Meter dark"},
    facility=None,
    judge=judge,
    lookback=lambda _t: 24 * 7,
    thresholds=Thresholds(),
    clause="用电监管（离线）",
    ground={
        "zh": "电表离线，生产与治理是否同步运行无从得知",
        "en": "the meter is offline: whether treatment runs with production cannot be told",
    },
    reason=said(
        "电表最后一次上报为 {heard}，至该小时末已 {value:.0f} 分钟无数据（允许 {bound:.0f} 分钟）",
        "the meter was heard last at {heard}, {value:.0f} minutes before the hour's end ({bound:.0f} are "
        "tolerated)",
    ),
)

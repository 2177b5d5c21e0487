"""Breach of an emergency order (应急减排未落实): production during a stop, or above what a limit allows.

Ground: 重污染天气应急减排措施 (停产、限产), by the order that is in force. Only quarters (of a stop) and
hours (of a limit) that lie wholly within an order count: a plant may run down up to the minute. 5 % of
what is installed is lighting, heating and pumps (the trade's habit).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.averages import Bools, Floats
from monitor.power import PRODUCTION, QUARTER_MS, Counts, Line, Order, OrderKind, covered
from monitor.rules.base import Verdict
from monitor.rules.power_base import PowerRule, PowerTrace, spoken_of
from monitor.rules.tracing import said

NAME = "stop-order-breach"


@dataclass(frozen=True)
class Thresholds:
    """When an order is found to be breached."""

    idle_share: float = 0.05
    """Of what is installed: what a plant that is stopped may draw."""
    tolerance: float = 0.05
    """A limit is exceeded by more than this share of it: meters and clocks are not exact."""
    baseline_days: int = 14
    """The usual load is that of so many days before the order, where it does not say it itself, …"""
    baseline_hours: int = 48
    """… of so many hours in operation at least; else it is what is installed."""


def usual_load(before: Line, thresholds: Thresholds) -> float | None:
    """The mean power (kW) of the hours in operation; of the days before an order, for its baseline.

    None where too little is known to hold it against anybody.
    """
    if not before.production_rated:
        return None
    hourly = before.production.mean(axis=1)
    running = hourly[hourly > thresholds.idle_share * before.production_rated]
    return float(running.mean()) if len(running) >= thresholds.baseline_hours else None


def judge(line: Line, orders: Sequence[Order], thresholds: Thresholds) -> Iterator[PowerTrace]:
    """A trace for stops (kW of quarters) and one for limits (kW of hours), of the production's meter."""
    meter, rated = spoken_of(line.meters, PRODUCTION), line.production_rated
    own = [order for order in orders if order.concerns(line.name)]
    if meter is None or rated is None or not own:
        return
    idle = thresholds.idle_share * rated
    which = covered(own, line.starts.ravel(), QUARTER_MS).reshape(line.starts.shape)
    stops = np.isin(which, [n for n, order in enumerate(own) if order.kind is OrderKind.STOP])
    above: Bools = stops & (line.production > idle)
    most = np.where(above, line.production, -np.inf).max(axis=1)
    first = which[np.arange(line.hours), np.argmax(above, axis=1)]
    yield _trace(line, own, meter, "P", _any(above), most, np.full(line.hours, idle), first)

    whole = np.where((which == which[:, :1]).all(axis=1), which[:, 0], -1)
    bound = np.full(line.hours, np.nan)
    for number, order in enumerate(own):
        if order.kind is OrderKind.LIMIT:
            allowed = (order.allowed_share or 0.0) * (order.baseline_kw or rated)
            # what a plant that stands draws is held against no limit
            bound[whole == number] = max(allowed * (1 + thresholds.tolerance), idle)
    mean = line.production.mean(axis=1)
    yield _trace(line, own, meter, "EPI", np.asarray(mean > bound), mean, bound, whole)


def _any(quarters: Bools) -> Bools:
    return np.asarray(quarters.any(axis=1), dtype=np.bool_)


def _trace(
    line: Line,
    orders: Sequence[Order],
    meter: str,
    quantity: str,
    raised: Bools,
    value: Floats,
    bound: Floats,
    which: Counts,
) -> PowerTrace:
    """`which`: the order of each hour that is found."""
    known = np.asarray(np.isfinite(line.production).all(axis=1), dtype=np.bool_)
    return PowerTrace(
        device=meter,
        pollutant=quantity,
        raised=raised,
        cleared=known & ~raised,
        value=np.where(raised, value, np.nan),
        bound=bound,
        ratio=np.where(raised, (value - bound) / np.maximum(bound, 1e-9), 0.0),
        since=np.arange(line.hours, dtype=np.int64),
        detail={
            "order": np.array([order.id for order in orders])[which],
            "share": np.array([order.allowed_share or 0.0 for order in orders])[which],
            "document": np.array([order.document or "—" for order in orders])[which],
            "stop": np.array([order.kind is OrderKind.STOP for order in orders])[which],
        },
    )


_STOP = said(
    "停产指令（{document}）有效期间生产设施负荷达 {value:.1f} kW（停产时不应超过 {bound:.1f} kW）",
    "while a stop was ordered ({document}) production drew {value:.1f} kW (a plant that stands, "
    "{bound:.1f} kW at most)",
)
_LIMIT = said(
    "限产指令（{document}，允许 {share:.0%}）有效期间生产设施小时平均负荷 {value:.1f} kW，"
    "超过允许的 {bound:.1f} kW",
    "while a limit was ordered ({document}, {share:.0%} allowed) production drew {value:.1f} kW in "
    "the hour's mean, above {bound:.1f} kW",
)


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """What was drawn, under which order."""
    spoken = _STOP if (verdict.detail or {}).get("stop") else _LIMIT
    return spoken(verdict, language, pollutant, unit)


RULE = PowerRule(
    name=NAME,
    title={"zh": "违反停产限产要求", "en": "Emergency order breached"},
    facility=PRODUCTION,
    judge=judge,
    lookback=lambda _t: 0,
    thresholds=Thresholds(),
    clause="重污染天气应急减排措施（停产、限产指令）",
    ground={
        "zh": "停产、限产指令有效期间仍在生产或超过允许负荷",
        "en": "it produces during an ordered stop, or more than an ordered limit allows",
    },
    reason=reason,
)

"""Average mismatch (均值不符): a device's own hour value against the one computed from its minutes.

Ground: HJ 212-2017 annex D, which says how an hour is computed (eq. 24: at least 45 valid minutes);
HJ 75-2017: analyser, logger and platform may differ by 1 % at most. The device's value is judged as it is
reported; that it disagrees with its own minutes is a finding of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from monitor.averages import VALID_FLAGS, VALIDITY
from monitor.observation import Observation, Period
from monitor.register import Limit, Medium, Outlet
from monitor.rules.base import Verdict, Window, WindowRule

NAME = "average-mismatch"
CLAUSE = "HJ 212-2017 附录D；HJ 75-2017"

TOLERANCE = 0.01
"""Of the computed value (HJ 75: 1 %) …"""
ROUNDING = 0.05
"""… and so much besides in the unit of the value, since both were rounded to few digits."""

_FLOW = "w00000"


def judge(window: Window) -> Iterator[Verdict]:
    """One verdict for every pollutant that has a valid hour value and enough valid minutes."""
    if not window.ended:
        return
    minutes: dict[str, dict[datetime, float]] = {}
    for each in window.data[Period.MINUTE]:
        if each.flag in VALID_FLAGS and each.value is not None:
            minutes.setdefault(each.pollutant, {})[each.start] = each.value
    slots = _slots(window.data[Period.MINUTE])
    flow = minutes.get(_FLOW, {}) if window.outlet.medium is Medium.WATER else {}
    least = VALIDITY[window.outlet.medium].minutes
    for hour in window.data[Period.HOUR]:
        values = minutes.get(hour.pollutant, {})
        enough = len(values) * 60 >= least * slots and len(values) > 0
        if hour.flag not in VALID_FLAGS or hour.value is None or not enough:
            continue
        means = _means(values, {} if hour.pollutant == _FLOW else flow)
        distance, computed = min((abs(hour.value - mean), mean) for mean in means)
        agrees = distance <= TOLERANCE * abs(computed) + ROUNDING
        yield Verdict(
            rule=NAME,
            mn=window.outlet.mn,
            pollutant=hour.pollutant,
            period=Period.HOUR,
            start_ms=window.start_ms,
            end_ms=window.end_ms,
            value=hour.value,
            bound=None if agrees else computed,
            exceed_ratio=0.0 if agrees else distance / max(abs(computed), ROUNDING),
            clause=CLAUSE,
            detail={"minutes": len(values)},
        )


def _means(values: Mapping[datetime, float], flow: Mapping[datetime, float]) -> list[float]:
    """The arithmetic mean, and with every minute's flow the weighted one: annex D allows either."""
    means = [math.fsum(values.values()) / len(values)]
    volume = math.fsum(flow.get(at, 0.0) for at in values)
    if volume > 0 and flow.keys() >= values.keys():
        means.append(math.fsum(value * flow[at] for at, value in values.items()) / volume)
    return means


def _slots(minutes: Sequence[Observation]) -> float:
    """How many reports an hour of them has, by the length of the shortest."""
    lengths = [(each.end - each.start).total_seconds() for each in minutes]
    return 3600 / max(60.0, min(lengths, default=60.0))


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """What the device said, and what its minutes say."""
    assert verdict.bound is not None, "only a disagreement has a reason"
    unit = f" {unit}" if unit else ""
    if language == "zh":
        return (
            f"{pollutant}小时均值上报 {verdict.value:g}{unit}，"
            f"由其分钟数据计算为 {verdict.bound:g}{unit}，"
            f"相差 {verdict.exceed_ratio:.1%}；依据：{verdict.clause}"
        )
    return (
        f"{pollutant}: the hour was reported as {verdict.value:g}{unit}, its minutes make "
        f"{verdict.bound:g}{unit}, {verdict.exceed_ratio:.1%} apart; {verdict.clause}"
    )


def _concerns(_outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    return True


RULE = WindowRule(
    name=NAME,
    period=Period.HOUR,
    reads=(Period.MINUTE, Period.HOUR),
    concerns=_concerns,
    judge=judge,
    clause=CLAUSE,
    reason=reason,
    data_alone=True,
)

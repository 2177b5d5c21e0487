"""Average mismatch (均值不符): a device's own hour or day value against the one computed from its minutes
or hours.

Ground: HJ 212-2017 annex D, which says how they are computed (eq. 24: at least 45 valid minutes);
HJ 75-2017: analyser, logger and platform may differ by 1 % at most. The device's value is judged as it is
reported; that it disagrees with its own minutes is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.averages import AIR, VALID_FLAGS
from monitor.computed import compute
from monitor.observation import Period
from monitor.register import Limit, Outlet
from monitor.rules.base import Verdict, Window, WindowRule

NAME = "average-mismatch"
CLAUSE = "HJ 212-2017 附录D；HJ 75-2017"

TOLERANCE = 0.01
"""Of the computed value (HJ 75: 1 %) …"""
ROUNDING = 0.05
"""… and so much besides in the unit of the value, since both were rounded to few digits."""


_OF = {Period.HOUR: Period.MINUTE, Period.DAY: Period.HOUR}
"""What a mean is made of."""


def judge(window: Window) -> Iterator[Verdict]:
    """One verdict for every pollutant that has a valid value and enough of what it is made of."""
    if not window.ended:
        return
    span = (window.start_ms, window.end_ms)
    made = compute(window.outlet, window.period, [span], window.data[_OF[window.period]])
    by_pollutant = {each.pollutant: each for each in made}
    for reported in window.data[window.period]:
        computed = by_pollutant.get(reported.pollutant)
        if reported.flag not in VALID_FLAGS or reported.value is None or computed is None:
            continue
        if window.period is Period.DAY and computed.count < AIR.hours:
            continue  # of water too: what is left of a day speaks for none of it
        means = {computed.value, computed.arithmetic} - {None}
        if means:
            yield _verdict(window, reported.pollutant, reported.value, means, computed.count)


def _verdict(
    window: Window, pollutant: str, value: float, means: set[float | None], count: int
) -> Verdict:
    """Held against the nearer mean: annex D allows water either, the arithmetic and the weighted."""
    distance, computed = min((abs(value - mean), mean) for mean in means if mean is not None)
    agrees = distance <= TOLERANCE * abs(computed) + ROUNDING
    return Verdict(
        rule=NAME,
        mn=window.outlet.mn,
        pollutant=pollutant,
        period=window.period,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        value=value,
        bound=None if agrees else computed,
        exceed_ratio=0.0 if agrees else distance / max(abs(computed), ROUNDING),
        clause=CLAUSE,
        detail={"count": count, "of": _OF[window.period].value},
    )


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """What the device said, and what its minutes say."""
    assert verdict.bound is not None, "only a disagreement has a reason"
    unit = f" {unit}" if unit else ""
    hour = verdict.period is Period.HOUR
    if language == "zh":
        return (
            f"{pollutant}{'小时' if hour else '日'}均值上报 {verdict.value:g}{unit}，"
            f"由其{'分钟' if hour else '小时'}数据计算为 {verdict.bound:g}{unit}，"
            f"相差 {verdict.exceed_ratio:.1%}；依据：{verdict.clause}"
        )
    return (
        f"{pollutant}: the {verdict.period} was reported as {verdict.value:g}{unit}, its "
        f"{'minutes' if hour else 'hours'} make "
        f"{verdict.bound:g}{unit}, {verdict.exceed_ratio:.1%} apart; {verdict.clause}"
    )


def _concerns(_outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    return True


RULE = WindowRule(
    name=NAME,
    title={"zh": "均值不符", "en": "Average mismatch"},
    period=Period.HOUR,
    reads=(Period.MINUTE, Period.HOUR),
    needs=Period.MINUTE,
    concerns=_concerns,
    judge=judge,
    clause=CLAUSE,
    reason=reason,
    data_alone=True,
)

RULE_OF_DAYS = replace(
    RULE,
    period=Period.DAY,
    reads=(Period.HOUR, Period.DAY),
    needs=None,
    due="average-mismatch-day",
    trigger=frozenset({Period.DAY}),
)
"""The same of the day's value against its hours: due when the day's value has come."""

"""Ultra-low share (超低排放达标比例): too few of a month's hours within a commitment.

Ground: 环大气〔2019〕35号 and the commitments like it: at least 95 % of a month's hour means within the
limit. It is policy, tax and grading, and by itself no exceedance: `share` of a limit in the register says
how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.averages import VALID_FLAGS
from monitor.clock import to_ms
from monitor.observation import Observation, Period
from monitor.register import Basis, Limit, Outlet
from monitor.rules.base import Verdict, Window, WindowRule

NAME = "ultra-low-share"


def judge(window: Window) -> Iterator[Verdict]:
    """One verdict for each commitment of which the month, now over, had a valid hour."""
    if not window.ended:
        return
    for limit in window.limits:
        if limit.share == 1 or limit.period is not Period.HOUR:
            continue
        values = [
            v for each in window.data[Period.HOUR] if (v := _value(window, limit, each)) is not None
        ]
        if not values:
            continue
        within = sum(_complies(limit, value) for value in values)
        share = within / len(values)
        short = share < limit.share
        yield Verdict(
            rule=NAME,
            mn=window.outlet.mn,
            pollutant=limit.pollutant,
            period=Period.MONTH,
            start_ms=window.start_ms,
            end_ms=window.end_ms,
            value=share,
            bound=limit.share if short else None,
            exceed_ratio=(limit.share - share) / limit.share if short else 0.0,
            clause=limit.clause,
            limit=limit,
            detail={"hours": len(values), "within": within},
        )


def _value(window: Window, limit: Limit, each: Observation) -> float | None:
    """What of an hour is held against the commitment; None where it is invalid or exempted."""
    if each.pollutant != limit.pollutant or each.flag not in VALID_FLAGS:
        return None
    start, end = to_ms(each.start), to_ms(each.end)
    if window.exemptions.ground(Period.HOUR, start, end, limit.pollutant):
        return None
    return each.value if limit.basis is Basis.MEASURED else each.converted


def _complies(limit: Limit, value: float) -> bool:
    over = limit.limit is not None and value > limit.limit
    under = limit.lower is not None and value < limit.lower
    return not over and not under


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """How many of how many hours, against how many there should be."""
    limit, detail = verdict.limit, verdict.detail or {}
    assert limit is not None, "a commitment is a limit"
    unit = f" {unit}" if unit else ""
    bound = limit.limit if limit.limit is not None else limit.lower
    if language == "zh":
        return (
            f"{pollutant}本月 {detail.get('hours')} 个有效小时均值中 {detail.get('within')} 个"
            f"不超过 {bound:g}{unit}，"
            f"达标比例 {verdict.value:.2%}，低于承诺的 {limit.share:.0%}；依据：{verdict.clause}"
        )
    return (
        f"{pollutant}: {detail.get('within')} of the month's {detail.get('hours')} valid hours were "
        f"within {bound:g}{unit}, {verdict.value:.2%} against {limit.share:.0%} committed to; "
        f"{verdict.clause}"
    )


def _concerns(_outlet: Outlet, limits: Sequence[Limit]) -> bool:
    return any(limit.share < 1 and limit.period is Period.HOUR for limit in limits)


RULE = WindowRule(
    name=NAME,
    title={"zh": "超低排放达标比例", "en": "Ultra-low share"},
    period=Period.MONTH,
    reads=(Period.HOUR,),
    concerns=_concerns,
    judge=judge,
    clause="环大气〔2019〕35号",
    reason=reason,
)

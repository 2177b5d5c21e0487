"""Furnace temperature (炉膛温度): more than five 5-minute means below 850 °C in a civil day.

Ground: 生活垃圾焚烧发电厂自动监测数据应用管理规定 (order 10) art. 11; not for what is marked 炉温异常
(with measures taken) or 停运. While 烘炉 or 停炉降温 no waste burns (标记规则 2019 no. 50), so they do
not count either, nor does what a device mark makes invalid. The 5-minute mean is
HJ 212-2025 CN=2111, a01901.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.averages import VALID_FLAGS
from monitor.clock import to_ms
from monitor.marks import INCINERATOR, MarkClass, kind_of
from monitor.observation import Observation, Period
from monitor.register import Limit, Outlet
from monitor.rules.base import Verdict, Window, WindowRule

NAME = "furnace-temperature"
CLAUSE = "生态环境部令第10号 第十一条"
POLLUTANT = "a01901"
LEAST = 850.0
"""Degrees Celsius."""
TIMES = 5
"""So many 5-minute means below it are tolerated in a day."""

_FIVE_MINUTES = 300.0


def judge(window: Window) -> Iterator[Verdict]:
    """The day's verdict: as soon as it is found; that it complied only when it is over."""
    means = [each for each in window.data[Period.MINUTE] if _counts(window, each)]
    cold = [each.value for each in means if each.value is not None and each.value < LEAST]
    found = len(cold) > TIMES
    if not found and not (window.ended and means):
        return
    yield Verdict(
        rule=NAME,
        mn=window.outlet.mn,
        pollutant=POLLUTANT,
        period=Period.DAY,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        value=float(len(cold)),
        bound=float(TIMES) if found else None,
        exceed_ratio=(len(cold) - TIMES) / TIMES if found else 0.0,
        clause=CLAUSE,
        detail={"lowest": min(cold)} if cold else None,
    )


def _counts(window: Window, each: Observation) -> bool:
    """Whether a report is a valid 5-minute mean of a furnace that burns."""
    if each.pollutant != POLLUTANT or each.value is None or each.flag not in VALID_FLAGS:
        return False
    if (each.end - each.start).total_seconds() != _FIVE_MINUTES:
        return False
    spans = window.exemptions.over(to_ms(each.start), to_ms(each.end), POLLUTANT)
    return not any(span.cold_furnace or span.ground.kind is MarkClass.DEVICE for span in spans)


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """How often, and how cold at the worst."""
    del pollutant, unit
    lowest = (verdict.detail or {}).get("lowest", LEAST)
    if language == "zh":
        return (
            f"炉膛焚烧温度5分钟均值一日内低于850℃共 {verdict.value:.0f} 次（允许 {TIMES} 次），"
            f"最低 {lowest:g} ℃；依据：{verdict.clause}"
        )
    return (
        f"{verdict.value:.0f} five-minute means of the furnace below 850 °C in a day ({TIMES} are "
        f"tolerated), the lowest {lowest:g} °C; {verdict.clause}"
    )


def _concerns(outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    return kind_of(outlet.kind) == INCINERATOR


RULE = WindowRule(
    name=NAME,
    title={"zh": "炉温不足", "en": "Furnace temperature"},
    period=Period.DAY,
    reads=(Period.MINUTE,),
    needs=Period.MINUTE,
    concerns=_concerns,
    judge=judge,
    clause=CLAUSE,
    reason=reason,
    trigger=frozenset({Period.MINUTE}),
)

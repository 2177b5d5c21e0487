"""Maintenance hours (CEMS维护时长): more of a quarter under the mark CEMS维护 than is tolerated.

Ground: 生活垃圾焚烧发电厂自动监测数据应用管理规定 (order 10) art. 12: up to 30 hours a furnace and
quarter; more means that the device is not kept in normal operation. Data under the mark is invalid all
the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from monitor.clock import civil_date, day_start, from_ms, to_ms
from monitor.marks import INCINERATOR, MarkClass, kind_of
from monitor.observation import Period
from monitor.register import Limit, Outlet
from monitor.rules.base import Verdict, Window, WindowRule

NAME = "maintenance-hours"
CLAUSE = "生态环境部令第10号 第十二条"
ITEMS = ("CEMS维护", "CEMS maintenance")
TOLERATED = 30.0
"""Hours of a quarter."""

_HOUR_MS = 3_600_000


def judge(window: Window) -> Iterator[Verdict]:
    """A month's verdict on its quarter so far: as soon as it is too much, else when it is over."""
    hours = _marked_ms(window) / _HOUR_MS
    found = hours > TOLERATED
    if not found and not window.ended:
        return
    yield Verdict(
        rule=NAME,
        mn=window.outlet.mn,
        pollutant="",
        period=Period.MONTH,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        value=hours,
        bound=TOLERATED if found else None,
        exceed_ratio=(hours - TOLERATED) / TOLERATED if found else 0.0,
        clause=CLAUSE,
    )


def _marked_ms(window: Window) -> int:
    """How much of the quarter, up to the month's end and to now, is marked; overlaps count once."""
    month = civil_date(from_ms(window.start_ms), window.zone)
    first = date(month.year, (month.month - 1) // 3 * 3 + 1, 1)
    at, until = to_ms(day_start(first, window.zone)), min(window.end_ms, window.now_ms)
    total = 0
    for span in window.exemptions.over(at, until, "", MarkClass.DEVICE):
        if span.ground.item in ITEMS:
            low, high = max(at, span.start_ms), min(until, span.end_ms)
            total += max(0, high - low)
            at = max(at, high)
    return total


def reason(verdict: Verdict, language: str, pollutant: str, unit: str | None) -> str:
    """How many hours, against how many there may be."""
    del pollutant, unit
    if language == "zh":
        return (
            f"本季度标记“CEMS维护”累计 {verdict.value:.1f} 小时，超过 {TOLERATED:g} 小时，"
            f"视为未保证自动监测设备正常运行；依据：{verdict.clause}"
        )
    return (
        f"{verdict.value:.1f} hours of the quarter are marked CEMS维护, more than {TOLERATED:g}: the "
        f"device is not kept in normal operation; {verdict.clause}"
    )


def _concerns(outlet: Outlet, _limits: Sequence[Limit]) -> bool:
    return kind_of(outlet.kind) == INCINERATOR


RULE = WindowRule(
    name=NAME,
    title={"zh": "维护时长", "en": "Maintenance hours"},
    period=Period.MONTH,
    reads=(Period.HOUR,),
    concerns=_concerns,
    judge=judge,
    clause=CLAUSE,
    reason=reason,
)

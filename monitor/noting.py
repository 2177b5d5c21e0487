"""What has to be looked at in company is noted as due, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitor.alerting import Bench
from monitor.clock import day_start, from_ms, to_ms
from monitor.marked_days import by_days
from monitor.observation import Period, Readings
from monitor.register import Limit, Outlet
from monitor.rules import WINDOW_RULES, WindowRule
from monitor.store import Connection, devices
from monitor.windows import span_of

MARKS = "marks"
"""The reason of spans that are judged again since marks have come, or were struck out."""
MARKED_HOURS = "marked-hours"
"""The reason of spans whose hours may decide about marks, or stand in for a marked day."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report with its device's number, its frame's id, and whether it came late."""

    readings: Readings
    device: int
    frame: int
    late: bool


def note(connection: Connection, bench: Bench, reports: Iterable[Report], now: datetime) -> None:
    """Note for each rule the spans that reports complete or change: those under way for their end."""
    spans: dict[tuple[str, int], dict[int, tuple[int, int]]] = {}
    now_ms = to_ms(now)
    concerned: dict[str, list[WindowRule]] = {}
    for report in reports:
        r = report.readings
        if r.period not in _READ:
            continue
        if r.mn not in concerned:
            concerned[r.mn] = concerning(bench, r.mn)
        start = to_ms(r.start)
        for rule in concerned[r.mn]:
            if r.period not in rule.reads:
                continue
            span = span_of(rule.period, start, bench.zone)
            if span[1] <= now_ms or r.period in rule.trigger:
                _grow(spans.setdefault((rule.name, now_ms), {}), report.device, span)
            elif r.period is Period.HOUR:  # of shorter periods the last of a span is enough
                _grow(spans.setdefault((rule.name, span[1]), {}), report.device, span)
        if r.period is Period.HOUR and _decides(bench, r.mn):
            day = span_of(Period.DAY, start, bench.zone)
            _grow(spans.setdefault((MARKED_HOURS, now_ms), {}), report.device, day)
    for (reason, at_ms), of_reason in sorted(spans.items()):
        devices.note_due(connection, of_reason, reason, now if at_ms == now_ms else from_ms(at_ms))


def _decides(bench: Bench, mn: str) -> bool:
    """Whether hours of an outlet may decide about marks, or stand in for a marked day."""
    if by_days(bench, mn):
        return True
    outlet = bench.register.outlet(mn)
    return outlet is not None and bool(bench.marking.allowances.guards(outlet.kind))


def note_ended(
    connection: Connection, bench: Bench, today: date, at: datetime, *, first: bool
) -> None:
    """Note the days and months that are over as due: where their last reports never came, no report
    says so. To be called once a civil day; `first`: after a standstill.
    """
    spans: dict[str, dict[int, tuple[int, int]]] = {}
    before = to_ms(day_start(today, bench.zone)) - 1
    periods = {Period.DAY, Period.MONTH} if first or today.day == 1 else {Period.DAY}
    numbers = devices.find(connection, [outlet.mn for outlet in bench.register.outlets])
    for mn, device in numbers.items():
        for rule in concerning(bench, mn):
            if rule.period in periods:
                low, high = span_of(rule.period, before, bench.zone)
                if first:
                    low = span_of(rule.period, low - _STOOD_STILL_MS, bench.zone)[0]
                _grow(spans.setdefault(rule.name, {}), device, (low, high))
    for reason, of_reason in sorted(spans.items()):
        devices.note_due(connection, of_reason, reason, at)


_STOOD_STILL_MS = 7 * 24 * 3_600_000
"""So far back spans may have ended while nobody was there to see it."""

_READ = frozenset(period for rule in WINDOW_RULES.values() for period in rule.reads)


def concerning(bench: Bench, mn: str) -> list[WindowRule]:
    """The rules that an outlet's spans are judged by."""
    outlet: Outlet | None = bench.register.outlet(mn)
    if outlet is None:
        return []
    limits: list[Limit] = bench.register.all_limits(mn)
    return [rule for rule in WINDOW_RULES.values() if rule.concerns(outlet, limits)]


def _grow(spans: dict[int, tuple[int, int]], device: int, span: tuple[int, int]) -> None:
    low, high = spans.get(device, span)
    spans[device] = (min(low, span[0]), max(high, span[1]))

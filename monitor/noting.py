"""What has to be looked at in company is noted as due, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitor import metering
from monitor.alerting import Bench
from monitor.clock import day_start, from_ms, to_ms
from monitor.marked_days import by_days
from monitor.marks.exemption import HOUR_MS
from monitor.observation import Period, Readings
from monitor.register import Limit, Outlet
from monitor.rules import DUES, POWER, POWER_RULES, SPANS, Due, Rule
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
    concerned: dict[tuple[str, str], bool] = {}
    metered: list[Readings] = []
    for report in reports:
        r = report.readings
        if bench.register.meter(r.mn) is not None:
            metered.append(r)
        if r.period not in _READING:
            continue
        start = to_ms(r.start)
        for due in _READING[r.period]:
            key = (r.mn, due.reason)
            if key not in concerned:
                concerned[key] = concerns(bench, r.mn, due)
            if not concerned[key]:
                continue
            span = span_of(due.period, start, bench.zone)
            if span[1] <= now_ms or r.period in due.trigger:
                reached = (span[0], reach(bench, due, span[1], now_ms))
                _grow(spans.setdefault((due.reason, now_ms), {}), report.device, reached)
            elif r.period is Period.HOUR:  # of shorter periods the last of a span is enough
                _grow(spans.setdefault((due.reason, span[1]), {}), report.device, span)
        if r.period is Period.HOUR and _decides(bench, r.mn):
            day = span_of(Period.DAY, start, bench.zone)
            _grow(spans.setdefault((MARKED_HOURS, now_ms), {}), report.device, day)
    for (reason, at_ms), of_reason in sorted(spans.items()):
        devices.note_due(connection, of_reason, reason, now if at_ms == now_ms else from_ms(at_ms))
    metering.note(connection, bench, metered, now)


def reach(bench: Bench, due: Due, until_ms: int, now_ms: int) -> int:
    """Up to where what came before an instant bears on what is judged: of curves also on what follows,
    as far as that is over by now.
    """
    over_ms = span_of(due.period, now_ms, bench.zone)[0]
    if not due.over_curves or until_ms >= over_ms:
        return until_ms
    return min(until_ms + bench.longest_lookback(due.period) * HOUR_MS, over_ms)


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
        for due in DUES.values():
            if due.period in periods and concerns(bench, mn, due):
                low, high = span_of(due.period, before, bench.zone)
                if first:
                    low = span_of(due.period, low - _STOOD_STILL_MS, bench.zone)[0]
                _grow(spans.setdefault(due.reason, {}), device, (low, high))
    for reason, of_reason in sorted(spans.items()):
        devices.note_due(connection, of_reason, reason, at)


def note_quiet(connection: Connection, bench: Bench, at: datetime) -> None:
    """Note the hour before the last as due where no report of it has come: none says so. To be called
    as an hour begins. Of the last one reports are on their way; who has been silent for a week is known
    to be.
    """
    begun = to_ms(at) // HOUR_MS * HOUR_MS
    hour = (begun - 2 * HOUR_MS, begun - HOUR_MS)
    numbers = devices.find(connection, [outlet.mn for outlet in bench.register.outlets])
    quiet = devices.without_hour(
        connection, numbers.values(), hour[0], from_ms(begun - _STOOD_STILL_MS)
    )
    for reason, due in DUES.items():
        if due.over_curves and due.period is Period.HOUR:
            devices.note_due(connection, dict.fromkeys(quiet, hour), reason, from_ms(begun))
    metering.note_hour(connection, bench.register, (begun - HOUR_MS, begun))


_STOOD_STILL_MS = 7 * 24 * 3_600_000
"""So far back spans may have ended while nobody was there to see it."""

_OF_OUTLETS = [due for reason, due in DUES.items() if reason != POWER]
_READING = {
    period: [due for due in _OF_OUTLETS if period in due.reads]
    for period in frozenset(period for due in _OF_OUTLETS for period in due.reads)
}
"""By period of the data: what looks at it."""


def concerns(bench: Bench, mn: str, due: Due) -> bool:
    """Whether any of the rules that are due together judges an outlet."""
    outlet, limits = bench.register.outlet(mn), bench.register.all_limits(mn)
    judged = [rule for rule in due.rules if rule.name not in bench.policy.off]
    return outlet is not None and any(rule.concerns(outlet, limits) for rule in judged)


def concerning(bench: Bench, mn: str) -> list[Rule]:
    """The rules that an outlet's spans, or a meter's, are judged by."""
    outlet: Outlet | None = bench.register.outlet(mn)
    if outlet is None:
        return list(POWER_RULES.values()) if bench.register.meter(mn) is not None else []
    limits: list[Limit] = bench.register.all_limits(mn)
    return [
        rule
        for rule in SPANS
        if rule.name not in bench.policy.off and rule.concerns(outlet, limits)
    ]


def _grow(spans: dict[int, tuple[int, int]], device: int, span: tuple[int, int]) -> None:
    low, high = spans.get(device, span)
    spans[device] = (min(low, span[0]), max(high, span[1]))

"""The chart of a case: what of it is drawn, and in which words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo

from monitor.clock import day_start, to_ms
from monitor.evidence.case import Case
from monitor.evidence.chart import Drawing, Over, Span, Words, draw
from monitor.evidence.words import period_name, pollutant_name, unit_of
from monitor.observation import Period
from monitor.rules import average_mismatch, exceedance, rule_of

_FAR = 1 << 52
_DAY_MS = 86_400_000
_FIRST, _LAST = date(1971, 1, 1), date(9000, 1, 1)
_GAP = 1.5
_SILENCE_MS = 600_000


def plot(case: Case) -> str | None:
    """The chart as SVG; None where no value was ever reported (a camera's alert)."""
    values = [*_values(case)]
    over = [*_over(case)]
    if not values and not over:
        return None
    spans = [(s, e) for s, e, _ in values] + [(s, e) for s, e, _, _ in over]
    start, end = min(s for s, _ in spans), max(e for _, e in spans)
    length = max(e - s for s, e in spans)
    basis = "折算值" if case.converted else "实测值"
    name = pollutant_name(case.alert["pollutant"])
    return draw(
        Drawing(
            start_ms=start,
            end_ms=end,
            values=values,
            over=over,
            bounds=[*_bounds(case)],
            marked=[(m.start_ms, m.end_ms) for m in case.marks if m.superseded_at is None],
            gap_ms=int(length * _GAP) or _SILENCE_MS,
            words=Words(
                title=f"{name} {period_name(_period(case))}（{basis}）",
                unit=unit_of(case.alert["pollutant"]),
                values="上报值",
                over="超标时段",
                bound="限值",
                marked="数据标记时段",
                time=f"时间（{case.zone}）",
            ),
            zone=case.zone,
        )
    )


_VALUES_ARE_READINGS = (exceedance.NAME, average_mismatch.NAME)
"""The rules whose findings have a reading for a value; the others count."""


def _period(case: Case) -> str:
    """Of which period the values are: a rule for spans looks at shorter ones."""
    own: str = case.alert["period"]
    rule = rule_of(case.alert["rule"], Period(own)) if own else None
    return rule.reads[0].value if rule else own


def _over(case: Case) -> Iterator[Over]:
    if case.alert["rule"] not in _VALUES_ARE_READINGS:
        return
    for finding in case.findings:
        if finding.value is not None and finding.bound is not None:
            yield finding.start_ms, finding.end_ms, finding.value, finding.bound


def _values(case: Case) -> Iterator[Span]:
    """Of every period of what is shown, the version sent last."""
    shown = _period(case)
    last = {point.start_ms: point for point in case.series if point.period == shown}
    for start in sorted(last):
        point = last[start]
        value = point.converted if case.converted else point.value
        if value is not None:
            yield point.start_ms, point.end_ms, value


def _bounds(case: Case) -> Iterator[Span]:
    """The limits that were judged by, over the days on which they are in force."""
    for limit in case.limits:
        since = _midnight(limit["valid_from"], case.zone)
        last = limit["valid_to"]
        until = _FAR if last is None else _midnight(last, case.zone) + _DAY_MS
        for bound in (limit["limit"], limit["lower"]):
            if bound is not None:
                yield since, until, bound


def _midnight(day: str, zone: tzinfo) -> int:
    """The beginning of a day; one that nothing can lie before, or behind, is taken as near as that."""
    return to_ms(day_start(min(max(date.fromisoformat(day), _FIRST), _LAST), zone))

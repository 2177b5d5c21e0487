"""Exceedance (超标): a value above (or, where there is one, below) the limit valid on its day.

Ground: 生态环境法典 art. 183–184 and 1103/1107 (from 2026-08-15; before, the acts it replaced): lawfully
obtained automatic data may prove that a permit limit or standard is exceeded; 排污许可管理条例 art. 23.
Announcement 2022 no. 21 (标记规则) point 6: data marked invalid is never used, so only flag `N` and
data that was not marked at all is judged. A value equal to the limit complies.
超标倍数 = (value − limit) / limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.averages import VALID_FLAGS
from monitor.clock import to_ms
from monitor.observation import Readings
from monitor.register import Check, Limit
from monitor.rules.base import Verdict

NAME = "exceedance"


def suspect(readings: Readings, checks: Sequence[Check]) -> bool:
    """Whether any value is beyond a bound, valid or not: what nearly all reports can be spared by."""
    values = readings.values
    for check in checks:
        value = values[check.column]
        if value > check.high or value < check.low:
            return True
    return False


def judge(readings: Readings, checks: Sequence[Check]) -> Iterator[Verdict]:
    """A verdict for every limit that a report can be held against; none for invalid values."""
    if not checks:
        return
    flags, values = readings.flags, readings.values
    start_ms, end_ms = to_ms(readings.start), to_ms(readings.end)
    for check in checks:
        value = values[check.column]
        flag = flags[check.flag] if flags else None
        if value != value or flag not in VALID_FLAGS:  # NaN is the one value unlike itself
            continue
        bound = check.high if value > check.high else check.low if value < check.low else None
        ratio = 0.0 if bound is None else _ratio(value, bound)
        yield verdict(check.limit, start_ms, end_ms, value, bound, ratio)


def verdict(
    limit: Limit, start_ms: int, end_ms: int, value: float, bound: float | None, ratio: float
) -> Verdict:
    """A value held against a limit."""
    return Verdict(
        NAME,
        limit.mn,
        limit.pollutant,
        limit.period,
        start_ms,
        end_ms,
        value,
        bound,
        ratio,
        limit.clause,
        limit,
    )


def against(limit: Limit, start_ms: int, end_ms: int, value: float) -> Verdict:
    """The same for a value that was computed, of a valid period."""
    bound = None
    if limit.limit is not None and value > limit.limit:
        bound = limit.limit
    elif limit.lower is not None and value < limit.lower:
        bound = limit.lower
    ratio = 0.0 if bound is None else _ratio(value, bound)
    return verdict(limit, start_ms, end_ms, value, bound, ratio)


def _ratio(value: float, bound: float) -> float:
    """超标倍数; how far below, as a share of it, for a lower bound. 1 for a bound of zero."""
    return abs(value - bound) / abs(bound) if bound else 1.0

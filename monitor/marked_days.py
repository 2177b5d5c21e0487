"""The day means of waste incinerators with marked hours in them.

Order 10 (生活垃圾焚烧发电厂自动监测数据应用管理规定) art. 6 judges the civil day's mean, art. 10 lets
marked hours go; how the mean of such a day is computed it does not say. `[detection.marks]
part_marked_day` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from monitor.alerting import Bench
from monitor.averages import VALID_FLAGS, VALIDITY
from monitor.clock import to_ms
from monitor.exempting import latest
from monitor.marks import INCINERATOR, Exemptions, hours_left, kind_of
from monitor.marks.exemption import HOUR_MS
from monitor.observation import Observation, Period
from monitor.register import Basis, Limit
from monitor.rules import Verdict, exceedance
from monitor.store import Connection


def by_days(bench: Bench, mn: str) -> bool:
    """Whether an outlet is judged by the mean of the civil day alone."""
    outlet = bench.register.outlet(mn)
    return outlet is not None and kind_of(outlet.kind) == INCINERATOR


def remade(
    connection: Connection, bench: Bench, device: int, verdict: Verdict, exemptions: Exemptions
) -> Iterator[Verdict]:
    """The verdict of a period that is not exempt, made anew where marked hours are in its day."""
    if verdict.period is not Period.DAY or not by_days(bench, verdict.mn):
        yield verdict
        return
    spans = exemptions.over(verdict.start_ms, verdict.end_ms, verdict.pollutant)
    way = bench.marking.part_marked_day
    if not spans or way == "reported":
        yield verdict
        return
    limit = verdict.limit
    start, end = verdict.start_ms, verdict.end_ms
    left = set(hours_left(spans, start, end))
    if len(left) * HOUR_MS >= end - start:  # shorter marks leave every hour as it was reported
        yield verdict
        return
    if way == "day" or limit is None:
        return
    hours = latest(connection, device, verdict.mn, Period.HOUR, start, end)
    values = [
        v for each in hours if to_ms(each.start) in left and (v := _value(each, limit)) is not None
    ]
    outlet = bench.register.outlet(verdict.mn)
    if outlet is not None and len(values) >= VALIDITY[outlet.medium].hours:
        yield exceedance.against(limit, start, end, math.fsum(values) / len(values))


def _value(each: Observation, limit: Limit) -> float | None:
    """A valid hour's number of the limit's basis."""
    if each.pollutant != limit.pollutant or each.flag not in VALID_FLAGS:
        return None
    return each.value if limit.basis is Basis.MEASURED else each.converted

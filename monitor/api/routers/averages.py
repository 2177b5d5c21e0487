"""Averages computed from finer data, beside what the device reported."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query

from monitor.api import average_shapes
from monitor.api.auth import Reader, Tools
from monitor.api.routers.common import router, span
from monitor.averages import VALID_FLAGS
from monitor.clock import from_ms, rfc3339, to_ms
from monitor.computed import FINER, Computed, compute
from monitor.errors import NotFound
from monitor.exempting import Exempting, latest
from monitor.marks import SeriesName
from monitor.observation import Observation, Period
from monitor.store import devices, views
from monitor.task import InputError
from monitor.windows import span_of

routes = router("enterprises")

_LONGEST = {Period.HOUR: timedelta(days=7), Period.DAY: timedelta(days=93)}
_YEARS = timedelta(days=1100)


@routes.get("/outlets/{mn}/averages", response_model=average_shapes.AverageList)
def list_averages(
    tools: Tools,
    caller: Reader,
    mn: Annotated[str, Path(max_length=100)],
    period: Literal["hour", "day", "month"] = "hour",
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    pollutant: Annotated[str | None, Query(max_length=40)] = None,
    series: Annotated[SeriesName, Query(description="of which values")] = SeriesName.DEVICE,
) -> Any:
    """Hours from their minutes, days from hours, months from days: what was reported, and what the data
    behind it makes. Whole periods that touch [from, to), the last day if nothing is said.
    """
    desk, wanted = tools.desk, Period(period)
    since, until = span(desk.now(), desk.zone, wanted, start, end, timedelta(days=1))
    if until - since > _LONGEST.get(wanted, _YEARS):
        raise InputError(
            f"from and to may lie {_LONGEST.get(wanted, _YEARS).days} days apart at most"
        )
    register = desk.register()
    outlet = register.outlet(mn)
    spans = _spans(wanted, to_ms(since), to_ms(until), desk.zone)
    low, high = spans[0][0], spans[-1][1]
    with desk.store.read() as connection:
        if outlet is None or not views.outlet_in_reach(connection, caller.districts, mn):
            raise NotFound("there is no such outlet")
        heard = devices.find(connection, [mn])
        if mn not in heard:
            return {"items": []}
        exempting = Exempting(connection, register, desk.marking(), desk.zone)

        def stands(o: Observation) -> bool:
            valid = o.flag in VALID_FLAGS
            return valid and exempting.of(heard[mn], mn, to_ms(o.start)).stands(o, series)

        finer = latest(connection, heard[mn], mn, FINER[wanted], low, high)
        made = compute(outlet, wanted, spans, finer, stands)
        said = latest(connection, heard[mn], mn, wanted, low, high)
    return {"items": _items(spans, said, made, pollutant, desk.zone)}


def _spans(period: Period, since: int, until: int, zone: Any) -> list[tuple[int, int]]:
    spans = [span_of(period, since, zone)]
    while spans[-1][1] < until:
        spans.append(span_of(period, spans[-1][1], zone))
    return spans


def _items(
    spans: list[tuple[int, int]],
    said: list[Observation],
    made: list[Computed],
    pollutant: str | None,
    zone: Any,
) -> list[dict[str, Any]]:
    reported = {(to_ms(o.start), o.pollutant): o for o in said}
    computed = {(c.start_ms, c.pollutant): c for c in made}
    ends = dict(spans)
    return [
        {
            "start": rfc3339(from_ms(at), zone),
            "end": rfc3339(from_ms(ends[at]), zone),
            "pollutant": code,
            "reported": _reported(reported.get((at, code))),
            "computed": _computed(computed.get((at, code))),
        }
        for at, code in sorted(reported.keys() | computed.keys())
        if at in ends and pollutant in (None, code)
    ]


def _reported(o: Observation | None) -> dict[str, Any] | None:
    return None if o is None else {"value": o.value, "converted": o.converted, "flag": o.flag}


def _computed(c: Computed | None) -> dict[str, Any] | None:
    if c is None:
        return None
    return {k: v for k, v in asdict(c).items() if k not in ("pollutant", "start_ms", "end_ms")}

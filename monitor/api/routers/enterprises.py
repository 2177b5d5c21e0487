"""Enterprises and their outlets' observations."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from monitor.actions import dossier
from monitor.api import paging, shapes
from monitor.api.auth import Reader, Tools
from monitor.api.paging import Cursor, Limit
from monitor.api.routers.common import router, span
from monitor.clock import rfc3339, to_ms
from monitor.errors import NotFound
from monitor.exempting import Exempting
from monitor.marks import SeriesName
from monitor.observation import Period
from monitor.quality import Quality
from monitor.spreadsheet import guarded
from monitor.store import devices, readings, verdicts, views

routes = router("enterprises")


@routes.get("/enterprises", response_model=shapes.EnterprisePage)
def list_enterprises(
    tools: Tools,
    caller: Reader,
    district: str | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Enterprises in the books, by credit code."""
    after = paging.decode("enterprises", cursor, str) or ""
    with tools.desk.store.read() as connection:
        found = views.enterprise_list(connection, caller.districts, limit + 1, after, district)
    found, following = paging.page(
        found, limit, lambda item: paging.encode("enterprises", item["uscc"])
    )
    return {"items": found, "next": following}


@routes.get("/enterprises/{uscc}", response_model=shapes.EnterpriseFile)
def get_enterprise(tools: Tools, caller: Reader, uscc: str) -> Any:
    """One enterprise, one file (一企一档)."""
    return dossier.of(tools.desk, caller, uscc)


@routes.get(
    "/outlets/{mn}/observations",
    response_model=shapes.ObservationPage,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def list_observations(
    request: Request,
    tools: Tools,
    caller: Reader,
    mn: Annotated[str, Path(max_length=100)],
    period: Period = Period.HOUR,
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    pollutant: Annotated[str | None, Query(max_length=40)] = None,
    series: Annotated[
        SeriesName, Query(description="without what is marked")
    ] = SeriesName.REPORTED,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """Observations with a start in [from, to), the last day if nothing is said; JSON or CSV.

    Of the series `device` and `exempt` the numbers are null that marks or flags take away.
    As CSV the next page is in the `Link` header, and a code or flag that a spreadsheet would take for
    a formula has an apostrophe before it.
    """
    since, until = span(tools.desk.now(), tools.desk.zone, period, start, end, timedelta(days=1))
    after = paging.decode("observations", cursor, int, str)
    # before a connection is held: who holds one and waits for a second can wait for ever
    register = None if series is SeriesName.REPORTED else tools.desk.register()
    with tools.desk.store.read() as connection:
        if not views.device_in_reach(connection, caller.districts, mn):
            raise NotFound("there is no such outlet")
        found = readings.observations(
            connection, mn, period, since, until, pollutant, limit + 1, after
        )
        known = {s.verdict for s in found if s.verdict is not None}
        qualities = verdicts.qualities(connection, known) if known else {}
        if found and register is not None:
            exempting = Exempting(connection, register, tools.desk.marking(), tools.desk.zone)
            device = devices.find(connection, [mn])[mn]
            found = [_in_series(one, exempting, device, series) for one in found]
    shown, following = paging.page(
        found,
        limit,
        lambda s: paging.encode(
            "observations", to_ms(s.observation.start), s.observation.pollutant
        ),
    )
    items = [_observation(one, qualities.get(one.verdict or 0), tools.desk.zone) for one in shown]
    if "text/csv" in request.headers.get("accept", ""):
        return _csv(items, request, following)
    return paging.respond({"items": items, "next": following})


def _in_series(
    one: readings.Shown, exempting: Exempting, device: int, series: SeriesName
) -> readings.Shown:
    """An observation without its numbers where the series does not have them."""
    o = one.observation
    exemptions = exempting.of(device, o.mn, to_ms(o.start))
    if exemptions.stands(o, series):
        return one
    return replace(one, observation=o.without_numbers())


def _observation(shown: readings.Shown, quality: Quality | None, zone: Any) -> dict[str, Any]:
    o = shown.observation
    return {
        "start": rfc3339(o.start, zone),
        "end": rfc3339(o.end, zone),
        "pollutant": o.pollutant,
        "value": o.value,
        "min": o.min,
        "max": o.max,
        "total": o.total,
        "value_converted": o.converted,
        "standard": o.standard,
        "passed": None if o.passed is None else o.passed == 1,
        "flag": o.flag,
        "received_at": rfc3339(shown.received_at, zone),
        "late": shown.late,
        "frame": shown.frame,
        "quality": None if quality is None else asdict(quality),
    }


def _csv(items: list[dict[str, Any]], request: Request, following: str | None) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(shapes.Observation.model_fields))
    writer.writeheader()
    # codes and flags are the device's own text
    writer.writerows(
        item
        | {
            "pollutant": guarded(item["pollutant"]),
            "flag": guarded(item["flag"] or ""),
            "quality": json.dumps(item["quality"]) if item["quality"] else "",
        }
        for item in items
    )
    headers = {}
    if following:
        link = request.url.include_query_params(cursor=following)
        headers["Link"] = f'<{link}>; rel="next"'
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

"""Reports on the positive list: brief, article, year's summary, summary table, and what is owed when."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import Body, Query, Request, Response

from monitor.actions import reports as actions
from monitor.api import report_shapes as shapes
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import respond
from monitor.api.route import PREFIX
from monitor.api.routers.common import problems, router
from monitor.clock import civil_date
from monitor.reports import content, rooms, summary, texts
from monitor.reports.content import Report
from monitor.reports.period import Level, Span, month, span, year

routes = router("reports")

PATH = re.compile(rf"{PREFIX}/reports/(?:brief|article|year)")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

AtLevel = Annotated[Level, Query(description="whose report it is")]
District = Annotated[
    str | None, Query(max_length=100, description="a county's own; else all within reach")
]
Earlier = Annotated[bytes, Body(media_type=DOCX, description="the report as it was edited")]


class Made(NamedTuple):
    """A kind of paper: what it is, its file's name, and who makes it."""

    what: str
    name: str
    by: Callable[[Report, rooms.Kept | None], bytes]


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


def _wants(request: Request, media_type: str) -> bool:
    return media_type in request.headers.get("accept", "")


def _download(data: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=media_type, headers=headers)


@routes.get("/reports/summary", response_model=shapes.SummaryTable, responses=_file(XLSX))
def get_summary(
    request: Request,
    tools: Tools,
    caller: Reader,
    first: Annotated[date, Query(alias="from", description="the first day")],
    last: Annotated[date, Query(alias="to", description="the last day")],
    level: AtLevel = Level.CITY,
    district: District = None,
) -> Response:
    """The summary table (汇总表), as a workbook or, unless that is asked for, as JSON."""
    made = actions.summary(tools.desk, caller, span(first, last), level, district)
    if _wants(request, XLSX):
        return _download(summary.workbook(made), XLSX, f"{summary.TITLE}.xlsx")
    return respond(summary.as_json(made))


def _paper(path: str, kind: str, when: Any, span_of: Callable[[Any], Span], made: Made) -> None:
    """The routes of one kind of paper: as it is now, and again around what a writer wrote in it."""

    def get(
        request: Request,
        tools: Tools,
        caller: Reader,
        on: Any,
        level: AtLevel = Level.CITY,
        district: District = None,
    ) -> Response:
        report = actions.report(tools.desk, caller, span_of(on), level, district)
        if _wants(request, DOCX):
            return _download(made.by(report, None), DOCX, made.name)
        return respond(content.as_json(report))

    def again(
        tools: Tools,
        caller: Reader,
        earlier: Earlier,
        on: Any,
        level: AtLevel = Level.CITY,
        district: District = None,
    ) -> Response:
        kept = rooms.read(earlier)
        report = actions.report(tools.desk, caller, span_of(on), level, district)
        return _download(made.by(report, kept), DOCX, made.name)

    get.__annotations__["on"] = again.__annotations__["on"] = when
    get.__name__, again.__name__ = f"get_{kind}", f"renew_{kind}"
    get.__doc__ = f"{made.what} As docx or, unless that is asked for, its figures as JSON."
    again.__doc__ = f"{made.what} Made again around what a writer wrote in the one that is sent."
    routes.get(path, response_model=shapes.ReportFigures, responses=_file(DOCX))(get)
    routes.post(path, response_class=Response, responses=_file(DOCX) | problems(415))(again)


Month = Annotated[str, Query(alias="month", max_length=7, description="such as 2026-10")]
Year = Annotated[int, Query(alias="year", description="such as 2026")]

_paper(
    "/reports/brief",
    "brief",
    Month,
    month,
    Made("The monthly brief (简报).", "简报.docx", texts.brief),
)
_paper(
    "/reports/article",
    "article",
    Month,
    month,
    Made("The month's article (稿件).", "稿件.docx", texts.article),
)
_paper(
    "/reports/year",
    "year_summary",
    Year,
    year,
    Made("The year's summary (工作总结).", "工作总结.docx", texts.year_summary),
)


@routes.get("/reports/duties", response_model=shapes.ReportDuties)
def list_report_duties(
    tools: Tools,
    caller: Reader,
    first: Annotated[date | None, Query(alias="from", description="due from this day on")] = None,
    last: Annotated[date | None, Query(alias="to", description="due until this day")] = None,
) -> Any:
    """What is owed to the level above, when, and what was handed in; two months back and ahead."""
    today = civil_date(tools.desk.now(), tools.desk.zone)
    begin, end = first or today - _ABOUT, last or today + _ABOUT
    return {"items": actions.duties(tools.desk, caller, begin, end)}


_ABOUT = timedelta(days=62)


@routes.post("/reports/hand-ins", response_model=shapes.ReportDuty, responses=problems(415))
def hand_in_report(tools: Tools, caller: Director, body: shapes.HandInBody) -> Any:
    """Say that a paper was handed in."""
    duty = (body.kind, body.level, body.district or "", body.period)
    return actions.hand_in(tools.desk, caller, duty, body.on, body.note)

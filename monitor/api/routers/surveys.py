"""Surveys of drones (无人机航测): flights, their files, the report page."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response
from fastapi.responses import FileResponse, HTMLResponse

from monitor import survey_report
from monitor.actions import surveys as actions
from monitor.api import files, paging, survey_shapes
from monitor.api.auth import Reader, Tools
from monitor.api.paging import Cursor, Id, IfNoneMatch, Limit
from monitor.api.routers.common import router
from monitor.api.routers.sightings import Digest
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.store import sightings
from monitor.store import surveys as rows
from monitor.tokens import Caller

routes = router("surveys")

_PAGE_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": survey_report.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Vary": "Authorization",
}


@routes.get("/surveys", response_model=survey_shapes.SurveyPage)
def list_surveys(
    tools: Tools,
    caller: Reader,
    adapter: str | None = None,
    mission: str | None = None,
    uscc: str | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Flights, newest first: those of an enterprise within reach, or all for who may see all."""
    before = paging.decode("surveys", cursor, int)
    exact = {"adapter": adapter, "mission": mission}
    with tools.desk.store.read() as connection:
        found = rows.listed(connection, caller.districts, limit + 1, before, uscc=uscc, **exact)
        found, following = paging.page(found, limit, lambda row: paging.encode("surveys", row.id))
        items = [
            rows.shape(row, rows.enterprises(connection, caller.districts, row.id), tools.desk.zone)
            for row in found
        ]
    return {"items": items, "next": following}


@routes.get("/surveys/{survey_id}", response_model=survey_shapes.WholeSurvey)
def get_survey(tools: Tools, caller: Reader, survey_id: Id, response: Response) -> Any:
    """A flight with its files, what each of them says, and what was found in them."""
    return paging.tagged(response, _whole(tools, caller, survey_id))


def _whole(tools: Services, caller: Caller, number: int) -> dict[str, Any]:
    zone, reach = tools.desk.zone, caller.districts
    with tools.desk.store.read() as connection:
        row = rows.find(connection, reach, number)
        if row is None:
            raise NotFound(f"there is no survey {number}")
        shaped = rows.shape(row, rows.enterprises(connection, reach, number), zone)
        having = [rows.shape_file(each, zone) for each in rows.files(connection, number)]
        found = rows.findings(connection, number, reach)
        findings = sightings.shape_rows(connection, found, zone)
    return shaped | {"files": having, "findings": findings}


@routes.get(
    "/surveys/{survey_id}/page",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}, "description": "The page"}},
)
def get_survey_page(
    tools: Tools, caller: Reader, survey_id: Id, language: Literal["zh", "en"] | None = None
) -> Response:
    """The report of a flight (航测报告): map, hot spots, pictures; one file that needs nothing else."""
    desk = tools.desk
    whole = _whole(tools, caller, survey_id)
    with desk.store.read() as connection:
        drawings = rows.drawings(connection, survey_id)
    known = {each["uscc"] for each in whole["enterprises"]}
    boundaries = {
        e.uscc: e.boundary for e in desk.register().enterprises if e.uscc in known and e.boundary
    }
    pictures = survey_report.pictures(desk.media, whole["files"])
    page = survey_report.render(whole, drawings, boundaries, pictures, language or desk.language)
    return HTMLResponse(page, headers=_PAGE_HEADERS)


@routes.get(
    "/surveys/{survey_id}/files/{sha256}", response_class=FileResponse, responses=files.BYTES
)
def get_survey_file(
    tools: Tools, caller: Reader, survey_id: Id, sha256: Digest, if_none_match: IfNoneMatch = None
) -> Response:
    """A file as it came, byte for byte, whole or a range; entered in the audit trail."""
    row = actions.read_file(tools.desk, caller, survey_id, sha256)
    return files.content(tools.desk.media, row, if_none_match)


@routes.get(
    "/surveys/{survey_id}/files/{sha256}/thumbnail",
    response_class=FileResponse,
    responses=files.SMALL,
)
def get_survey_thumbnail(
    tools: Tools, caller: Reader, survey_id: Id, sha256: Digest, if_none_match: IfNoneMatch = None
) -> Response:
    """A picture as a JPEG of 640 pixels at most, upright and without EXIF."""
    with tools.desk.store.read() as connection:
        row = rows.file(connection, caller.districts, survey_id, sha256)
    if row is None:
        raise NotFound(f"there is no such file of survey {survey_id}")
    return files.thumbnail(tools.desk.media, row, if_none_match)

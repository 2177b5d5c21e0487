"""The queue in other formats: a workbook, a map, a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import JSONResponse

from monitor import exports
from monitor.actions import calendar_links as links
from monitor.api import schemas
from monitor.api.auth import Reader, Tools
from monitor.api.filters import Wanted
from monitor.api.paging import Id
from monitor.api.routers.common import problems, router
from monitor.clock import civil_date
from monitor.errors import NotFound
from monitor.exports import agenda, geography
from monitor.store import Connection, calendar_links, tasks, views
from monitor.task import InputError
from monitor.tokens import RIGHTS, Caller, Right, Role, digest

routes = router("exports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST, _AT_ONCE = 10_000, 500


def _all(
    connection: Connection, tools: Tools, caller: Caller, wanted: views.Queue
) -> Iterator[dict[str, Any]]:
    """Every task that a filter matches; InputError where they are too many for one file."""
    behind, count = None, 0
    while True:
        rows = views.queue(connection, caller.districts, wanted, _AT_ONCE, behind)
        count += len(rows)
        if count > _MOST:
            raise InputError(f"more than {_MOST:,} tasks match; narrow the filter")
        shaped = tasks.shape(connection, [row.id for row in rows], tools.desk.zone)
        yield from (shaped[row.id] for row in rows)
        if len(rows) < _AT_ONCE:
            return
        behind = (rows[-1].priority, rows[-1].due_at, rows[-1].id)


@routes.get(
    "/tasks/export",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "A workbook"}},
)
def export_tasks(tools: Tools, caller: Reader, wanted: Wanted) -> Response:
    """The filtered queue as a workbook (.xlsx), 10,000 tasks at most."""
    with tools.desk.store.snapshot() as connection:
        book = exports.workbook(_all(connection, tools, caller, wanted), tools.desk.language)
    headers = {
        "Content-Disposition": 'attachment; filename="tasks.xlsx"',
        "Cache-Control": "no-store",
    }
    return Response(book, media_type=XLSX, headers=headers)


@routes.get(
    "/tasks/map",
    response_model=schemas.FeatureCollection,
    response_class=JSONResponse,
    responses={200: {"content": {geography.MEDIA_TYPE: {}}, "description": "GeoJSON"}},
)
def map_tasks(tools: Tools, caller: Reader, wanted: Wanted) -> Response:
    """The filtered queue as GeoJSON: a point a task, where its place or its enterprise is known."""
    with tools.desk.store.snapshot() as connection:
        found = list(_all(connection, tools, caller, wanted))
        known = views.places(
            connection, {t["enterprise"]["uscc"] for t in found if t["enterprise"]}
        )
    placed = [(task, _place(task, known)) for task in found]
    points = [exports.feature(t["id"], *at, _told(t)) for t, at in placed if at is not None]
    return JSONResponse(exports.collection(points), media_type=geography.MEDIA_TYPE)


def _place(
    task: dict[str, Any], known: dict[str, tuple[float, float]]
) -> tuple[float, float] | None:
    if task["place"]:
        return task["place"]["longitude"], task["place"]["latitude"]
    return known.get(task["enterprise"]["uscc"]) if task["enterprise"] else None


def _told(task: dict[str, Any]) -> dict[str, Any]:
    names = ("state", "priority", "trigger", "mandatory", "enterprise", "reason", "due_at")
    return {name: task[name] for name in (*names, "overdue_at", "claimed_by")}


@routes.post(
    "/calendars",
    response_model=schemas.NewCalendarLink,
    status_code=201,
    responses=problems(409, 415),
)
def create_calendar(tools: Tools, caller: Reader, body: schemas.CalendarBody | None = None) -> Any:
    """A secret link for a calendar (iCalendar); it is shown this once, and ends with the token."""
    return links.make(tools.desk, caller, details=body.details if body else False)


@routes.get("/calendars", response_model=schemas.CalendarPage)
def list_calendars(tools: Tools, caller: Reader) -> Any:
    """The token's links."""
    with tools.desk.store.read() as connection:
        rows = calendar_links.of(connection, caller.id) if caller.id is not None else []
    return {"items": [links.shape(row, tools.desk) for row in rows], "next": None}


@routes.delete("/calendars/{link_id}", status_code=204)
def delete_calendar(tools: Tools, caller: Reader, link_id: Id) -> Response:
    """End a link."""
    links.end(tools.desk, caller, link_id)
    return Response(status_code=204)


@routes.get(
    "/calendars/{secret}.ics",
    response_class=Response,
    responses={200: {"content": {agenda.MEDIA_TYPE: {}}, "description": "iCalendar"}},
)
def read_calendar(
    tools: Tools, secret: Annotated[str, Path(min_length=20, max_length=100)]
) -> Response:
    """What is due: an officer's own tasks, or for others all of their districts. No token is needed."""
    desk = tools.desk
    at = desk.now()
    with desk.store.read() as connection:
        token = calendar_links.find(connection, digest(secret), at, civil_date(at, desk.zone))
        if token is None or Right.READ not in RIGHTS[Role(token.role)]:
            raise NotFound("there is no such calendar")
        name = token.name if token.role == Role.OFFICER else None
        rows = views.agenda(connection, token.districts, name, _MOST)
        shaped = tasks.shape_rows(connection, rows, desk.zone)
    text = exports.calendar(shaped, at, desk.language, details=token.details)
    headers = {"Cache-Control": "private, max-age=300"}
    return Response(text, media_type=agenda.MEDIA_TYPE, headers=headers)

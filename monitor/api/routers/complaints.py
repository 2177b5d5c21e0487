"""Complaints (信访举报): recorded, listed, taken along their steps; who made one, to who may ask."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query, Response
from fastapi.responses import HTMLResponse

from monitor.actions import complaining
from monitor.actions import complaints as actions
from monitor.api import complaint_page as page
from monitor.api import complaint_shapes as shapes
from monitor.api import paging
from monitor.api.auth import Confidant, Director, Reader, Recorder, Tools, Worker
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.reply_page import language
from monitor.api.routers.common import problems, router
from monitor.api.schemas import ReasonBody
from monitor.complaint import Said, State
from monitor.store import complaints
from monitor.task import InputError

routes = router("complaints")
_STEP: dict[str, Any] = {"response_model": shapes.Complaint, "responses": problems(409, 415)}


@routes.get("/complaints/form", response_class=HTMLResponse)
def get_complaint_form(
    tools: Tools, accept_language: Annotated[str | None, Header()] = None
) -> HTMLResponse:
    """A form for the desk: it asks for a token, which may record complaints, and keeps nothing."""
    content = page.form(language(accept_language), tools.desk.complaining.channels)
    return HTMLResponse(content, headers=page.HEADERS)


@routes.get("/complaints", response_model=shapes.ComplaintPage)
def list_complaints(
    tools: Tools,
    caller: Reader,
    state: State | None = None,
    district: Annotated[str | None, Query(max_length=100)] = None,
    overdue: Annotated[bool, Query(description="those of which something is late")] = False,
    uscc: Annotated[str | None, Query(max_length=100)] = None,
    channel: Annotated[str | None, Query(max_length=32)] = None,
    start: Annotated[
        str | None, Query(alias="from", description="received: a time, or a date")
    ] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Complaints of the token's districts, the latest first."""
    desk = tools.desk
    before = paging.decode("complaints", cursor, int)
    wanted = complaints.Wanted(
        state=state,
        district=district,
        overdue_at=desk.now() if overdue else None,
        uscc=uscc,
        channel=channel,
        since=paging.moment(start, desk.zone, "from") if start else None,
        until=paging.end_of(end, desk.zone, "to") if end else None,
    )
    with desk.store.read() as connection:
        rows = complaints.listed(connection, caller.districts, limit + 1, before, wanted)
        rows, following = paging.page(rows, limit, lambda row: paging.encode("complaints", row.id))
        items = complaints.shapes(connection, rows, desk.zone)
    return {"items": items, "next": following}


@routes.post(
    "/complaints",
    response_model=shapes.Complaint,
    status_code=201,
    responses={**problems(409, 415), 200: {"model": shapes.Complaint}},
)
def record_complaint(
    tools: Tools, caller: Recorder, body: shapes.ComplaintBody, response: Response
) -> Any:
    """Record a complaint: its verification task is queued, or it joins the open one of its matter. The
    same number of the same channel again is answered with 200."""
    zone = tools.desk.zone
    said = Said(
        channel=body.channel,
        received_at=paging.moment(body.received_at, zone, "received_at"),
        text=body.text,
        reference=body.reference,
        uscc=body.uscc.strip().upper() if body.uscc else None,
        place=(body.place.longitude, body.place.latitude) if body.place else None,
        district=body.district,
        close_by=paging.end_of(body.close_by, zone, "close_by") if body.close_by else None,
        reporter=body.reporter or {},
    )
    recorded, new = complaining.record(tools.desk, caller, said)
    if not new:
        response.status_code = 200
    return recorded


@routes.get("/complaints/{complaint_id}", response_model=shapes.Complaint)
def get_complaint(tools: Tools, caller: Reader, complaint_id: Id, response: Response) -> Any:
    """One complaint with its deadlines and history; nothing of who made it."""
    return paging.tagged(response, actions.one(tools.desk, caller, complaint_id))


@routes.get(
    "/complaints/{complaint_id}/reporter",
    response_model=shapes.Reporter,
    responses=problems(409),
)
def identify_reporter(
    tools: Tools,
    caller: Confidant,
    complaint_id: Id,
    reason: Annotated[str, Query(min_length=1, max_length=500)],
    response: Response,
) -> Any:
    """Who made a complaint. Every look is entered in the audit trail, with its reason."""
    response.headers["Cache-Control"] = "no-store"
    return actions.reporter_of(tools.desk, caller, complaint_id, reason)


@routes.post("/complaints/{complaint_id}/accept", **_STEP)
def accept_complaint(
    tools: Tools, caller: Worker, complaint_id: Id, body: shapes.AcceptBody
) -> Any:
    """Accept it (受理); its reporter is told so."""
    zone, by = tools.desk.zone, body.close_by
    close_by = paging.end_of(by, zone, "close_by") if by else None
    return actions.accept(tools.desk, caller, complaint_id, body.reason, close_by)


@routes.post("/complaints/{complaint_id}/refuse", **_STEP)
def refuse_complaint(tools: Tools, caller: Director, complaint_id: Id, body: ReasonBody) -> Any:
    """Do not accept it (不予受理); its task stays until it is reported or withdrawn."""
    return actions.refuse(tools.desk, caller, complaint_id, body.reason)


@routes.post("/complaints/{complaint_id}/hand-on", **_STEP)
def hand_on_complaint(
    tools: Tools, caller: Director, complaint_id: Id, body: shapes.HandOnBody
) -> Any:
    """Hand it on (转办): to another district, its open task with it, or to a body that is not ours."""
    if body.district is not None and body.body is None:
        return actions.transfer(tools.desk, caller, complaint_id, body.district, body.reason)
    if body.body is not None and body.district is None:
        return actions.hand_on(tools.desk, caller, complaint_id, body.body, body.reason)
    raise InputError("one of district and body must be given")


@routes.post("/complaints/{complaint_id}/extend", **_STEP)
def extend_complaint(
    tools: Tools, caller: Director, complaint_id: Id, body: shapes.PutOffBody
) -> Any:
    """Put its closing off (延期), as far as it may be."""
    due_at = paging.end_of(body.due_at, tools.desk.zone, "due_at")
    return actions.extend(tools.desk, caller, complaint_id, due_at, body.reason)


@routes.post("/complaints/{complaint_id}/close", **_STEP)
def close_complaint(
    tools: Tools, caller: Director, complaint_id: Id, body: shapes.CloseComplaintBody
) -> Any:
    """Close it (办结) with its outcome, after its visit was reported or withdrawn."""
    return actions.close(tools.desk, caller, complaint_id, body.outcome)


@routes.post("/complaints/{complaint_id}/feedback", **_STEP)
def give_feedback(tools: Tools, caller: Worker, complaint_id: Id, body: ReasonBody) -> Any:
    """Note that its reporter was told what came of it (反馈), once it has ended."""
    return actions.give_feedback(tools.desk, caller, complaint_id, body.reason)

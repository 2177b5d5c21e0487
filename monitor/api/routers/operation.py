"""For those who run the bureau's monitoring: problems, frames, the audit trail."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from monitor.actions import trail
from monitor.api import paging, shapes
from monitor.api.auth import Auditor, Operator, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.problems import BadCursorError
from monitor.api.routers.common import router
from monitor.clock import rfc3339
from monitor.errors import MediaUnavailable, NotFound
from monitor.store import audit, frames, sightings, views

routes = router("operation")


@routes.get("/problems", response_model=shapes.FrameProblemPage)
def list_problems(
    tools: Tools,
    caller: Operator,
    day: date | None = None,
    adapter: str | None = None,
    device: str | None = None,
    problem: str | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """What was wrong with frames, counted by day, adapter, device and name; newest day first."""
    key = paging.decode("problems", cursor, str, str, str, str)
    before = (_day(key[0]), *key[1:]) if key else None
    exact = {"day": day, "adapter": adapter, "device": device, "problem": problem}
    with tools.desk.store.read() as connection:
        found = views.problem_rows(connection, caller.districts, limit + 1, before, **exact)
    found, following = paging.page(
        found,
        limit,
        lambda row: paging.encode(
            "problems", row.day.isoformat(), row.adapter, row.device, row.problem
        ),
    )
    return {"items": [_problem(row, tools.desk.zone) for row in found], "next": following}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadCursorError("cursor: not one that this list gave") from None


def _problem(row: Any, zone: Any) -> dict[str, Any]:
    fields = dict(row._mapping)
    return fields | {
        "day": row.day.isoformat(),
        "first_at": rfc3339(row.first_at, zone),
        "last_at": rfc3339(row.last_at, zone),
    }


@routes.get(
    "/frames/{frame_id}",
    response_model=shapes.Frame,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def get_frame(request: Request, tools: Tools, caller: Operator, frame_id: Id) -> Response:
    """A frame as it came; the bare bytes where `Accept: application/octet-stream` asks for them.

    Of one that is longer than the log takes (256 KiB) they are to be had bare only.
    """
    with tools.desk.store.read() as connection:
        frame = frames.fetch(connection, frame_id)
        if frame is None or (
            caller.districts
            and not views.device_in_reach(connection, caller.districts, frame.device or "")
        ):
            raise NotFound(f"there is no frame {frame_id}")
        body = sightings.body(connection, frame_id)
    if "application/octet-stream" in request.headers.get("accept", ""):
        raw = frame.raw if body is None else tools.desk.media.content(body.sha256)
        if raw is None:
            raise MediaUnavailable(f"{frame_id} is not among the media")
        return Response(raw, media_type="application/octet-stream")
    zone = tools.desk.zone
    said = {
        "id": frame_id,
        "source": frame.source,
        "peer": frame.peer,
        "received_at": rfc3339(frame.received_at, zone),
        "device": frame.device,
        "sent_at": rfc3339(frame.sent_at, zone) if frame.sent_at else None,
        "verdict": frame.verdict,
        "problems": list(frame.problems),
        "note": frame.note,
        "size": len(frame.raw) if body is None else body.size,
        "raw": base64.b64encode(frame.raw).decode(),
        "text": frame.raw.decode("gb18030", "replace"),
    }
    return paging.respond(said)


Since = Annotated[str | None, Query(alias="from", description="a time, or a date")]
Until = Annotated[str | None, Query(alias="to", description="a time, or a date's end")]


@routes.get("/audit", response_model=shapes.AuditPage)
def list_audit(
    tools: Tools,
    caller: Auditor,
    actor: str | None = None,
    action: str | None = None,
    thing: Annotated[str | None, Query(alias="object", description="e.g. `task/17`")] = None,
    start: Since = None,
    end: Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Who did what, when, to what, from where; each entry's hash covers the one before."""
    trail.require(caller)
    zone = tools.desk.zone
    wanted = audit.Wanted(
        actor=actor,
        action=action,
        object=thing,
        since=paging.moment(start, zone, "from") if start else None,
        until=paging.end_of(end, zone, "to") if end else None,
    )
    after = paging.decode("audit", cursor, int) or 0
    with tools.desk.store.read() as connection:
        found = audit.listed(connection, after, limit + 1, wanted)
    found, following = paging.page(found, limit, lambda row: paging.encode("audit", row.seq))
    items = [{**row._mapping, "at": rfc3339(row.at, zone)} for row in found]
    return {"items": items, "next": following}


@routes.get(
    "/audit/export",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
def export_audit(
    tools: Tools, caller: Auditor, start: Since = None, end: Until = None
) -> StreamingResponse:
    """The trail as JSON lines, for `offsite-monitor audit verify`; the export is an entry of its own."""
    zone = tools.desk.zone
    since = paging.moment(start, zone, "from") if start else None
    until = paging.end_of(end, zone, "to") if end else None
    headers = {
        "Content-Disposition": 'attachment; filename="audit.jsonl"',
        "Cache-Control": "no-store",
    }
    lines = trail.export(tools.desk, caller, since, until)
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

"""For those who run the bureau's monitoring: problems, frames, the audit trail."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from fastapi import Request, Response

from monitor.api import paging, shapes
from monitor.api.auth import Auditor, Operator, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.problems import BadCursorError
from monitor.api.routers.common import router
from monitor.clock import rfc3339
from monitor.errors import Forbidden, NotFound
from monitor.store import audit, frames, views

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
    """A frame as it came; the bare bytes where `Accept: application/octet-stream` asks for them."""
    with tools.desk.store.read() as connection:
        frame = frames.fetch(connection, frame_id)
        if frame is None or (
            caller.districts
            and not views.outlet_in_reach(connection, caller.districts, frame.device or "")
        ):
            raise NotFound(f"there is no frame {frame_id}")
    if "application/octet-stream" in request.headers.get("accept", ""):
        return Response(frame.raw, media_type="application/octet-stream")
    zone = tools.desk.zone
    body = {
        "id": frame_id,
        "source": frame.source,
        "peer": frame.peer,
        "received_at": rfc3339(frame.received_at, zone),
        "device": frame.device,
        "sent_at": rfc3339(frame.sent_at, zone) if frame.sent_at else None,
        "verdict": frame.verdict,
        "problems": list(frame.problems),
        "note": frame.note,
        "raw": base64.b64encode(frame.raw).decode(),
        "text": frame.raw.decode("gb18030", "replace"),
    }
    return paging.respond(body)


@routes.get("/audit", response_model=shapes.AuditPage)
def list_audit(tools: Tools, caller: Auditor, limit: Limit = 100, cursor: Cursor = None) -> Any:
    """Who did what, when, to what, from where; each entry's hash covers the one before."""
    if caller.districts:
        raise Forbidden("the trail is the whole bureau's: it takes a token of all districts")
    after = paging.decode("audit", cursor, int) or 0
    with tools.desk.store.read() as connection:
        found = audit.listed(connection, after, limit + 1)
    found, following = paging.page(found, limit, lambda row: paging.encode("audit", row.seq))
    items = [{**row._mapping, "at": rfc3339(row.at, tools.desk.zone)} for row in found]
    return {"items": items, "next": following}

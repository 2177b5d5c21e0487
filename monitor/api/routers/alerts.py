"""Alerts and their screening."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Response

from monitor.actions import alerts as actions
from monitor.actions import evidence
from monitor.api import alert_shapes, paging, reminder_shapes, schemas
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.errors import NotFound
from monitor.store import alerts as rows
from monitor.store import views

routes = router("alerts")


@routes.get("/alerts", response_model=alert_shapes.AlertPage)
def list_alerts(
    tools: Tools,
    caller: Reader,
    state: Literal["open", "cleared"] | None = None,
    rule: str | None = None,
    outcome: Literal["remind", "screen", "verify"] | None = None,
    uscc: str | None = None,
    district: str | None = None,
    silent: bool = False,
    muted: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Alerts, newest first; with `silent=true` those of real-time data that only came late, with `muted`
    only those that are, or are not, muted by another alert or a silence.
    """
    before = paging.decode("alerts", cursor, int)
    exact = {"state": state, "rule": rule, "outcome": outcome, "uscc": uscc, "district": district}
    with tools.desk.store.read() as connection:
        found = views.alert_rows(
            connection, caller.districts, limit + 1, before, silent=silent, muted=muted, **exact
        )
        found, following = paging.page(found, limit, lambda row: paging.encode("alerts", row.id))
        items = rows.shape_rows(connection, found, tools.desk.zone, tools.desk.now())
    return {"items": items, "next": following}


@routes.get("/alerts/{alert_id}", response_model=alert_shapes.AlertDetail)
def get_alert(tools: Tools, caller: Reader, alert_id: Id, response: Response) -> Any:
    """One alert with the periods it is made of (the latest 500) and the frames they came in."""
    with tools.desk.store.read() as connection:
        row = views.alert_row(connection, caller.districts, alert_id)
        if row is None:
            raise NotFound(f"there is no alert {alert_id}")
        found = actions.detail(connection, row, tools.desk, tools.desk.now())
    return paging.tagged(response, found)


@routes.get(
    "/alerts/{alert_id}/evidence",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def get_evidence(tools: Tools, caller: Reader, alert_id: Id) -> Response:
    """The evidence bundle (证据包): a zip that `offsite-monitor evidence verify` checks.

    Every export is audited, with the head of the bundle.
    """
    bundle = evidence.export(tools.desk, caller, alert_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{bundle.name}"',
        "Cache-Control": "no-store",
    }
    return Response(bundle.content, media_type="application/zip", headers=headers)


@routes.post(
    "/alerts/{alert_id}/screen",
    response_model=reminder_shapes.Screened,
    responses=problems(409, 415),
)
def screen_alert(tools: Tools, caller: Director, alert_id: Id, body: schemas.ScreenBody) -> Any:
    """A supervisor decides: `verify` queues (or joins) a task, `dismiss`, `remind` makes a reminder."""
    return actions.screen(
        tools.desk, caller, alert_id, body.verdict, body.reason, body.text, body.cause
    )

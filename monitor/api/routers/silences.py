"""Silences (静默)."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from monitor import rule_book
from monitor.actions import silences as actions
from monitor.api import paging
from monitor.api import silence_shapes as shapes
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.errors import NotFound
from monitor.silence import Matcher, State
from monitor.store import silences
from monitor.task import InputError

routes = router("silences")


@routes.post(
    "/silences", response_model=shapes.Silence, status_code=201, responses=problems(409, 415)
)
def create_silence(tools: Tools, caller: Director, body: shapes.SilenceBody) -> Any:
    """Let alerts be told to nobody for a time: webhooks, chats, the stream. The record, tasks, and
    alerts that ask for a visit are not touched.
    """
    zone = tools.desk.zone
    if body.rule is not None and body.rule not in rule_book.NAMES:
        raise InputError(f"rule: there is none of that name; {', '.join(rule_book.NAMES)}")
    matcher = Matcher(
        uscc=body.uscc,
        mn=body.outlet,
        rule=body.rule,
        pollutant=(body.pollutant or "").lower() or None,
        district=body.district,
    )
    start = paging.moment(body.from_, zone, "from") if body.from_ is not None else None
    until = paging.end_of(body.until, zone, "until")
    return actions.enter(tools.desk, caller, matcher, body.reason, start, until)


@routes.get("/silences", response_model=shapes.SilencePage)
def list_silences(
    tools: Tools,
    caller: Reader,
    state: State | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Silences of the token's districts and those of all districts, newest first."""
    before = paging.decode("silences", cursor, int)
    at = tools.desk.now()
    with tools.desk.store.read() as connection:
        found = silences.listed(connection, caller.districts, at, limit + 1, before, state)
    found, following = paging.page(found, limit, lambda row: paging.encode("silences", row.id))
    items = [silences.shape(row, tools.desk.zone, at) for row in found]
    return {"items": items, "next": following}


@routes.get("/silences/{silence_id}", response_model=shapes.Silence)
def get_silence(tools: Tools, caller: Reader, silence_id: Id, response: Response) -> Any:
    """One silence, over or not."""
    with tools.desk.store.read() as connection:
        row = silences.find(connection, silence_id, caller.districts)
    if row is None:
        raise NotFound(f"there is no silence {silence_id}")
    return paging.tagged(response, silences.shape(row, tools.desk.zone, tools.desk.now()))


@routes.delete("/silences/{silence_id}", response_model=shapes.Silence, responses=problems(409))
def end_silence(tools: Tools, caller: Director, silence_id: Id) -> Any:
    """End it now; it stays to be read. Alerts that are still open are told within half a minute."""
    return actions.end(tools.desk, caller, silence_id)

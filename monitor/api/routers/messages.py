"""Contacts of enterprises, and messages to them (宣贯帮扶)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from monitor.actions import messages as actions
from monitor.api import message_shapes as shapes
from monitor.api import paging
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Limit
from monitor.api.routers.common import problems, router
from monitor.gateway import State
from monitor.store import messages as rows

routes = router("messages")

Uscc = Annotated[str, Path(max_length=100)]


@routes.get("/enterprises/{uscc}/contacts", response_model=shapes.ContactList)
def get_contacts(tools: Tools, caller: Reader, uscc: Uscc, response: Response) -> Any:
    """An enterprise's contacts; messages go to the first."""
    return paging.tagged(response, actions.contacts_of(tools.desk, caller, uscc))


@routes.put(
    "/enterprises/{uscc}/contacts", response_model=shapes.ContactList, responses=problems(415)
)
def put_contacts(tools: Tools, caller: Director, uscc: Uscc, body: shapes.Contacts) -> Any:
    """Replace an enterprise's contacts; those that were there before are not kept."""
    people = [each.model_dump() for each in body]
    return actions.put_contacts(tools.desk, caller, uscc, people)


@routes.post(
    "/messages", response_model=shapes.Guidance, status_code=202, responses=problems(409, 415)
)
def send_messages(tools: Tools, caller: Director, body: shapes.GuidanceBody) -> Any:
    """Send guidance to the first contact of each enterprise, by the gateway."""
    return actions.guide(tools.desk, caller, body.usccs, body.text)


@routes.get("/messages", response_model=shapes.MessagePage)
def list_messages(
    tools: Tools,
    caller: Reader,
    uscc: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Messages that were recorded in [from, to), newest first."""
    zone, before = tools.desk.zone, paging.decode("messages", cursor, int)
    with tools.desk.store.read() as connection:
        found = rows.listed(
            connection,
            caller.districts,
            limit + 1,
            before,
            uscc=uscc,
            state=state,
            since=paging.moment(start, zone, "from") if start else None,
            until=paging.end_of(end, zone, "to") if end else None,
        )
    found, following = paging.page(found, limit, lambda row: paging.encode("messages", row.id))
    return {"items": [rows.shape(row, zone) for row in found], "next": following}

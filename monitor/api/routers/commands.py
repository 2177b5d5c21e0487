"""Commands to devices (反控)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import Response

from monitor.actions import commands as actions
from monitor.api import device_shapes, paging, schemas
from monitor.api.auth import Commander, Operator, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.command import State
from monitor.errors import NotFound
from monitor.store import commands, views

routes = router("commands")


@routes.get("/commands", response_model=device_shapes.CommandPage)
def list_commands(
    tools: Tools,
    caller: Operator,
    mn: str | None = None,
    state: State | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """What devices were told, newest first; of one device with `mn`."""
    before = paging.decode("commands", cursor, int)
    with tools.desk.store.read() as connection:
        found = commands.listed(
            connection, caller.districts, mn=mn, state=state, limit=limit + 1, before=before
        )
    found, following = paging.page(found, limit, lambda row: paging.encode("commands", row.id))
    return {
        "items": [commands.shape(row, tools.desk.zone) for row in found],
        "next": following,
    }


@routes.get("/commands/codes", response_model=device_shapes.CommandCodeList)
def list_command_codes(tools: Tools, caller: Operator) -> Any:
    """The command codes with direction, meaning and parameters; others may be sent all the same."""
    del caller
    return {"items": tools.codes}


@routes.get("/commands/{command_id}", response_model=device_shapes.Command)
def get_command(tools: Tools, caller: Operator, command_id: Id, response: Response) -> Any:
    """One command, and what the device answered."""
    with tools.desk.store.read() as connection:
        row = commands.find(connection, command_id)
        in_reach = row is not None and (
            not caller.districts or views.outlet_in_reach(connection, caller.districts, row.mn)
        )
    if row is None or not in_reach:
        raise NotFound(f"there is no command {command_id}")
    return paging.tagged(response, commands.shape(row, tools.desk.zone))


@routes.post(
    "/devices/{mn}/commands",
    response_model=device_shapes.Command,
    status_code=201,
    responses=problems(409, 415),
)
def place_command(tools: Tools, caller: Commander, mn: str, body: device_shapes.CommandBody) -> Any:
    """Queue a command; it is sent when the device is connected, within `wait_minutes`."""
    wait = timedelta(minutes=body.wait_minutes)
    return actions.place(tools.desk, caller, tools.prepare, mn, body.code, body.parameters, wait)


@routes.post(
    "/commands/{command_id}/cancel",
    response_model=device_shapes.Command,
    responses=problems(409, 415),
)
def cancel_command(
    tools: Tools, caller: Commander, command_id: Id, body: schemas.ReasonBody
) -> Any:
    """End a command that was not sent yet."""
    return actions.cancel(tools.desk, caller, command_id, body.reason)

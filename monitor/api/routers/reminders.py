"""Reminders to enterprises (提醒帮扶)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from monitor.actions import reminders as actions
from monitor.api import paging
from monitor.api import reminder_shapes as shapes
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.errors import NotFound
from monitor.reminder import State
from monitor.store import reminders as rows

routes = router("reminders")


@routes.post(
    "/reminders",
    response_model=shapes.LinkedReminder,
    status_code=201,
    responses=problems(415),
)
def create_reminder(tools: Tools, caller: Director, body: shapes.NewReminderBody) -> Any:
    """Remind an enterprise; pass `link` on to it. It is shown this once."""
    return actions.remind(tools.desk, caller, body.uscc, body.text, body.alert)


@routes.get("/reminders", response_model=shapes.ReminderPage)
def list_reminders(
    tools: Tools,
    caller: Reader,
    alert: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    uscc: Annotated[str | None, Query(max_length=100)] = None,
    state: State | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Reminders and their replies, newest first."""
    desk, before = tools.desk, paging.decode("reminders", cursor, int)
    with desk.store.read() as connection:
        found = rows.listed(
            connection,
            caller.districts,
            desk.now(),
            limit + 1,
            before,
            alert=alert,
            uscc=uscc,
            wanted=state,
        )
        found, following = paging.page(found, limit, lambda row: paging.encode("reminders", row.id))
        return {"items": actions.shapes(desk, connection, found), "next": following}


@routes.get("/reminders/{reminder_id}", response_model=shapes.Reminder)
def get_reminder(tools: Tools, caller: Reader, reminder_id: Id, response: Response) -> Any:
    """One reminder with its reply and the proof that came with it."""
    with tools.desk.store.read() as connection:
        row = rows.find(connection, reminder_id, caller.districts)
        if row is None:
            raise NotFound(f"there is no reminder {reminder_id}")
        return paging.tagged(response, actions.shapes(tools.desk, connection, [row])[0])


@routes.post(
    "/reminders/{reminder_id}/renew",
    response_model=shapes.LinkedReminder,
    responses=problems(409),
)
def renew_reminder(tools: Tools, caller: Director, reminder_id: Id) -> Any:
    """A new link for a reminder that was not answered; the one before is void."""
    return actions.renew(tools.desk, caller, reminder_id)

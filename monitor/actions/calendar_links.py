"""Links under which an officer's calendar reads due dates; whoever has one needs no token."""

from __future__ import annotations

import secrets
from typing import Any

from monitor.actions.desk import Desk
from monitor.clock import rfc3339
from monitor.errors import Conflict, NotFound
from monitor.store import calendar_links
from monitor.tokens import Caller, Right, digest

MOST = 10
"""Links of one token."""


def shape(row: Any, desk: Desk) -> dict[str, Any]:
    """The JSON of a link, without its secret."""
    created = rfc3339(row.created_at, desk.zone)
    return {"id": row.id, "details": row.details, "created_at": created}


def make(desk: Desk, caller: Caller, *, details: bool) -> dict[str, Any]:
    """A new link; the answer has its path, this once."""
    with desk.transaction(caller, Right.READ) as work:
        if caller.id is None or calendar_links.count(work.connection, caller.id) >= MOST:
            raise Conflict(f"a token may have {MOST} links; end one that is not needed")
        secret = secrets.token_urlsafe(32)
        number = calendar_links.add(
            work.connection, caller.id, digest(secret), work.at, details=details
        )
        work.audit("calendar.create", f"calendar/{number}", data={"details": details})
        made = rfc3339(work.at, desk.zone)
        path = f"/api/v1/calendars/{secret}.ics"
        return {"id": number, "details": details, "created_at": made, "path": path}


def end(desk: Desk, caller: Caller, link: int) -> None:
    """Let a link work no more."""
    with desk.transaction(caller, Right.READ) as work:
        if caller.id is None or not calendar_links.remove(work.connection, caller.id, link):
            raise NotFound(f"there is no calendar link {link}")
        work.audit("calendar.delete", f"calendar/{link}")

"""Filters over the queue, the same for its list and for what it is exported as."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from monitor.api import paging
from monitor.api.services import services_of
from monitor.store.views import Queue
from monitor.task import State

Attention = Literal["due_soon", "overdue", "stuck", "provisional"]
_ATTENTION = (
    "open tasks that are due within `[tasks] remind_hours`; overdue; stuck (returned, or taken to a "
    "higher level); with a provisional due time"
)


async def _queue(
    request: Request,
    state: Annotated[list[State] | None, Query()] = None,
    district: str | None = None,
    priority: Annotated[int | None, Query(ge=1, le=5)] = None,
    officer: str | None = None,
    due_before: Annotated[str | None, Query(description="a time with offset, or a date")] = None,
    attention: Annotated[Attention | None, Query(description=_ATTENTION)] = None,
) -> Queue:
    desk = services_of(request).desk
    return Queue(
        states=tuple(s.value for s in state) if state else None,
        district=district,
        priority=priority,
        officer=officer,
        due_before=paging.moment(due_before, desk.zone, "due_before") if due_before else None,
        attention=attention,
        soon=desk.now() + desk.time_limits().remind if attention == "due_soon" else None,
    )


Wanted = Annotated[Queue, Depends(_queue)]

"""Data loggers that introduced themselves and wait for an MN, or have one (HJ 212-2025)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from monitor.actions import loggers as actions
from monitor.api import device_shapes, paging
from monitor.api.auth import Commander, Operator, Tools
from monitor.api.paging import Cursor, Limit
from monitor.api.routers.common import problems, router
from monitor.errors import Forbidden
from monitor.store import loggers

routes = router("operation")


@routes.get("/loggers", response_model=device_shapes.LoggerPage)
def list_loggers(
    tools: Tools,
    caller: Operator,
    assigned: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Data loggers that said who they are; `assigned=false` are those without an MN."""
    if caller.districts:
        raise Forbidden("loggers are of no district yet: it takes a token of all districts")
    after = paging.decode("loggers", cursor, str) or ""
    with tools.desk.store.read() as connection:
        found = loggers.listed(connection, assigned, limit + 1, after)
    found, following = paging.page(found, limit, lambda row: paging.encode("loggers", row.logger))
    return {"items": [loggers.shape(row, tools.desk.zone) for row in found], "next": following}


@routes.get("/loggers/{logger}", response_model=device_shapes.Logger)
def get_logger(
    tools: Tools, caller: Operator, logger: Annotated[str, Path(max_length=100)], response: Response
) -> Any:
    """One data logger."""
    return paging.tagged(response, actions.one(tools.desk, caller, logger))


@routes.post(
    "/loggers/{logger}/assign",
    response_model=device_shapes.Command,
    status_code=201,
    responses=problems(409, 415),
)
def assign_logger(
    tools: Tools, caller: Commander, logger: str, body: device_shapes.AssignBody
) -> Any:
    """Give a data logger the MN of a registered outlet; answers the command that tells it."""
    return actions.assign(tools.desk, caller, tools.prepare, tools.set_mn, logger, body.mn)

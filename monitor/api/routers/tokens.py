"""Tokens: who may use the API."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from monitor.actions import tokens as actions
from monitor.api import paging, token_shapes
from monitor.api.auth import Manager, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router

routes = router("tokens")


@routes.get("/tokens", response_model=token_shapes.TokenPage)
def list_tokens(
    tools: Tools,
    caller: Manager,
    in_force: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Tokens, people and their sessions within the districts of the token that asks."""
    after = paging.decode("tokens", cursor, int) or 0
    found = actions.listed(tools.desk, caller, in_force=in_force, limit=limit + 1, after=after)
    found, following = paging.page(found, limit, lambda item: paging.encode("tokens", item["id"]))
    return {"items": found, "next": following}


@routes.get("/tokens/{token_id}", response_model=token_shapes.Token)
def get_token(tools: Tools, caller: Manager, token_id: Id, response: Response) -> Any:
    """One token."""
    found = actions.one(tools.desk, caller, token_id)
    response.headers["ETag"] = actions.tag(found)
    return found


@routes.post(
    "/tokens",
    response_model=token_shapes.NewToken,
    status_code=201,
    responses=problems(409, 415),
)
def create_token(tools: Tools, caller: Manager, body: token_shapes.TokenBody) -> Any:
    """Make a token; `token` is shown this once."""
    shaped, text = actions.made(
        tools.desk, caller, body.name, body.role, body.districts, body.expires_on
    )
    return shaped | {"token": text}


@routes.post("/tokens/{token_id}/revoke", response_model=token_shapes.Token)
def revoke_token(tools: Tools, caller: Manager, token_id: Id) -> Any:
    """End a token and the webhooks made with it; of a person, all sessions."""
    return actions.revoke(tools.desk, caller, token_id)

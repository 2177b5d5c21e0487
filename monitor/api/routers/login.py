"""Logging in at the bureau's provider (OpenID Connect), where one is set up."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from monitor.actions import people as actions
from monitor.api import token_shapes
from monitor.api.auth import Reader, Tools, bearer_of, origin_of, refused
from monitor.api.people import LOGIN_SECONDS, People
from monitor.api.problems import Unauthorized
from monitor.api.route import PREFIX, Route, operation_id
from monitor.api.routers.common import problems
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.oidc.provider import Refused

routes = APIRouter(
    prefix=PREFIX, tags=["login"], route_class=Route, generate_unique_id_function=operation_id
)

_COOKIE = "offsite_monitor_login"
_PATH = f"{PREFIX}/auth"


def _people(tools: Services) -> People:
    if tools.people is None:
        raise NotFound("there is no login here: use a token")
    return tools.people


@routes.get(
    "/auth/login",
    response_class=RedirectResponse,
    status_code=303,
    responses=problems(404, 422, 503),
)
async def begin_login(
    tools: Tools,
    return_to: Annotated[
        str | None, Query(max_length=2000, description="One of `[oidc] return_to`")
    ] = None,
) -> Response:
    """Send a browser to the provider; it comes back to `/auth/callback` with its session."""
    people = _people(tools)
    url, kept = await people.begin(return_to)
    response = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        _COOKIE,
        kept,
        max_age=LOGIN_SECONDS,
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=people.provider.client.redirect_uri.startswith("https:"),
    )
    return response


@routes.get(
    "/auth/callback",
    response_model=token_shapes.NewToken,
    responses={
        303: {"description": "To `return_to`, with `token` and `expires_at` in the fragment"},
        **problems(401, 403, 404, 429, 503),
    },
)
async def end_login(
    request: Request,
    tools: Tools,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=500)] = "",
    iss: Annotated[str | None, Query(max_length=2000)] = None,
    kept: Annotated[str, Cookie(alias=_COOKIE, max_length=4000)] = "",
) -> Response:
    """Where the provider sends the browser back: a session of some hours; `token` is shown this once."""
    people, origin = _people(tools), origin_of(request)
    tools.throttle.check(origin, "login")
    try:
        if not code or iss not in (None, people.provider.client.issuer):  # the latter: RFC 9207
            raise Refused("the provider did not let you in; begin anew")
        session, return_to = await people.end(tools.desk, kept, state, code, origin)
    except Refused as error:
        await run_in_threadpool(refused, tools, origin)
        raise Unauthorized(str(error)) from None
    response = _sent(session, return_to)
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _sent(session: dict[str, Any], return_to: str | None) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    if return_to is None:
        return JSONResponse(session, headers=headers)
    told = {name: session[name] for name in ("token", "expires_at")}
    return RedirectResponse(f"{return_to}#{urlencode(told)}", 303, headers)


@routes.post("/auth/logout", status_code=204, responses=problems(401, 403, 409))
def end_session(request: Request, tools: Tools, caller: Reader) -> Response:
    """End the session that asks."""
    actions.log_out(tools.desk, caller, bearer_of(request))
    return Response(status_code=204)

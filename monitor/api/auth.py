"""Who asks: the bearer token, its role's rights, its districts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from monitor.actions import access
from monitor.api.problems import Unauthorized
from monitor.api.services import Services, services, services_of
from monitor.clock import civil_date
from monitor.oidc.provider import Refused
from monitor.store import tokens
from monitor.tokens import Caller, Right, Role, digest, well_formed

_scheme = HTTPBearer(auto_error=False, description="`omt_…`, or a JWT of the bureau's provider")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]
"""What a request shows, if it shows anything."""


def authenticate(found: Services, text: str, origin: str | None) -> Caller:
    """The caller behind a token; Unauthorized if it is not one in force.

    Raises TooMany where too many wrong ones came from the origin.
    """
    known_by = digest(text)
    found.throttle.check(origin, known_by)
    try:
        caller = _holder(found, text, origin)
    except Unauthorized:
        refused(found, origin)
        raise
    found.throttle.passed(origin, known_by)
    return caller


def refused(found: Services, origin: str | None) -> None:
    """Count a login that failed; one too many locks its origin out, which is entered in the trail."""
    if found.throttle.failed(origin):
        access.locked_out(found.desk, origin, found.throttle.failures)


def _holder(found: Services, text: str, origin: str | None) -> Caller:
    if not well_formed(text):
        raise Unauthorized("the token is not one of ours, or was mistyped")
    desk = found.desk
    at = desk.now()
    with desk.store.read() as connection:
        row = tokens.find(connection, digest(text), at, civil_date(at, desk.zone))
    if row is None:
        raise Unauthorized("the token is unknown, revoked or expired")
    if tokens.use_is_stale(row, at):
        with desk.store.write() as connection:
            tokens.note_use(connection, row.id, at, origin)
    return Caller(
        id=row.person or row.id,  # what a person has is not one session's
        name=row.name,
        role=Role(row.role),
        districts=tuple(row.districts),
        origin=origin,
    )


async def identify(found: Services, text: str, origin: str | None) -> Caller:
    """The caller behind a bearer: a token of ours, or a JWT of the provider, where there is one.

    Raises Unauthorized, TooMany, Forbidden, ProviderUnavailable.
    """
    if found.people is None or not found.people.provider.issued(text):
        return await found.lookups.run(lambda: authenticate(found, text, origin))
    known_by = digest(text)
    found.throttle.check(origin, known_by)
    try:
        caller = await found.people.caller(found.desk, text, origin)
    except Refused as error:
        await run_in_threadpool(refused, found, origin)
        raise Unauthorized(str(error)) from None
    found.throttle.passed(origin, known_by)
    return caller


def bearer_of(request: Request) -> str:
    """The bearer of a request that was let in by it."""
    return request.headers["authorization"].partition(" ")[2].strip()


def origin_of(request: Request) -> str | None:
    """The address that a request came from; behind a trusted proxy the one that the proxy names."""
    return request.client.host if request.client else None


def needs(right: Right) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency: the caller, if its role has the right."""

    async def caller(request: Request, bearer: Bearer) -> Caller:
        if bearer is None:
            raise Unauthorized("send `Authorization: Bearer <token>`")
        return await let_in(request, bearer.credentials, right)

    return caller


async def let_in(request: Request, text: str, right: Right) -> Caller:
    """The caller behind a bearer, if its role has the right and it has not asked too much."""
    found = services_of(request)
    who = await identify(found, text, origin_of(request))
    assert who.id is not None, "a token has its number"
    request.state.caller = who
    found.throttle.count(who.id)
    who.require(right)
    return replace(who, exchange=getattr(request.state, "exchange", None))


Asking = Callable[[], Coroutine[Any, Any, Caller]]


def standing(right: Right) -> Callable[..., Asking]:
    """A dependency: what asks the same again, as often as it is called; for answers that last."""

    needed = needs(right)

    def asking(request: Request, _let_in: Caller = Depends(needed)) -> Asking:
        found = services_of(request)

        async def ask() -> Caller:
            who = await identify(found, bearer_of(request), origin_of(request))
            who.require(right)
            return who

        return ask

    return asking


Reader = Annotated[Caller, Depends(needs(Right.READ))]
Worker = Annotated[Caller, Depends(needs(Right.WORK))]
Director = Annotated[Caller, Depends(needs(Right.DIRECT))]
Subscriber = Annotated[Caller, Depends(needs(Right.SUBSCRIBE))]
Operator = Annotated[Caller, Depends(needs(Right.OPERATE))]
Commander = Annotated[Caller, Depends(needs(Right.COMMAND))]
Auditor = Annotated[Caller, Depends(needs(Right.AUDIT))]
Recorder = Annotated[Caller, Depends(needs(Right.COMPLAIN))]
Confidant = Annotated[Caller, Depends(needs(Right.IDENTIFY))]
StillReader = Annotated[Asking, Depends(standing(Right.READ))]
Manager = Annotated[Caller, Depends(needs(Right.MANAGE))]
Tools = Annotated[Services, Depends(services)]

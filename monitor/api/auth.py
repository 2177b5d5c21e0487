"""Who asks: the bearer token, its role's rights, its districts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from monitor.api.problems import Unauthorized
from monitor.api.services import Services, services
from monitor.clock import civil_date
from monitor.store import tokens
from monitor.tokens import Caller, Right, Role, digest, well_formed

_bearer = HTTPBearer(auto_error=False, description="`omt_…`, see `offsite-monitor token create`")


def authenticate(desk_services: Services, text: str, origin: str | None) -> Caller:
    """The caller behind a token; Unauthorized if it is not one in force."""
    if not well_formed(text):
        raise Unauthorized("the token is not one of ours, or was mistyped")
    desk = desk_services.desk
    at = desk.now()
    with desk.store.read() as connection:
        row = tokens.find(connection, digest(text), civil_date(at, desk.zone))
    if row is None:
        raise Unauthorized("the token is unknown, revoked or expired")
    if tokens.use_is_stale(row, at):
        with desk.store.write() as connection:
            tokens.note_use(connection, row.id, at)
    return Caller(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        districts=tuple(row.districts),
        origin=origin,
    )


def needs(right: Right) -> Callable[..., Caller]:
    """A dependency: the caller, if its role has the right."""

    def caller(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        found: Annotated[Services, Depends(services)],
    ) -> Caller:
        if bearer is None:
            raise Unauthorized("send `Authorization: Bearer <token>`")
        origin = request.client.host if request.client else None
        who = authenticate(found, bearer.credentials, origin)
        who = replace(who, exchange=getattr(request.state, "exchange", None))
        who.require(right)
        return who

    return caller


Reader = Annotated[Caller, Depends(needs(Right.READ))]
Worker = Annotated[Caller, Depends(needs(Right.WORK))]
Director = Annotated[Caller, Depends(needs(Right.DIRECT))]
Subscriber = Annotated[Caller, Depends(needs(Right.SUBSCRIBE))]
Operator = Annotated[Caller, Depends(needs(Right.OPERATE))]
Commander = Annotated[Caller, Depends(needs(Right.COMMAND))]
Auditor = Annotated[Caller, Depends(needs(Right.AUDIT))]
Tools = Annotated[Services, Depends(services)]

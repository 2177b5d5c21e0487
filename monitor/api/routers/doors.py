"""The doors of adapters that are pushed to: `/feeds/{name}` and what lies below it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.actions import access
from monitor.adapter import Depot, Door, Pushed
from monitor.api import bodies
from monitor.api.auth import Bearer, let_in, origin_of
from monitor.api.problems import Unauthorized
from monitor.api.routers.common import problems, router
from monitor.api.services import Services, services_of
from monitor.errors import MediaTooLarge, NotFound
from monitor.tokens import Right, digest

routes = router("feeds")

PATH = re.compile(r"/api/v1/feeds/.+")
LARGEST = 100_000_000
"""Bytes that any door may take; each has a limit of its own."""


@dataclass(frozen=True, slots=True)
class Called:
    """Whose door was knocked at, by whom, and what lies below it."""

    name: str
    door: Door | Depot
    path: str
    token: int | None
    """Of who asks; None: whoever knows the secret."""


async def let_in_by(request: Request, bearer: Bearer, name: str, path: str) -> Called:
    """A door, where whoever asks has a feeder's token or knows its secret, as the first part of the path.

    Raises Unauthorized, Forbidden, NotFound.
    """
    found = services_of(request)
    door = found.doors().get(name)
    first, _, rest = path.partition("/")
    if door is not None and door.secret and _same(first, door.secret):
        return Called(name, door, rest, None)
    if bearer is None:
        if door is not None and door.secret and first:
            await run_in_threadpool(_knocked, found, origin_of(request), first)
        raise Unauthorized("send a feeder's token, or the secret as the first part of the path")
    caller = await let_in(request, bearer.credentials, Right.FEED)
    if door is None:
        raise NotFound(f"no adapter of this name is pushed to: {name[:64]}")
    return Called(name, door, path, caller.id)


async def _let_in(request: Request, bearer: Bearer) -> Called:
    name, _, path = request.path_params["path"].partition("/")
    return await let_in_by(request, bearer, name, path)


def _knocked(found: Services, origin: str | None, given: str) -> None:
    """Count a wrong secret; TooMany after too many. One device with an old secret locks out nobody else:
    the right secret opens, and tokens are counted by themselves.
    """
    found.knocks.check(origin, digest(given))
    if found.knocks.failed(origin):
        access.locked_out(found.desk, origin, found.knocks.failures)


def _same(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode(), secret.encode())


@routes.post(
    "/feeds/{path:path}",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "It is kept"}, **problems(429)},
)
async def push(request: Request, called: Annotated[Called, Depends(_let_in)]) -> Response:
    """Hand in what an adapter takes; what it cannot understand is kept all the same."""
    found, door = services_of(request), called.door
    if isinstance(door, Depot):
        raise NotFound("this adapter takes files: a form at `surveys`, tus at `files`")
    with found.held.room() as room:
        body = bytearray()
        async for chunk in bodies.chunks(request):
            if len(body) + len(chunk) > door.max_body:
                raise MediaTooLarge(f"this door takes {door.max_body} bytes at most")
            room.take(len(chunk))
            body += chunk
        answer = await door.receive(
            Pushed(
                method=request.method,
                path=called.path.strip("/"),
                headers=dict(request.headers),
                body=bytes(body),
                peer=origin_of(request) or "",
                received_at=found.desk.now(),
            )
        )
    headers = {"Cache-Control": "no-store"}
    return Response(answer.body, answer.status, headers, answer.content_type)

"""Lists: limits, cursors, waiting, and what has not changed since."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any, TypeVar

from fastapi import Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from monitor.api.problems import BadCursorError
from monitor.api.services import services_of
from monitor.clock import day_start, read_time
from monitor.exchange import fingerprint as fingerprint
from monitor.task import InputError

T = TypeVar("T")

LONGEST_WAIT = 30
_BIGGEST = 2**63 - 1

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; opaque")
]
Id = Annotated[int, Path(ge=1, le=_BIGGEST)]
Prefer = Annotated[
    str | None,
    Header(description="`wait=N`: hold the answer up to N ≤ 30 s until there is something new"),
]
IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` already had; 304 if it still holds")
]


def encode(kind: str, *key: int | str) -> str:
    """A cursor of a kind of list behind a sort key."""
    return base64.urlsafe_b64encode(json.dumps([kind, *key]).encode()).decode().rstrip("=")


def decode(kind: str, cursor: str | None, *types: type) -> Any:
    """The sort key in a cursor (a value where it has one part); None without a cursor."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursorError("cursor: not one that this list gave") from None
    if not isinstance(parts, list) or [type(p) for p in parts] != [str, *types] or parts[0] != kind:
        raise BadCursorError("cursor: not one that this list gave")
    if any(isinstance(part, int) and abs(part) > _BIGGEST for part in parts):
        raise BadCursorError("cursor: not one that this list gave")
    return tuple(parts[1:]) if len(types) > 1 else parts[1]


def page(items: list[T], limit: int, cursor: Callable[[T], str]) -> tuple[list[T], str | None]:
    """A page and its `next`, from one row more than was asked for."""
    return items[:limit], cursor(items[limit - 1]) if len(items) > limit else None


_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", re.IGNORECASE)


def wanted_wait(prefer: str | None) -> int | None:
    """Seconds of `Prefer: wait=N` (RFC 7240), at most 30; None when not asked for."""
    found = _WAIT.search(prefer or "")
    return min(int(found[1]), LONGEST_WAIT) if found else None


async def poll(
    request: Request,
    wait: int | None,
    look: Callable[[], T],
    enough: Callable[[T], bool],
) -> T:
    """Look until it is enough, at most `wait` seconds; no connection is held in between."""
    tools, loop = services_of(request), asyncio.get_running_loop()
    end = loop.time() + (wait or 0)
    while True:
        seen = tools.changed.generation
        answer = await tools.lookups.run(look)
        left = end - loop.time()
        if left <= 0 or enough(answer) or await request.is_disconnected():
            return answer
        if not await tools.changed.wait(seen, left):
            end = loop.time()  # nothing came, or we are stopping: one last look


def respond(
    body: Any, etag: str | None = None, known: str | None = None, wait: int | None = None
) -> Response:
    """JSON (or its bytes) with its ETag, or 304 where the caller has it; says which wait was applied."""
    headers = {"Cache-Control": "no-cache", "Vary": "Authorization"}
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait}"
    if etag is not None:
        headers["ETag"] = etag
        if matches(etag, known):
            return Response(status_code=304, headers=headers)
    if isinstance(body, bytes):
        return Response(body, headers=headers, media_type="application/json")
    return JSONResponse(body, headers=headers)


def tagged(response: Response, body: Any) -> Any:
    """The body of one thing, its ETag in the response's headers."""
    response.headers["ETag"] = fingerprint(body)
    return body


def matches(etag: str, known: str | None) -> bool:
    """Whether an `If-None-Match` names an ETag, compared weakly as RFC 9110 asks."""
    tags = [tag.strip().removeprefix("W/") for tag in (known or "").split(",")]
    return etag in tags or tags == ["*"]


def moment(text: str, zone: tzinfo, name: str) -> datetime:
    """A time of a query: RFC 3339 with its offset, or a date = its first instant in the zone."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return day_start(date.fromisoformat(text), zone)
        # a `+` that was not escaped in a URL arrives as a space
        when = read_time(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        if when is not None:
            return when
    except (ValueError, OverflowError):
        pass
    raise InputError(f"{name}: a time such as 2026-08-01T08:00:00+08:00, or a date, is needed")


def end_of(text: str, zone: tzinfo, name: str) -> datetime:
    """Like `moment`, but a date means that the whole day still belongs to it."""
    when = moment(text, zone, name)
    return when + timedelta(days=1) if len(text) == len("2026-08-01") else when

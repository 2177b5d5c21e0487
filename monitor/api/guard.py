"""What no request gets past: bodies over the limit, and NUL characters, which PostgreSQL refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.api.problems import problem

_FILES = (b"multipart/form-data", b"application/offset+octet-stream")
"""Bodies that are read piece by piece; all others are held in memory."""


@dataclass(frozen=True, slots=True)
class Larger:
    """Paths that take larger bodies, and how large; `files`: only as forms and uploads."""

    path: re.Pattern[str]
    limit: int
    files: bool = True


class Guard:
    """ASGI middleware; counts the body as it comes, whatever `Content-Length` says."""

    def __init__(
        self,
        app: ASGIApp,
        max_body: int,
        larger: Sequence[Larger] = (),
    ) -> None:
        """`larger`: the paths that have other limits."""
        self.app = app
        self.max_body = max_body
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 413, or let the request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await problem("bad-request", "NUL characters are not allowed")(scope, receive, send)
            return
        kind = dict(scope["headers"]).get(b"content-type", b"").lower().lstrip()
        files = kind.startswith(_FILES)
        limits = (
            larger.limit
            for larger in self.larger
            if (files or not larger.files) and larger.path.fullmatch(scope["path"])
        )
        await self._bounded(scope, receive, send, next(limits, self.max_body))

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        announced = dict(scope["headers"]).get(b"content-length", b"0")

        async def refuse() -> None:
            reason = f"a body may have {limit} bytes at most"
            too_large = problem("too-large", reason, headers={"Connection": "close"})
            await too_large(scope, receive, send)

        if announced.isdigit() and int(announced) > limit:
            await refuse()
            return
        taken, over, refused = 0, False, False

        async def counted() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            over = over or taken > limit
            return {"type": "http.request", "body": b"", "more_body": False} if over else message

        async def replaced(message: Message) -> None:
            """Once the body was too large, whatever the application makes of it is not sent."""
            nonlocal refused
            if not over:
                await send(message)
            elif not refused:
                refused = True
                await refuse()

        await self.app(scope, counted, replaced)

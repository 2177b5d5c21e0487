"""The access log (网络日志): a line per request of the API, into the daemon's log.

It names the route, not the path: some hold a secret. Nothing of query, headers or body is written.
"""

from __future__ import annotations

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.api.route import PREFIX

log = structlog.get_logger("access")


class AccessLog:
    """ASGI middleware; the line is written when the answer is through, or was broken off."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, then log it."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{PREFIX}/"):
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            status = status or 500  # which is answered further out
            raise
        finally:
            caller = scope.get("state", {}).get("caller")
            client = scope.get("client")
            log.info(
                "request",
                who=caller.name if caller else None,
                origin=client[0] if client else None,
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "").removeprefix(PREFIX) or None,
                status=status,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )

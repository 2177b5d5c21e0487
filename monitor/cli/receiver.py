"""A webhook receiver for the demo: what a dashboard's developer would write, in small."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.webhook import sign

_TOLERANCE = 300
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery; `verified` if its signature and its time are right."""

    id: str
    kind: str
    verified: bool
    body: dict[str, Any]


class Receiver:
    """Listens on a spare loopback port while entered; repeated deliveries are taken once."""

    def __init__(self) -> None:
        self.secret = ""
        self.url = ""
        self._seen: dict[str, Received] = {}
        self._new: list[Received] = []

    async def __aenter__(self) -> Receiver:
        app = Starlette(routes=[Route("/hook", self._hook, methods=["POST"])])
        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._server.capture_signals = _no_signals  # type: ignore[method-assign]
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/hook"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        await self._task

    def taken(self) -> list[Received]:
        """What has come since the last call."""
        new, self._new = self._new, []
        return new

    async def _hook(self, request: Request) -> Response:
        raw = await request.body()
        head = request.headers
        message, stamp = head.get("webhook-id", ""), head.get("webhook-timestamp", "0")
        if message in self._seen:
            return Response(status_code=204)
        fresh = stamp.isdigit() and abs(time.time() - int(stamp)) < _TOLERANCE
        expected = sign(self.secret, message, int(stamp), raw) if fresh else ""
        verified = any(
            hmac.compare_digest(expected, given)
            for given in head.get("webhook-signature", "").split()
        )
        body = json.loads(raw)
        received = Received(message, body["type"], verified, body)
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[message] = received
        self._new.append(received)
        return Response(status_code=204)


def _no_signals() -> Any:
    return contextlib.nullcontext()

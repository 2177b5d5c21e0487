"""An adapter of eyes with what it is given: a place for its deliveries, real media, a real server."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from monitor.adapter import Context, Delivery, Pushed
from monitor.errors import FetchError
from monitor.event import Event, Examined
from monitor.media import Limits, Media
from monitor.observation import Frame
from tests.hj212.frames import ZONE

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""


@dataclass
class Bench:
    """What an adapter is given, and what it hands in."""

    folder: Path
    name: str = "eyes"
    now: datetime = NOW
    kept: list[Delivery] = field(default_factory=list)
    answered: int = 0
    error: Exception | None = None
    """What `deliver` raises."""
    media_error: Exception | None = None
    """What `keep` raises."""
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.media = Media(self.folder / "media", Limits(keep_free=0, max_pixels=1_000_000))

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        if self.error is not None:
            raise self.error
        self.kept.extend(deliveries)

    async def keep(self, data: bytes) -> Examined:
        if self.media_error is not None:
            raise self.media_error
        return await asyncio.to_thread(self._keep, data)

    def _keep(self, data: bytes) -> Examined:
        draft = self.media.draft()
        draft.write(data)
        return self.media.examine(draft.path, draft.finish())

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                response = await client.get(url)
        except httpx.HTTPError as error:
            raise FetchError(repr(error)) from None
        if response.status_code != 200:
            raise FetchError(f"answered {response.status_code}")
        return response.content

    def count(self, frames: int) -> None:
        self.answered += frames

    def context(self, **more: Any) -> Context:
        given: dict[str, Any] = {
            "name": self.name,
            "zone": ZONE,
            "deliver": self.deliver,
            "answered": self.count,
            "password": lambda _: None,
            "known": lambda _: True,
            "now": lambda: self.now,
            "keep": self.keep,
            "held": self.had,
            "fetch": self.fetch,
        }
        return Context(**given | more)

    async def had(self) -> list[tuple[str, Frame]]:
        """What is held of all that was delivered."""
        held: dict[str, Frame] = {}
        for each in self.kept:
            if each.held is not None:
                held[each.held] = each.frame
            if each.released is not None:
                held.pop(each.released, None)
        return list(held.items())

    @property
    def told(self) -> list[Event]:
        """All events that were delivered."""
        return [event for each in self.kept for event in each.events]

    @property
    def problems(self) -> list[str]:
        return [problem for each in self.kept for problem in each.frame.problems]

    @property
    def frame(self) -> Frame:
        return self.kept[-1].frame

    @property
    def events(self) -> tuple[Event, ...]:
        return self.kept[-1].events


def pushed(body: bytes, headers: dict[str, str] | None = None, **more: Any) -> Pushed:
    given: dict[str, Any] = {
        "method": "POST",
        "path": "",
        "headers": headers or {"content-type": "application/json"},
        "body": body,
        "peer": "10.0.0.9:40112",
        "received_at": NOW,
    }
    return Pushed(**given | more)


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """A server of files on the loopback; its address. `/slow` never answers while it is up."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                over.wait(60)
            found = files.get(self.path)
            with contextlib.suppress(ConnectionError):  # who asked has gone
                self.send_response(404 if found is None else 200)
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()

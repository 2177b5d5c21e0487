"""Events as they happen (server-sent events): who listens, what is written to them, when it ends.

A listener reads the same rows as `GET /events`, woken by commits, so that one that is slow holds up
nobody and misses nothing: what it has not taken yet is in the database. Listeners have threads of their
own, and one that takes nothing for a while is let go.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import structlog
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Message, Receive, Scope, Send

from monitor.api.problems import problem
from monitor.changed import Changed
from monitor.errors import MonitorError, StoreError

T = TypeVar("T")

log = structlog.get_logger("api")

HEARTBEAT = 15.0
"""Seconds between comments that show that both ends are there; the token is looked at as often."""
_BREATH = 0.25
"""Seconds between two looks at the least: commits come by the hundred, and all listeners wake."""
PATIENCE = 60.0
"""Seconds in which a listener has to take what is written to it."""
_RECONNECT_MS = 3000
_THREADS = 4


class Streams:
    """A count of listeners with a limit, and the threads that look for them."""

    def __init__(
        self, limit: int = 100, heartbeat: float = HEARTBEAT, patience: float = PATIENCE
    ) -> None:
        self.limit = limit
        self.heartbeat = heartbeat
        self.patience = patience
        self.open = 0
        self._threads = anyio.CapacityLimiter(_THREADS)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is a place; it is held until the end."""
        free = self.open < self.limit
        self.open += free
        try:
            yield free
        finally:
            self.open -= free

    async def look(self, function: Callable[[], T]) -> T:
        """Ask the database in one of the threads."""
        return await anyio.to_thread.run_sync(function, limiter=self._threads)


@dataclass(frozen=True, slots=True)
class Page:
    """What lies behind a cursor: events, each with the cursor behind it, and how far they reach."""

    items: list[tuple[str, dict[str, Any]]]
    reached: str
    full: bool
    """Whether there may be more."""


@dataclass
class Feed:
    """What one listener hears: rows behind a cursor, as long as its token is in force."""

    streams: Streams
    changed: Changed
    look: Callable[[str], Page]
    allowed: Callable[[], Awaitable[object]]
    """Raises Unauthorized or Forbidden once the token may not listen any more."""
    _told: str = ""
    _check_at: float = 0.0

    async def lines(self, cursor: str) -> AsyncIterator[bytes]:
        """The stream from behind a cursor on, whose first block says where it begins."""
        self._check_at = _clock() + self.streams.heartbeat
        yield self._place(cursor, retry=_RECONNECT_MS)
        try:
            while not self.changed.stopped:
                seen = self.changed.generation
                page = await self.streams.look(partial(self.look, cursor))
                for place, event in page.items:
                    await self._checked()  # whoever takes them slowly does not take them for longer
                    self._told = place
                    yield _block(place, event)
                cursor = page.reached
                if not page.full:
                    await asyncio.sleep(_BREATH)
                    await self.changed.wait(seen, max(self._check_at - _clock(), 0))
                if await self._checked():
                    yield self._place(cursor)
        except StoreError as error:
            log.error("event stream ended", error=str(error))
        except MonitorError as error:  # not allowed any more, or the cursor is too old
            log.info("event stream ended", reason=str(error))  # who comes back is told the reason

    async def _checked(self) -> bool:
        """Look at the token, if it is time again; whether it was."""
        if _clock() < self._check_at:
            return False
        await self.allowed()
        self._check_at = _clock() + self.streams.heartbeat
        return True

    def _place(self, cursor: str, retry: int | None = None) -> bytes:
        """A comment; and the place that was reached, where it is another than the one told last."""
        moved = cursor if cursor != self._told else None
        self._told = cursor
        return format_sse_event(comment="alive", id=moved, retry=retry)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _block(place: str, event: Mapping[str, Any]) -> bytes:
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return format_sse_event(id=place, event=event["type"], data_str=text)


class EventStream(StreamingResponse):
    """The answer: holds a place while it lasts, and ends when nothing is taken any more."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, cursor: str) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(feed.lines(cursor), headers=headers)
        self._streams = feed.streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream, or answer 503 where there are too many already."""

        async def patient(message: Message) -> None:
            async with asyncio.timeout(self._streams.patience):
                await send(message)

        with self._streams.place() as free:
            if not free:
                full = f"{self._streams.limit} listen to the events already; use GET /events"
                await problem("busy", full, headers={"Retry-After": "30"})(scope, receive, send)
                return
            try:
                await super().__call__(scope, receive, patient)
            except TimeoutError:
                log.warning("event stream ended", reason="nothing was taken")

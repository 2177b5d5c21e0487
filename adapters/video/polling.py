"""Asking a platform again and again what has happened, in spans of time that overlap.

A span begins before the end of the one before it: clocks of devices are behind, rows come late. What
is asked for twice has the same key and is one event.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.pauses import Pauses
from adapters.telling import Telling
from adapters.video.connection import REFUSED, Lost, Refused
from adapters.video.cursor import Cursor
from adapters.video.handing import Handing
from adapters.video.polled import PolledConfig
from monitor.adapter import Context, Delivery
from monitor.errors import Stopping

_AHEAD = timedelta(hours=1)
"""How far into the future is asked: clocks of devices are ahead, too."""
_LONGEST = timedelta(days=2)
_SHORTEST = timedelta(minutes=1)
_FURTHEST = timedelta(days=30)
"""How far back is asked after an outage."""


class TooMuch(Exception):
    """A span holds more than is read of one: it is to be asked for in two halves."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of an answer."""

    delivery: Delivery
    new: bool
    """It says something that was not said before."""
    last: bool = True
    """With it all of the span was read."""
    trouble: str | None = None
    """It cannot be understood: it is kept, and the span asked for again."""


Pages = Callable[[datetime, datetime, bool], AsyncIterator[Page]]
"""What a platform has of a span, from, to. Raises Lost, and TooMuch where the third, which says that the
span may be halved, is true."""


class Poller:
    """Asks for one adapter."""

    def __init__(
        self,
        config: PolledConfig,
        context: Context,
        telling: Telling,
        handing: Handing,
        pages: Pages,
        stored: Callable[[Delivery], None],
    ) -> None:
        """`stored` is told every delivery that is durable."""
        self._config, self._context = config, context
        self._telling, self._handing = telling, handing
        self._pages, self._stored = pages, stored
        self._cursor = Cursor(context)
        self._hurry = asyncio.Event()
        self._kept_at: datetime | None = None
        self.reached = False
        """Whether the last question was answered."""
        self.frames: Counter[str] = Counter()

    def hurry(self) -> None:
        """Ask now."""
        self._hurry.set()

    async def run(self) -> None:
        """Ask until cancelled; then let what is being delivered be stored."""
        await self._cursor.restore()
        pauses, loop = Pauses(), asyncio.get_running_loop()
        while True:
            began, wait = loop.time(), self._config.every
            self._hurry.clear()
            try:
                if not await self._ask():
                    wait = 0.0  # there is more to catch up with
            except (Lost, Stopping) as trouble:
                self.reached = False
                self._telling.say(str(trouble))
                refused = isinstance(trouble, Refused)
                await asyncio.sleep(pauses.after(loop.time() - began, REFUSED if refused else 0.0))
                continue
            pauses = Pauses()
            # wait_for of Python 3.11 can swallow a cancellation
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hurry.wait()

    async def _ask(self) -> bool:
        """Read the next span; whether it reached the present."""
        now = self._context.now()
        start = self._cursor.at or now - timedelta(hours=self._config.lookback_hours)
        start = min(max(start, now - _FURTHEST), now)
        end = min(start + _LONGEST, now + _AHEAD)
        spans = [(start - timedelta(seconds=self._config.overlap_seconds), end)]
        while spans:
            first, last = spans.pop()
            try:
                await self._read(first, last, now)
            except TooMuch:
                middle = first + (last - first) / 2
                spans += [(middle, last), (first, middle)]
        self.reached = True
        self._telling.is_well("answers")
        return end > now

    async def _read(self, first: datetime, last: datetime, now: datetime) -> None:
        async for page in self._pages(first, last, last - first > _SHORTEST):
            until = min(last, now) if page.last and page.trouble is None else None
            await self._handing.finish(self._take(page, until))
            if page.trouble is not None:
                raise Lost(page.trouble)
            if until is not None:
                self._cursor.at = max(until, self._cursor.at or until)

    async def _take(self, page: Page, until: datetime | None) -> None:
        """Hand in a page, unless it says nothing new and one that says so was kept just now."""
        delivery, at = page.delivery, page.delivery.frame.received_at
        pause = timedelta(seconds=self._config.heartbeat_seconds)
        if not page.new and self._kept_at is not None and at - self._kept_at < pause:
            return
        if until is not None:
            delivery = self._cursor.moved(delivery, until)
        await self._handing.store([delivery])
        self._kept_at = at
        self._cursor.stored(delivery)
        self.frames[delivery.frame.verdict] += 1
        self._stored(delivery)

    def status(self) -> dict[str, Any]:
        """Up to when is read, and what has come."""
        return {"read_until": self._cursor.at, "frames": dict(self.frames)}

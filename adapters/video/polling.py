"""Asking a platform again and again what has happened, in spans of time that overlap.

A span begins before the end of the one before it: clocks of devices are behind, rows come late. What
is asked for twice has the same key and is one event.

A span that is not answered while another one is (one bad record is enough) is halved, down to about a
minute; that is asked for again some times, what follows it is read meanwhile, then a frame says that it
was given up and the time moves on. While nothing is answered nothing is given up.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from adapters.pauses import Pauses
from adapters.telling import Telling
from adapters.video.connection import REFUSED, Lost, Refused
from adapters.video.cursor import Cursor
from adapters.video.handing import Handing
from adapters.video.polled import PolledConfig
from monitor.adapter import Context, Delivery
from monitor.errors import Stopping
from monitor.observation import Frame

_AHEAD = timedelta(hours=1)
"""How far into the future is asked: clocks of devices are ahead, too."""
_LONGEST = timedelta(days=2)
_SHORTEST = timedelta(minutes=1)
_FURTHEST = timedelta(days=30)
"""How far back is asked after an outage."""


_TRIES = 10
"""How often a smallest span is asked for before it is given up."""
_AT_ONCE = 20
"""Spans without an answer after which a round of questions ends."""
GIVEN_UP = "span-given-up"
PROBLEMS: Final[dict[str, str]] = {
    GIVEN_UP: "a span, named in the note, that was never answered while others were; left out",
}
"""What can be wrong with a span."""

_log = structlog.get_logger()


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


@dataclass(slots=True)
class _Bad:
    """A smallest span that was not answered."""

    first: datetime
    last: datetime
    tries: int = 0


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
        url: str,
    ) -> None:
        """`stored` is told every delivery that is durable; `url`: of the platform."""
        self._config, self._context = config, context
        self._telling, self._handing = telling, handing
        self._pages, self._stored, self._url = pages, stored, url
        self._bad: list[_Bad] = []
        """The oldest first; no two overlap."""
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
        spans = self._pieces(start - timedelta(seconds=self._config.overlap_seconds), end)
        stuck: Lost | None = None  # then the time stays where it is
        answers, unanswered = False, 0
        while spans:
            first, last = spans.pop()
            try:
                await self._read(first, last, now, moves=stuck is None)
            except TooMuch:
                spans += _halves(first, last)
            except Refused:
                raise
            except Lost as lost:
                smallest = last - first <= _SHORTEST
                if smallest or not answers:
                    await self._control(now, lost)
                    answers = True
                if not smallest:
                    spans += _halves(first, last)
                elif not await self._given_up(first, last, now, lost, moves=stuck is None):
                    stuck, unanswered = stuck or lost, unanswered + 1
                    if unanswered >= _AT_ONCE:
                        break
            else:
                self._bad = [bad for bad in self._bad if not first <= bad.first < last]
        if stuck is not None:
            raise stuck
        self.reached = True
        self._telling.is_well("answers")
        return end > now

    def _pieces(self, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
        """A span, the newest piece first; what was not answered is a piece of its own."""
        self._bad = [bad for bad in self._bad if bad.last > first]
        pieces, at = list[tuple[datetime, datetime]](), first
        for bad in self._bad:
            if bad.first >= last:
                break
            if at < bad.first:
                pieces.append((at, bad.first))
            pieces.append((max(at, bad.first), min(bad.last, last)))
            at = bad.last
        if at < last:
            pieces.append((at, last))
        return pieces[::-1]

    async def _control(self, now: datetime, lost: Lost) -> None:
        """Ask for what is hardly ever anything; where even that is not answered it is not the span."""
        last = now + _AHEAD
        try:
            await self._read(last - _SHORTEST, last, now, moves=False)
        except Refused:
            raise
        except Lost:
            raise lost from None

    async def _given_up(
        self, first: datetime, last: datetime, now: datetime, lost: Lost, *, moves: bool
    ) -> bool:
        """Whether a smallest span was asked for often enough; with the last time a frame says so."""
        bad = next((each for each in self._bad if each.first <= first < each.last), None)
        if bad is None:
            bad = _Bad(first, last)
            self._bad = sorted([*self._bad, bad], key=lambda each: each.first)
        bad.tries += 1
        if bad.tries < _TRIES:
            return False
        until = min(last, now) if moves else None
        if bad.tries == _TRIES:
            span = " to ".join(each.isoformat(timespec="seconds") for each in (first, last))
            _log.error("span given up", adapter=self._context.name, span=span, reason=str(lost))
            frame = Frame(
                source=self._context.name,
                peer=self._url,
                received_at=now,
                raw=f"{span}: {lost}".encode(),
                verdict="refused",
                problems=(GIVEN_UP,),
                note=span,
            )
            await self._handing.finish(self._take(Page(Delivery(frame), new=True), until))
        self._moved(until)
        return True

    def _moved(self, until: datetime | None) -> None:
        if until is not None:
            self._cursor.at = max(until, self._cursor.at or until)

    async def _read(self, first: datetime, last: datetime, now: datetime, *, moves: bool) -> None:
        async for page in self._pages(first, last, last - first > _SHORTEST):
            whole = moves and page.last and page.trouble is None
            until = min(last, now) if whole else None
            await self._handing.finish(self._take(page, until))
            if page.trouble is not None:
                raise Lost(page.trouble)
            self._moved(until)

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


def _halves(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """The newer one first."""
    middle = first + (last - first) / 2
    return [(middle, last), (first, middle)]

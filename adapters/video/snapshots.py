"""Pictures that a platform makes after it has told of an event: asked for, with retries, and handed in
as a later message of the same event.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from adapters.forgetting import forget
from adapters.pauses import Pauses
from adapters.video.api import Answer
from adapters.video.connection import Lost
from adapters.video.handing import Handing
from adapters.video.polled import PolledConfig
from monitor.adapter import Context, Delivery
from monitor.errors import MediaError, MediaTooLarge, Stopping, UnfitMedia
from monitor.event import Event, Kind, Picture
from monitor.observation import Frame

MOST = 10_000
"""Pictures that may wait to be had, and those that are remembered."""
_SHOWN = 4096
_AT_ONCE = 2
_UNFIT = "picture-unfit"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture of an event."""

    event: str
    """The event's key."""
    camera: str
    start: datetime
    """The event's."""
    name: str
    """What the picture shall be called."""
    path: str
    """Where it is asked for."""
    promised: bool = True
    """The platform says that there is one: if it never comes, it is missing."""


@dataclass(frozen=True, slots=True)
class Pictured(Delivery):
    """A delivery, and the pictures that its events want."""

    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Had:
    """What came of asking."""

    answer: Answer | None
    there: bool
    """It is a picture; else it is not there (yet)."""


@dataclass(order=True, slots=True)
class _Turn:
    due: float
    number: int
    wanted: Wanted = field(compare=False)
    tried: int = field(compare=False, default=0)


class Snapshots:
    """Has the pictures of one adapter's events."""

    def __init__(
        self,
        config: PolledConfig,
        context: Context,
        handing: Handing,
        ask: Callable[[str], Awaitable[Had]],
        url: str,
    ) -> None:
        """`ask` for a path below `url`; raises Lost."""
        self._config, self._context, self._handing = config, context, handing
        self._ask, self._url = ask, url
        self._turns: list[_Turn] = []
        self._known: dict[Wanted, None] = {}
        self._numbers = itertools.count()
        self._news = asyncio.Event()
        self._missing = self._had = 0
        self._no_room: Pauses | None = None
        """While pictures cannot be kept."""

    def want(self, wanted: Wanted) -> None:
        """Have a picture, if it was not asked for before."""
        if wanted in self._known:
            return
        self._known[wanted] = None
        forget(self._known, MOST)
        if len(self._turns) >= MOST:
            self._missing += 1
            _log.warning("picture given up", adapter=self._context.name, event=wanted.event)
            return
        self._wait(_Turn(0.0, next(self._numbers), wanted))

    async def run(self) -> None:
        """Have what is wanted until cancelled."""
        self._known = dict.fromkeys(turn.wanted for turn in self._turns)
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._work())

    def status(self) -> dict[str, int]:
        """How many pictures wait, were had, could not be had."""
        return {"waiting": len(self._turns), "had": self._had, "missing": self._missing}

    def _wait(self, turn: _Turn) -> None:
        heapq.heappush(self._turns, turn)
        self._news.set()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            ahead = self._turns[0].due - loop.time() if self._turns else None
            if ahead is not None and ahead <= 0:
                await self._try(heapq.heappop(self._turns))
                continue
            self._news.clear()
            # wait_for of Python 3.11 can swallow a cancellation
            with suppress(TimeoutError):
                async with asyncio.timeout(ahead):
                    await self._news.wait()

    async def _try(self, turn: _Turn) -> None:
        wanted, pauses = turn.wanted, self._config.picture_pauses
        try:
            had = await self._ask(wanted.path)
        except Lost:
            had = Had(None, there=False)
        last = turn.tried >= len(pauses)
        if last and not had.there and not wanted.promised:
            return
        if not had.there and not last:
            self._wait(replace(turn, due=self._in(pauses[turn.tried]), tried=turn.tried + 1))
            return
        try:
            delivery = await self._delivery(wanted, had)
        except MediaError as error:
            await self._without_room(turn, error)
            return
        self._no_room = None
        await self._finish(delivery)

    async def _without_room(self, turn: _Turn, error: MediaError) -> None:
        """Ask again later, as often as it takes: a fault of our own is no try."""
        if self._no_room is None:
            self._no_room = Pauses()
            _log.warning("pictures wait", adapter=self._context.name, reason=str(error))
        pause = self._no_room.after(0.0)
        self._wait(replace(turn, due=self._in(pause)))
        await asyncio.sleep(pause)  # nor could the next one be kept

    def _in(self, seconds: float) -> float:
        return asyncio.get_running_loop().time() + seconds

    async def _finish(self, delivery: Delivery) -> None:
        try:
            await self._handing.finish(self._handing.store([delivery]))
        except Stopping:
            return  # what is not stored is wanted again after the restart
        self._had += bool(delivery.events)
        self._missing += not delivery.events

    async def _delivery(self, wanted: Wanted, had: Had) -> Delivery:
        """What to hand in; raises MediaError where the picture cannot be kept at the moment."""
        pictures: tuple[Picture, ...] = ()
        problem: str | None = "picture-missing"
        raw = had.answer.head + had.answer.body[:_SHOWN] if had.answer else b""
        if had.answer and had.there:
            pictures, problem = await self._kept(wanted.name, had.answer.body)
            # a picture is a file of its own; what is none is in the frame
            raw = had.answer.head if pictures else had.answer.body
        frame = Frame(
            source=self._context.name,
            peer=f"{self._url}{wanted.path}",
            received_at=self._context.now(),
            raw=raw,
            device=wanted.camera,
            verdict="refused" if problem else "clean",
            problems=(problem,) if problem else (),
            note=f"picture of {wanted.event}"[:200],
        )
        return Delivery(frame, events=(_event(wanted, pictures),) if pictures else ())

    async def _kept(self, name: str, body: bytes) -> tuple[tuple[Picture, ...], str | None]:
        """The picture if it is one, and what is wrong with it if not."""
        try:
            found = await self._context.keep(body)
        except MediaTooLarge:
            return (), "picture-too-large"
        except UnfitMedia:
            return (), _UNFIT
        return ((Picture(name, found),), None) if found.type.startswith("image/") else ((), _UNFIT)


def _event(wanted: Wanted, pictures: tuple[Picture, ...]) -> Event:
    """A message that only adds to the event of its key."""
    return Event(
        key=wanted.event,
        kind=Kind.VIDEO,
        source="",
        label="",
        start=wanted.start,
        pictures=pictures,
    )


PROBLEMS: Final[dict[str, str]] = {
    "picture-missing": "a picture that never came; the event is without it",
    "picture-unfit": "no picture, or a damaged one; it is in the frame only",
    "picture-too-large": "larger than pictures may be, in bytes or pixels; it is in the frame only",
}
"""What can be wrong with a picture."""

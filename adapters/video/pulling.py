"""Reading the stream of a device for as long as the daemon runs, over one connection after the other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from typing import Generic, Protocol, TypeVar

import structlog

from adapters.video.connection import Lost, Refused, Source, connect
from monitor.adapter import Deliver, Delivery
from monitor.errors import Stopping, StoreError

_FIRST, _LONGEST, _STEADY = 0.5, 60.0, 30.0
"""Seconds: the first pause before connecting again, the longest, and how long a connection must have
lasted for the first to be enough again."""
_REFUSED = 300.0
"""Seconds before a name and password are tried again that were refused: some wrong ones in a row lock
the account."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_log = structlog.get_logger()


class Pieces(Protocol[T_co]):
    """Makes messages of the bytes of one connection, however they are cut."""

    def feed(self, data: bytes) -> Iterator[T_co]:
        """What is complete with these bytes."""

    def pause(self) -> Iterator[T_co]:
        """What is complete because nothing has come for a while."""

    def close(self) -> Iterator[T_co]:
        """What is left when the stream has ended."""


class Puller(Generic[T]):
    """Hands in what a stream brings, before more of it is read. No device is told what became of it,
    and none brings it twice: what the store does not take waits for it."""

    def __init__(
        self,
        name: str,
        source: Source,
        pieces: Callable[[], Pieces[T]],
        hear: Callable[[T], Awaitable[Delivery | None]],
        deliver: Deliver,
        stop_within: float,
    ) -> None:
        """`hear` says what to hand in for a message, if anything; `stop_within`: seconds."""
        self._name, self._source, self._stop_within = name, source, stop_within
        self._pieces, self._hear, self._deliver = pieces, hear, deliver
        self._told = False
        self.connected = False
        self.trouble: str | None = None

    async def run(self) -> None:
        """Read until cancelled; then let what is being delivered be stored."""
        pause = _FIRST
        while True:
            began = asyncio.get_running_loop().time()
            wait = pause
            try:
                await self._converse()
            except (Lost, Stopping) as trouble:
                self._say(str(trouble))
                if asyncio.get_running_loop().time() - began > _STEADY:
                    wait = _FIRST
                if isinstance(trouble, Refused):
                    wait = _REFUSED
            finally:
                self.connected = False
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            pause = min(wait * 2, _LONGEST)

    async def _converse(self) -> None:
        """One connection, until it has ended; raises Lost."""
        async with connect(self._source) as stream:
            self.connected = True
            self._is_well("connected")
            async with aclosing(self._messages(stream)) as messages:
                async for message in messages:
                    await self._finish(message)
        raise Lost("the device has ended the stream")

    async def _messages(self, stream: AsyncIterator[bytes | None]) -> AsyncGenerator[T, None]:
        pieces = self._pieces()
        try:
            async for data in stream:
                for message in pieces.pause() if data is None else pieces.feed(data):
                    yield message
        except Exception:  # what has come is worth the same, whatever it was that ended the stream
            for message in pieces.close():
                yield message
            raise
        for message in pieces.close():
            yield message

    async def _finish(self, message: T) -> None:
        """Hand in a message; when cancelled, still do so, but not for ever."""
        work = asyncio.create_task(self._take(message))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work}, timeout=self._stop_within)
            work.cancel()
            with suppress(asyncio.CancelledError, Stopping):  # of no interest any more
                await work
            raise

    async def _take(self, message: T) -> None:
        delivery = await self._hear(message)
        if delivery is None:
            return
        pause = _FIRST
        while True:
            try:
                await self._deliver([delivery])
            except StoreError as error:
                self._say(f"not stored: {error}")
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, _LONGEST)
            else:
                break
        self._is_well("stored again")

    # --- what is said ---------------------------------------------------------------------------

    def _is_well(self, how: str) -> None:
        """Once, after a trouble or at the beginning."""
        if self.trouble is not None or not self._told:
            _log.info("feed connected", adapter=self._name, url=self._source.url, how=how)
        self.trouble, self._told = None, True

    def _say(self, trouble: str) -> None:
        """Once, until it changes or is over."""
        if trouble != self.trouble:
            _log.warning(
                "feed interrupted", adapter=self._name, url=self._source.url, reason=trouble
            )
        self.trouble = trouble

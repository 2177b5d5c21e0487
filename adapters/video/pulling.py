"""Reading the stream of a device for as long as the daemon runs, over one connection after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar

from adapters.pauses import Pauses
from adapters.telling import Telling
from adapters.video.connection import REFUSED, Lost, Refused, Source, connect
from adapters.video.handing import Handing
from monitor.adapter import Deliver, Delivery
from monitor.errors import Stopping

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


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
        self._source, self._pieces, self._hear = source, pieces, hear
        self._telling = Telling(name, source.url)
        self._handing = Handing(deliver, self._telling, stop_within)
        self.connected = False

    @property
    def trouble(self) -> str | None:
        """What is wrong at the moment."""
        return self._telling.trouble

    async def run(self) -> None:
        """Read until cancelled; then let what is being delivered be stored."""
        pauses, loop = Pauses(), asyncio.get_running_loop()
        while True:
            began = loop.time()
            at_least = 0.0
            try:
                await self._converse()
            except (Lost, Stopping) as trouble:
                self._telling.say(str(trouble))
                at_least = REFUSED if isinstance(trouble, Refused) else 0.0
            finally:
                self.connected = False
            await asyncio.sleep(pauses.after(loop.time() - began, at_least))

    async def _converse(self) -> None:
        """One connection, until it has ended; raises Lost."""
        async with connect(self._source) as stream:
            self.connected = True
            self._telling.is_well("connected")
            async with aclosing(self._messages(stream)) as messages:
                async for message in messages:
                    await self._handing.finish(self._take(message))
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

    async def _take(self, message: T) -> None:
        delivery = await self._hear(message)
        if delivery is not None:
            await self._handing.store([delivery])

"""One session with a broker, over one connection after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from adapters.broker.config import BrokerConfig
from adapters.broker.connection import Connection
from adapters.broker.inbox import Inbox
from adapters.broker.message import Message
from adapters.forgetting import forget
from adapters.pauses import Pauses
from adapters.telling import Telling
from monitor.adapter import Context, Deliver, Delivery
from monitor.errors import MediaError, Stopping, StoreError

_BATCH = 500
_PAUSE_TOLD = 60.0

_log = structlog.get_logger()


class Session:
    """Takes messages from a broker and acknowledges them once they are durable.

    The broker holds everything that is not committed: nothing is acknowledged before, and what is
    not acknowledged comes again on the next connection.
    """

    def __init__(
        self,
        config: BrokerConfig,
        context: Context,
        hear: Callable[[Message], Sequence[Delivery]],
        *,
        deliver: Deliver | None = None,
        connected: Callable[[], None] = lambda: None,
    ) -> None:
        """`hear`: what to deliver for a message. `deliver`: where, if not to the context.
        `connected` is called whenever all is subscribed on a new connection."""
        self.config = config
        self.context = context
        self._hear, self._connected = hear, connected
        self._deliver = deliver or context.deliver
        self._connection: Connection | None = None
        self._stored: dict[bytes, None] = {}
        self._connected_before = False
        self._telling = Telling(config.name, config.url)
        self._unstored = False
        self._paused_at = -_PAUSE_TOLD
        self._frames: Counter[str] = Counter()
        self._last_frame_at: datetime | None = None

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        pauses, loop = Pauses(), asyncio.get_running_loop()
        while True:
            began = loop.time()
            trouble = await self._converse()
            if trouble is not None:
                self._telling.say(trouble)
                await asyncio.sleep(pauses.after(loop.time() - began))

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send a message on the connection that there is; False where there is none."""
        return self._connection is not None and self._connection.publish(topic, payload)

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed, and what has come."""
        connection = self._connection
        return {
            "ready": connection is not None and connection.subscribed,
            "waiting": 0 if connection is None else len(connection.inbox),
            "trouble": self._telling.trouble,
            "last_frame_at": self._last_frame_at,
            "frames": dict(self._frames),
        }

    async def _converse(self) -> str | None:
        """One connection, until it has ended and all that it brought is stored.

        The trouble it ended of; None where it ended because too much waited, which is now stored.
        """
        config = self.config
        connection = self._connection = Connection(
            config,
            Inbox(config.waiting, config.waiting_bytes),
            known=self._stored,
            # MQTT 3.1.1 would send all retained messages again
            resubscribe=config.version == "5" or not self._connected_before,
            ready=self._ready,
        )
        connection.start()
        try:
            while batch := await connection.inbox.take(_BATCH):
                await self._finish(connection, batch)
        except (StoreError, MediaError, Stopping) as error:
            self._unstored = True
            return f"not stored, hence not acknowledged: {error}"
        finally:
            await connection.end()
            self.context.answered(connection.repeated)
        if connection.fault is not None:
            raise RuntimeError("the network's thread has died") from connection.fault
        if connection.overflowed:
            self._say_paused(connection.reason)
            return None
        return connection.reason

    async def _finish(self, connection: Connection, batch: list[Message]) -> None:
        """Store a batch and acknowledge it; when cancelled, still do so, but not for ever."""
        work = asyncio.create_task(self._store(connection, batch))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work}, timeout=self.config.stop_within)
            if not work.cancel():
                work.exception()  # of no interest any more: it was not acknowledged
            raise

    async def _store(self, connection: Connection, batch: list[Message]) -> None:
        deliveries = [each for message in batch for each in self._hear(message)]
        await self._deliver(deliveries)
        if self._unstored:
            self._unstored = False
            self._telling.is_well("stored again")
        for message in batch:
            self._stored[message.digest] = None
        forget(self._stored, self.config.waiting + _BATCH)
        answered = connection.acknowledge([message.mid for message in batch if message.qos])
        self.context.answered(answered)
        self._frames.update(each.frame.verdict for each in deliveries)
        self._last_frame_at = deliveries[-1].frame.received_at

    def _ready(self, session_present: bool) -> None:
        """All is subscribed."""
        if self._connected_before and not session_present:
            _log.error(
                "the broker has lost our session and what came meanwhile",
                adapter=self.config.name,
                url=self.config.url,
                todo="see what adapters/mqtt/README.md says of the broker's persistence",
            )
        if not self._unstored:
            self._telling.is_well("resumed" if session_present else "new session")
        self._connected_before = True
        self._connected()

    def _say_paused(self, reason: str) -> None:
        """At most once a minute: under load it may happen with every message."""
        now = asyncio.get_running_loop().time()
        if now - self._paused_at > _PAUSE_TOLD:
            _log.warning("feed paused", adapter=self.config.name, reason=reason)
            self._paused_at = now

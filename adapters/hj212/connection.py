"""One connection of a data logger: bytes in, deliveries, answers out.

A connection has one chunk in flight, whose frames go together; while another waits behind it, reading
pauses. Answers are written only when the delivery has returned, in order.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from adapters.hj212.config import Config
from adapters.hj212.framing import Framer, Noise
from adapters.hj212.reception import Heard, Reception
from monitor.adapter import Context
from monitor.errors import MonitorError

_UNREAD_ANSWERS = 65_536
_STRANGERS_SHARE = 8
"""What registered devices have not spoken over yet is read in pieces so many times smaller: a hundred
that flood become ready together, and whoever connects or waits for an answer waits for all of them."""
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 4}

_Step = Callable[[], list[bytes | Noise]]


class Hub(Protocol):
    """What the connections share: their adapter."""

    config: Config
    context: Context
    reception: Reception

    def opened(self, connection: Connection) -> bool:
        """A connection is there; False = there are too many."""

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""

    def started(self, task: asyncio.Task[None]) -> None:
        """Work of a connection has begun, which must be awaited when the adapter stops."""

    def ended(self, task: asyncio.Task[None]) -> None:
        """That work is done."""

    def heard(self, connection: Connection, items: list[Heard]) -> None:
        """These are durable now."""

    def complain(self, event: str, peer: str, reason: str) -> None:
        """Something is wrong with a connection."""


class Connection(asyncio.Protocol):
    """The server's side of one TCP connection."""

    def __init__(self, hub: Hub) -> None:
        self.peer = ""
        self.devices: set[str] = set()
        """The registered MNs that have sent over this connection."""
        self.logger = ""
        """The address of the data logger that has introduced itself over it, if one has."""
        self.last_heard = 0.0
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._framer = Framer()
        self._steps: deque[_Step] = deque()
        self._task: asyncio.Task[None] | None = None
        self._quiet: asyncio.TimerHandle | None = None
        self._writable: asyncio.Future[None] | None = None
        self._ending = False

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way."""
        return self._task is not None

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; or end at once where there are too many."""
        transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._transport = transport
        self.peer = _address(transport.get_extra_info("peername"))
        self.last_heard = self._loop.time()
        if not self._hub.opened(self):
            self._hub.complain("connection refused", self.peer, "max_connections is reached")
            transport.abort()
            return
        transport.set_write_buffer_limits(high=_UNREAD_ANSWERS)
        _keep_alive(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        """Take in a chunk, in pieces of what may be in flight."""
        self.last_heard = self._loop.time()
        size = self._hub.config.in_flight_bytes
        if not self.devices:
            size //= _STRANGERS_SHARE
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            self._steps.append(lambda piece=piece: self._framer.feed(piece))  # type: ignore[misc]
        self._work()

    def eof_received(self) -> bool:
        """The device sends no more, but may still read its answers."""
        self._ending = True
        self._steps.append(self._framer.close)
        self._work()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio calls it
        """What had come of an unfinished frame is still kept."""
        self._hub.closed(self)
        self._ending = True
        self._stop_waiting()
        self.resume_writing()
        if self._framer.pending or self._steps:
            self._steps.append(self._framer.close)
            self._work()

    def pause_writing(self) -> None:
        """The device does not read."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """The device reads again."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the adapter asks

    def finish(self) -> None:
        """Read no more; close when what is being delivered has been answered."""
        self._ending = True
        self._steps.clear()
        self._stop_waiting()
        if self._transport is not None and not self.busy:
            self._transport.close()
        elif self._transport is not None:
            self._pause()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, data: bytes) -> None:
        """Write a frame of the platform's own, for commands."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # The work

    def _work(self) -> None:
        self._stop_waiting()
        if self.busy:
            self._pause()  # one chunk in flight and one that waits are enough
            return
        self._task = self._loop.create_task(self._run())
        self._hub.started(self._task)
        self._task.add_done_callback(self._done)

    async def _run(self) -> None:
        while self._steps:
            items = self._steps.popleft()()
            if items:
                await self._deliver(items)

    async def _deliver(self, items: list[bytes | Noise]) -> None:
        heard = self._hub.reception.hear(items, self.peer)
        await self._hub.context.deliver([each.delivery for each in heard])
        self._hub.heard(self, heard)
        answers = [each.answer for each in heard if each.answer is not None]
        if answers and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(answers))
            self._hub.context.answered(len(answers))
            await self._drain()

    async def _drain(self) -> None:
        """Wait until the device reads; one that does not is let go."""
        if self._writable is None:
            return
        try:
            async with asyncio.timeout(self._hub.config.write_timeout):
                await self._writable
        except TimeoutError:
            self._hub.complain("connection closed", self.peer, "answers are not read")
            self._steps.clear()
            self.abort()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._hub.ended(task)
        error = None if task.cancelled() else task.exception()
        if error is not None or task.cancelled():
            # Nothing of this delivery was kept, so it must not look as if it had been.
            expected = error is None or isinstance(error, MonitorError)
            reason = str(error) if expected else repr(error)
            self._hub.complain("delivery failed", self.peer, reason)
            self._steps.clear()
            self.abort()
        elif self._steps:
            self._work()
        elif self._ending:
            if self._transport is not None:
                self._transport.close()
        else:
            self._resume()
            self._wait_for_quiet()

    def _wait_for_quiet(self) -> None:
        if self._framer.pending:
            later = self._hub.config.settle_after
            self._quiet = self._loop.call_later(later, self._settle)

    def _settle(self) -> None:
        self._quiet = None
        items = self._framer.settle()
        if items:
            self._steps.append(lambda: items)
            self._work()

    def _stop_waiting(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None

    def _pause(self) -> None:
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def _resume(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing() and not transport.is_reading():
            transport.resume_reading()


def _address(peername: tuple[str, int] | None) -> str:
    if not peername:
        return "unknown"
    host, port = peername[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _keep_alive(sock: socket.socket | None) -> None:
    """Find peers that are gone, which over mobile links never say so."""
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

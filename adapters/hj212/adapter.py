"""The server that data loggers dial in to (HJ 212 leaves open who connects; devices do)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

import structlog

from adapters.hj212.config import Config as Hj212Config
from adapters.hj212.connection import Connection
from adapters.hj212.dispatch import Dispatch
from adapters.hj212.reception import Heard, Reception
from monitor.adapter import LOGGER, AdapterConfig, Context
from monitor.errors import MonitorError

_BACKLOG = 4096
_SWEEP = 30.0
_FLUSH = 1.0
_COMPLAIN_EVERY = 60.0

_log = structlog.get_logger()


class Adapter:
    """Takes in frames from any number of connections and answers them once they are durable.

    Several MNs may share a connection, and one MN may have several: data is taken from all, what
    the platform has to say goes to the newest.
    """

    Config: ClassVar[type[AdapterConfig]] = Hj212Config
    door = None

    def __init__(self, config: Hj212Config, context: Context) -> None:
        self.config = config
        self.reception = Reception(config, context)
        self.context = replace(context, deliver=self.reception.assembly.deliver)
        self._connections: dict[Connection, int] = {}
        self._unheard: dict[Connection, None] = {}
        self._opened = 0
        self._routes: dict[str, Connection] = {}
        self._loggers: dict[str, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames: Counter[str] = Counter()
        self._last_frame_at: datetime | None = None
        self._port: int | None = None
        self._empty = asyncio.Event()
        self._complained: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()
        self._dispatch = (
            Dispatch(config, context, context.orders, self.connection_of)
            if context.orders
            else None
        )

    async def run(self) -> None:
        """Listen until cancelled; then answer what is being delivered, and close."""
        await self.reception.assembly.restore()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self), self.config.host, self.config.port, backlog=_BACKLOG
        )
        self._port = server.sockets[0].getsockname()[1]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                if self._dispatch is not None:
                    group.create_task(self._dispatch.run())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the first fault says more than their number
        finally:
            self._port = None
            server.close()
            await self._end()

    def status(self) -> dict[str, Any]:
        """Whether it listens, where, and what has come."""
        return {
            "ready": self._port is not None,
            "port": self._port,
            "connections": len(self._connections),
            "devices": len(self._routes),
            "last_frame_at": self._last_frame_at,
            "frames": dict(self._frames),
            "commands": self._dispatch.under_way if self._dispatch else 0,
        }

    def connection_of(self, address: str) -> Connection | None:
        """The newest connection over which a registered device has sent, or a data logger (by `LOGGER`
        and its number) has introduced itself.
        """
        return self._routes.get(address) or self._loggers.get(address)

    # What connections tell

    def opened(self, connection: Connection) -> bool:
        """A connection is there; False = there are too many that registered devices use."""
        if len(self._connections) >= self.config.max_connections:
            oldest = next(iter(self._unheard), None)
            if oldest is None:
                return False
            self.complain("connection closed", oldest.peer, "max_connections is reached")
            self.closed(oldest)
            oldest.abort()
        self._opened += 1
        self._connections[connection] = self._opened
        self._unheard[connection] = None
        self._empty.clear()
        return True

    def closed(self, connection: Connection) -> None:
        """A connection is gone; a device's newer one stays its route."""
        if self._connections.pop(connection, None) is None:
            return
        self._unheard.pop(connection, None)
        for mn in connection.devices:
            if self._routes.get(mn) is connection:
                del self._routes[mn]
        self._forget_logger(connection)
        if not self._connections:
            self._empty.set()

    def started(self, task: asyncio.Task[None]) -> None:
        """Work to be awaited when the adapter stops."""
        self._tasks.add(task)

    def ended(self, task: asyncio.Task[None]) -> None:
        """That work is done."""
        self._tasks.discard(task)

    def heard(self, connection: Connection, items: list[Heard]) -> None:
        """Count what has been kept, and remember where its devices are and what they answer."""
        for item in items:
            self._frames[item.delivery.frame.verdict] += 1
            device = item.device
            if item.delivery.introduction is not None:
                self._introduced(connection, item)
            if device is None:
                continue
            if self._routes.get(device) is not connection:
                self._route(device, connection, genuine=item.genuine)
            # Commands carry the password, and replies end them: neither is for who does not know it.
            # A device whose password was changed a moment ago is known by its connection.
            believed = item.genuine or self._routes.get(device) is connection
            if self._dispatch is not None and item.message is not None and believed:
                self._dispatch.heard(device, item.message)
        self._last_frame_at = items[-1].delivery.frame.received_at

    def complain(self, event: str, peer: str, reason: str) -> None:
        """Log a connection's trouble, at most once a minute of a kind."""
        now = asyncio.get_running_loop().time()
        last = self._complained.get(event)
        if last is not None and now - last < _COMPLAIN_EVERY:
            self._unsaid[event] += 1
            return
        self._complained[event] = now
        unsaid = self._unsaid.pop(event, 0)
        _log.warning(event, adapter=self.config.name, peer=peer, reason=reason, before=unsaid)

    def _introduced(self, connection: Connection, item: Heard) -> None:
        """A connection has one logger, the last that introduced itself over it."""
        introduction, message = item.delivery.introduction, item.message
        if introduction is None or message is None or connection not in self._connections:
            return
        self._forget_logger(connection)
        connection.logger = LOGGER + introduction.logger
        self._loggers[connection.logger] = connection
        if self._dispatch is not None:
            self._dispatch.heard(connection.logger, message)

    def _forget_logger(self, connection: Connection) -> None:
        if connection.logger and self._loggers.get(connection.logger) is connection:
            del self._loggers[connection.logger]
            if self._dispatch is not None:
                self._dispatch.gone(connection.logger)

    def _route(self, mn: str, connection: Connection, *, genuine: bool) -> None:
        age = self._connections.get(connection)
        if age is None:
            return
        connection.devices.add(mn)
        self._unheard.pop(connection, None)
        if not genuine:
            return
        other = self._routes.get(mn)
        if other is None and self._dispatch is not None:
            self._dispatch.connected(mn)
        if other is None or self._connections.get(other, 0) < age:
            self._routes[mn] = connection

    async def _sweep(self) -> None:
        """Close connections that have been silent for too long, give up sub-packets that wait so."""
        loop = asyncio.get_running_loop()
        longest = self.config.idle_timeout
        unheard = min(longest, self.config.unheard_timeout)
        while True:
            await self._give_up_packets()
            await asyncio.sleep(min(_SWEEP, unheard / 2, self.config.packet_expiry / 4))
            now = loop.time()
            silent = [c for c in self._connections if c.last_heard < now - longest]
            silent += [c for c in self._unheard if c.last_heard < now - unheard]
            for connection in silent:
                if not connection.busy:
                    connection.finish()

    async def _give_up_packets(self) -> None:
        try:
            await self.reception.assembly.give_up()
        except MonitorError as error:  # they are held; the next time will do
            self.complain("sub-packets not given up yet", self.config.name, str(error))

    async def _end(self) -> None:
        for connection in list(self._connections):
            connection.finish()
        await self._work_done()
        if self._connections:
            # Closing flushes the answers; who does not read them is not waited for long. No
            # `asyncio.timeout`: within what was cancelled it does not say so before Python 3.11.3.
            closed = asyncio.create_task(self._empty.wait())
            await asyncio.wait({closed}, timeout=_FLUSH)
            if closed.cancel():
                for connection in list(self._connections):
                    connection.abort()
        await self._work_done()  # remains of frames, of which nothing more will come

    async def _work_done(self) -> None:
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self.config.stop_within / 2)

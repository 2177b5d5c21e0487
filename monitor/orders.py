"""The queue of commands as adapters see it (`monitor.adapter.Orders`), over the store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor import clock, command
from monitor.adapter import LOGGER, Order
from monitor.command import Origin
from monitor.store import Row, Store, commands


class CommandQueue:
    """One adapter's view. Every call is a transaction of its own, in a thread."""

    def __init__(self, store: Store, adapter: str) -> None:
        self._store, self._adapter = store, adapter

    async def waiting(self) -> Mapping[str, str]:
        """Device codes for which `take` has a command, each with the address to reach it at."""
        return await asyncio.to_thread(self._waiting, clock.now())

    async def take(self, mn: str) -> Order | None:
        """The oldest open command of a device that nobody else is carrying out."""
        return await asyncio.to_thread(self._take, mn, clock.now())

    async def change(self, order: int, state: str, values: Mapping[str, Any]) -> bool:
        """Write down progress where the command is still in `state`."""
        return await asyncio.to_thread(self._change, order, state, values)

    async def place(
        self,
        mn: str,
        wanted: Sequence[tuple[str, Mapping[str, str]]],
        origin: str,
        *,
        once: bool = False,
    ) -> None:
        """Ask for commands on the adapter's own account."""
        await asyncio.to_thread(self._place, mn, wanted, Origin(origin), once)

    def _waiting(self, at: datetime) -> dict[str, str]:
        with self._store.read() as connection:
            found = commands.waiting(connection, self._adapter, at)
        return {mn: LOGGER + logger if logger else mn for mn, logger in found.items()}

    def _take(self, mn: str, at: datetime) -> Order | None:
        with self._store.write() as connection:
            row = commands.take(connection, mn, at)
        return None if row is None else _order(row)

    def _change(self, order: int, state: str, values: Mapping[str, Any]) -> bool:
        with self._store.write() as connection:
            return commands.change(connection, order, state, values)

    def _place(
        self, mn: str, wanted: Sequence[tuple[str, Mapping[str, str]]], origin: Origin, once: bool
    ) -> None:
        at = clock.now()
        with self._store.write() as connection:
            if commands.has(connection, mn, origin, ever=once):
                return
            if commands.asked(connection, [mn], origin, at - command.APART):
                return
            for code, parameters in wanted:
                commands.ask(connection, at, origin, mn, code, parameters)


def _order(row: Row[Any]) -> Order:
    return Order(
        id=row.id,
        mn=row.mn,
        code=row.code,
        parameters=row.parameters,
        expires_at=row.expires_at,
        state=row.state,
        qn=row.qn,
        attempts=row.attempts,
        next_at=row.next_at,
        result=row.result or {},
    )

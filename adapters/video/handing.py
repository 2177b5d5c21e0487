"""Handing in what no source brings twice: what the store does not take waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from adapters.pauses import Pauses
from adapters.telling import Telling
from monitor.adapter import Deliver, Delivery
from monitor.errors import MediaFull, MediaUnavailable, Stopping, StoreError

_PASSES = (StoreError, MediaFull, MediaUnavailable)
"""What is wrong with the store, and not with what it is given."""


class Handing:
    """Hands in for one feed."""

    def __init__(self, deliver: Deliver, telling: Telling, stop_within: float) -> None:
        """`stop_within`: seconds that a delivery under way may take when the daemon stops."""
        self._deliver, self._telling, self._stop_within = deliver, telling, stop_within

    async def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Do a piece of work that hands something in; when cancelled, still do it, but not for ever."""
        task = asyncio.create_task(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=self._stop_within)
            task.cancel()
            with suppress(asyncio.CancelledError, Stopping):  # of no interest any more
                await task
            raise

    async def store(self, deliveries: Sequence[Delivery]) -> None:
        """Hand in, however long the store takes; raises Stopping."""
        pauses, unstored = Pauses(), False
        while True:
            try:
                await self._deliver(deliveries)
            except _PASSES as error:
                unstored = True
                self._telling.say(f"not stored: {error}")
                await asyncio.sleep(pauses.after(0.0))
            else:
                break
        if unstored:
            self._telling.is_well("stored again")

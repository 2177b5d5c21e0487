"""Threads of requests: few for what is short, others for what is long: neither waits for the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")


class Turns:
    """Calls of one application in threads, so many at once; the others wait for their turn.

    Threads of one interpreter take turns; each one more that wants one costs all of them.
    """

    def __init__(self, at_once: int) -> None:
        self._turns = CapacityLimiter(at_once)

    async def run(self, call: Callable[[], T]) -> T:
        """Call in a thread, in turn."""
        return await to_thread.run_sync(call, limiter=self._turns)

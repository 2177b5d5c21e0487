"""Where requests ask the database: in few threads, which would otherwise wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")

_AT_ONCE = 2


class Lookups:
    """Short reads of one application, so many at once.

    Threads of one interpreter take turns; each one more that wants one costs all of them. What takes
    long (files, exports) has the threads of the framework.
    """

    def __init__(self) -> None:
        self._turns = CapacityLimiter(_AT_ONCE)

    async def run(self, look: Callable[[], T]) -> T:
        """Run a short read in a thread, in turn."""
        return await to_thread.run_sync(look, limiter=self._turns)

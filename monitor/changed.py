"""Telling those who wait that something was committed: long polls and the webhook worker.

Whoever commits calls `bump()`, from any thread. What other processes commit is seen by `watch`,
which looks at the head of the outbox once a second while anybody waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import structlog

from monitor.errors import StoreError

log = structlog.get_logger("changed")


class Changed:
    """A count of commits that can be waited for."""

    def __init__(self) -> None:
        self.generation = 0
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.stopped = False
        """Whether we are shutting down."""

    def bump(self) -> None:
        """Something was committed: wake everybody."""
        with self._lock:
            self.generation += 1
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)
            self._waiting.clear()

    def stop(self) -> None:
        """Shutting down: nobody waits any more."""
        self.stopped = True
        self.bump()

    async def wait(self, seen: int, timeout: float | None) -> bool:
        """Wait for a commit after generation `seen`; False when none came within `timeout` s."""
        event = asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        with self._lock:
            if self.stopped or self.generation != seen:
                return not self.stopped
            self._waiting.add(entry)
        try:
            await asyncio.wait_for(event.wait(), timeout)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting.discard(entry)
        return not self.stopped

    async def watch(self, head: Callable[[], int], every: float = 1.0) -> None:
        """Bump for commits of other processes, until cancelled; `head` reads the outbox's end."""
        known: int | None = None
        while True:
            await asyncio.sleep(every)
            if not self._waiting:
                known = None
                continue
            seen, before = self.generation, known
            try:
                known = await asyncio.to_thread(head)
            except StoreError as error:
                log.warning("outbox cannot be read", error=str(error))
                continue
            if known != before and seen == self.generation:
                self.bump()  # also at the first look: a commit may have come just before the wait

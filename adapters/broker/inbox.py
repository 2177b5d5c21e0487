"""Between the network's thread and the event loop: a bounded queue, which neither waits for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

from adapters.broker.message import Message

_BATCH_BYTES = 1_048_576


class Inbox:
    """What one connection has received and nobody has taken yet."""

    def __init__(self, messages: int, size: int) -> None:
        """At most so many messages, and bytes of payload (but one message always fits)."""
        self._most, self._size = messages, size
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._closed = False
        self._lock = threading.Lock()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def offer(self, message: Message) -> bool:
        """Put a message in, from any thread; False = there is no room, and it was not taken."""
        with self._lock:
            full = len(self._waiting) >= self._most
            full = full or self._bytes + len(message.payload) > self._size
            if self._closed or (full and self._waiting):
                return False
            self._waiting.append(message)
            self._bytes += len(message.payload)
        self._tell()
        return True

    def close(self) -> None:
        """Nothing more will come, from any thread. What waits can still be taken."""
        with self._lock:
            self._closed = True
        self._tell()

    async def take(self, most: int) -> list[Message]:
        """The oldest messages, as soon as there are any; nothing = closed, and all were taken."""
        while True:
            self._news.clear()
            with self._lock:
                batch: list[Message] = []
                size = 0
                while self._waiting and len(batch) < most and size < _BATCH_BYTES:
                    batch.append(self._waiting.popleft())
                    size += len(batch[-1].payload)
                self._bytes -= size
                closed = self._closed
            if batch or closed:
                return batch
            await self._news.wait()

    def __len__(self) -> int:
        return len(self._waiting)

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it who would listen
            self._loop.call_soon_threadsafe(self._news.set)

"""A platform with an HTTP API that is not always well: a real server, answering as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """An answer; `endless`: its body never ends, `hangs`: it never comes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    hangs: bool = False


def says(value: Any, status: int = 200, **headers: str) -> Says:
    return Says(json.dumps(value, ensure_ascii=False).encode(), status, headers)


HTML = Says(
    b"<html><body><h1>502 Bad Gateway</h1></body></html>", 502, {"content-type": "text/html"}
)


@dataclass
class Platform:
    """Answers with `answer`, and remembers what it was asked."""

    answer: Callable[[Asked], Says]
    asked: list[Asked] = field(default_factory=list)

    def paths(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            method, target, _ = first.split(" ")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines) if k}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            url = urlsplit(target)
            asked = Asked(method, url.path, dict(parse_qsl(url.query)), headers, body)
            self.asked.append(asked)
            await self._say(self.answer(asked), writer)
        writer.close()

    async def _say(self, says: Says, writer: asyncio.StreamWriter) -> None:
        if says.hangs:
            await asyncio.Event().wait()
        headers = "".join(f"{name}: {value}\r\n" for name, value in says.headers.items())
        length = "" if says.endless else f"Content-Length: {len(says.body)}\r\n"
        head = f"HTTP/1.1 {says.status} said\r\n{headers}{length}Connection: close\r\n\r\n"
        writer.write(head.encode() + says.body)
        while says.endless:
            writer.write(says.body)
            await writer.drain()
        await writer.drain()


@contextlib.asynccontextmanager
async def open_for(platform: Platform) -> AsyncIterator[str]:
    """The platform's address while it is there."""
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@contextlib.contextmanager
def beside(platform: Platform) -> Iterator[str]:
    """The same in a thread of its own, for tests that have no event loop."""
    address: queue.Queue[str] = queue.Queue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with open_for(platform) as url:
            address.put(url)
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield address.get(timeout=20)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()

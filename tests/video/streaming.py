"""A device that streams its alarms and is not always well."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from monitor.adapter import Adapter

LOGIN = {"username": "admin", "password": "s3cret"}


def part(body: bytes, content_type: str = "application/xml", length: bool = True) -> bytes:
    head = f"--boundary\r\nContent-Type: {content_type}\r\n"
    if length:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body + b"\r\n"


Conversation = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Device:
    """A device that wants digest authentication (RFC 7616, MD5) and then says what it is told."""

    def __init__(self, conversations: Sequence[Conversation], status: str = "200 OK") -> None:
        """One conversation per connection that is let in; the last one again for all that follow."""
        self.conversations, self.status = list(conversations), status
        self.content_type = "multipart/mixed; boundary=boundary"
        self.requests: list[str] = []
        self.let_in = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(request)
                if self._authorised(request):
                    break
                writer.write(
                    b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="DS-1", '
                    b'qop="auth", nonce="6f1b"\r\nContent-Length: 0\r\n\r\n'
                )
            writer.write(
                f"HTTP/1.1 {self.status}\r\nContent-Type: {self.content_type}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            speak = self.conversations[min(self.let_in, len(self.conversations) - 1)]
            self.let_in += 1
            await speak(writer)
            await writer.drain()
        writer.close()

    def _authorised(self, request: str) -> bool:
        header = re.search(r"(?im)^authorization: Digest (.*)$", request)
        if header is None:
            return False
        said = dict(re.findall(r'(\w+)="?([^",\r]*)', header[1]))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        secret = md5(f"admin:{said['realm']}:s3cret")
        wanted = md5(f"GET:{said['uri']}")
        middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}"
        return said["response"] == md5(f"{secret}:{middle}:{wanted}")


@contextlib.asynccontextmanager
async def listening(device: Device) -> AsyncIterator[str]:
    """The device's address while it listens."""
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def say(*pieces: bytes, then_wait: bool = True) -> Conversation:
    """The device says this, and then nothing, or hangs up."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if then_wait:
            await asyncio.Event().wait()

    return speak


@contextlib.asynccontextmanager
async def reading(adapter: Adapter) -> AsyncIterator[None]:
    """While an adapter runs."""
    task = asyncio.create_task(adapter.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

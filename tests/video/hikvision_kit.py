"""An adapter for Hikvision devices, a store that can fail, and a device that speaks as they do."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.video.hikvision import Adapter
from adapters.video.hikvision.config import Config
from monitor.adapter import Context, Delivery, Pushed
from monitor.event import Event, Examined
from monitor.media import Limits, Media
from tests.hj212.frames import ZONE

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""
AT = "2026-08-01T13:00:00+08:00"
MAC = "00:11:22:33:44:55"


@dataclass
class Store:
    """What the adapter delivers to, and the media it keeps pictures in."""

    media: Media
    kept: list[Delivery] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    """Raised by the next deliveries, one each."""
    no_room: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    answered: int = 0

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        await self.gate.wait()
        self.kept.extend(deliveries)

    async def keep(self, data: bytes) -> Examined:
        if self.no_room is not None:
            raise self.no_room
        draft = self.media.draft()
        draft.write(data)
        sha256 = draft.finish()
        try:
            return self.media.examine(draft.path, sha256)
        except BaseException:
            draft.discard()
            raise

    def count(self, frames: int) -> None:
        self.answered += frames

    @property
    def events(self) -> list[Event]:
        return [event for each in self.kept for event in each.events]

    @property
    def problems(self) -> list[str]:
        return [problem for each in self.kept for problem in each.frame.problems]


def store(folder: Path) -> Store:
    found = Store(Media(folder, Limits(keep_free=0)))
    found.gate.set()
    return found


def adapter(kept: Store, *, now: Callable[[], datetime] = lambda: NOW, **settings: Any) -> Adapter:
    context = Context(
        name="cameras",
        zone=ZONE,
        deliver=kept.deliver,
        answered=kept.count,
        password=lambda _: None,
        known=lambda _: True,
        now=now,
        keep=kept.keep,
    )
    config = Config.model_validate({"type": "hikvision", "name": "cameras", **settings})
    return Adapter(config, context)


def pushed(body: bytes, content_type: str = "application/xml") -> Pushed:
    return Pushed(
        method="POST",
        path="",
        headers={"content-type": content_type},
        body=body,
        peer="10.1.2.3:40112",
        received_at=NOW,
    )


def alert(
    kind: str = "fielddetection", state: str = "active", at: str = AT, **more: object
) -> bytes:
    """An alert in XML, as ISAPI has it."""
    members = {
        "ipAddress": "10.1.2.3",
        "macAddress": MAC,
        "channelID": 1,
        "dateTime": at,
        "activePostCount": 1,
        "eventType": kind,
        "eventState": state,
        **more,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    return (
        '<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
        f"{inner}</EventNotificationAlert>"
    ).encode()


HEARTBEAT = alert("videoloss", "inactive", activePostCount=0)


def part(body: bytes, content_type: str = "application/xml", length: bool = True) -> bytes:
    head = f"--boundary\r\nContent-Type: {content_type}\r\n"
    if length:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body + b"\r\n"


def form(*parts: bytes) -> Pushed:
    """A push of several parts."""
    return pushed(b"".join(parts) + b"--boundary--\r\n", "multipart/form-data; boundary=boundary")


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


@contextlib.asynccontextmanager
async def running(kept: Store, url: str, **settings: Any) -> AsyncIterator[Adapter]:
    """An adapter that reads a device's stream."""
    login = {"username": "admin", "password": "s3cret"}
    found = adapter(kept, url=url, **{**login, **settings})
    task = asyncio.create_task(found.run())
    try:
        yield found
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

"""An adapter for Hikvision devices, and a store that can fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.video.hikvision import Adapter
from adapters.video.hikvision.config import Config
from monitor.adapter import Context, Delivery, Pushed
from monitor.errors import FetchError
from monitor.event import Event, Examined
from monitor.media import Limits, Media
from tests.hj212.frames import ZONE
from tests.video.streaming import LOGIN, reading

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
    there: dict[str, bytes] = field(default_factory=dict)
    """What can be fetched, by URL."""
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

    async def fetch(self, url: str) -> bytes:
        if url not in self.there:
            raise FetchError("not there")
        return self.there[url]

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
        fetch=kept.fetch,
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


def form(*parts: bytes) -> Pushed:
    """A push of several parts."""
    return pushed(b"".join(parts) + b"--boundary--\r\n", "multipart/form-data; boundary=boundary")


@contextlib.asynccontextmanager
async def running(kept: Store, url: str, **settings: Any) -> AsyncIterator[Adapter]:
    """An adapter that reads a device's stream."""
    found = adapter(kept, url=url, **{**LOGIN, **settings})
    async with reading(found):
        yield found

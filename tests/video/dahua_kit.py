"""An adapter for a Dahua device, and such a device."""

from __future__ import annotations

from typing import Any

from adapters.video.dahua import Adapter
from adapters.video.dahua.config import Config
from monitor.adapter import Context
from tests.hj212.frames import ZONE
from tests.video.hikvision_kit import NOW, Store
from tests.video.streaming import LOGIN, Device, say


def adapter(kept: Store, url: str, **settings: Any) -> Adapter:
    context = Context(
        name="recorder",
        zone=ZONE,
        deliver=kept.deliver,
        answered=kept.count,
        password=lambda _: None,
        known=lambda _: True,
        now=lambda: NOW,
    )
    given = {"type": "dahua", "name": "recorder", "url": url, "device": "6G01", **LOGIN, **settings}
    return Adapter(Config.model_validate(given), context)


def device(stream: bytes) -> Device:
    """One that says this once and hangs up."""
    found = Device([say(stream, then_wait=False), say()])
    found.content_type = "multipart/x-mixed-replace; boundary=myboundary"
    return found

"""ONVIF cameras that publish to a real broker."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from adapters.broker.message import Message
from adapters.video.onvif import Adapter
from adapters.video.onvif.config import Config
from tests.mqtt.kit import publish
from tests.servers import Mosquitto, async_wait_for
from tests.video.kit import Bench
from tests.video.streaming import reading

TOPIC = "yard-cam/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/2/fence"


def config(**settings: Any) -> Config:
    given = {"type": "onvif", "name": "cameras", "url": "mqtt://127.0.0.1:1", **settings}
    return Config.model_validate(given)


def message(payload: bytes, topic: str = TOPIC, mid: int = 1, **more: Any) -> Message:
    return Message(
        topic=topic, payload=payload, size=len(payload), digest=b"", mid=mid, qos=1, **more
    )


def inside(state: object, minute: int = 50, second: int = 0) -> bytes:
    """Whether something is in the field."""
    return json.dumps(
        {
            "UtcTime": f"2026-08-01T04:{minute:02}:{second:02}Z",
            "Source": {"VideoSourceConfigurationToken": "1", "Rule": "fence"},
            "Data": {"ObjectId": 15, "IsInside": state},
        }
    ).encode()


async def say(broker: Mosquitto, *payloads: bytes, topic: str = TOPIC, **how: Any) -> None:
    await publish(broker, payloads, topic, **how)


@contextlib.asynccontextmanager
async def running(bench: Bench, broker: Mosquitto, **settings: Any) -> AsyncIterator[Adapter]:
    """An adapter, connected."""
    given = config(url=f"mqtt://127.0.0.1:{broker.port}", **settings)
    adapter = Adapter(given, bench.context())
    async with reading(adapter):
        await async_wait_for(lambda: adapter.status()["ready"])
        yield adapter

"""An adapter of meters with what it is given, those who publish to it, and what it comes to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from adapters.power import Adapter
from adapters.power.config import Config
from monitor.adapter import Context, Delivery, Pushed
from tests.hj212.frames import ZONE
from tests.servers import Mosquitto, async_wait_for, wait_for

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""
GATEWAY, METER = "26080001", "示例电表01"
DATA: dict[str, Any] = {
    "type": "data",
    "gwSN": GATEWAY,
    "meterSN": METER,
    "time": "20260801124500",
    "P": 12.5,
    "EPI": 10432.75,
}


def config(broker: Mosquitto | None = None, **settings: Any) -> Config:
    given: dict[str, Any] = {
        "type": "power",
        "name": "meters",
        "profile": "acrel-adw300",
        "values": "primary",
    }
    if broker is not None:
        given |= {"url": f"mqtt://127.0.0.1:{broker.port}", "topics": ["/gw/#", "sys/dev/#"]}
    return Config.model_validate(given | settings)


@dataclass
class Bench:
    """What an adapter is given, and what it hands in."""

    ratios: dict[str, float] = field(default_factory=dict)
    known: bool = True
    kept: list[Delivery] = field(default_factory=list)
    answered: int = 0
    error: Exception | None = None

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        if self.error is not None:
            raise self.error
        self.kept.extend(deliveries)

    def count(self, frames: int) -> None:
        self.answered += frames

    def context(self, deliver: Any = None) -> Context:
        return Context(
            name="meters",
            zone=ZONE,
            deliver=deliver or self.deliver,
            answered=self.count,
            password=lambda _: None,
            known=lambda _: self.known,
            now=lambda: NOW,
            ratio=self.ratios.get,
        )

    @property
    def last(self) -> Delivery:
        return self.kept[-1]


def values(delivery: Delivery) -> dict[str, float]:
    """The numbers of a delivery's only report."""
    (readings,) = delivery.readings
    names = (code for code, _ in readings.layout.columns)
    return dict(zip(names, readings.values, strict=True))


def pushed(message: Any, path: str = "") -> Pushed:
    """A push to the door."""
    return Pushed(
        method="POST",
        path=path,
        headers={"content-type": "application/json"},
        body=message if isinstance(message, bytes) else json.dumps(message).encode(),
        peer="10.0.0.9:40112",
        received_at=NOW,
    )


@contextlib.asynccontextmanager
async def running(
    broker: Mosquitto, bench: Bench, deliver: Any = None, **settings: Any
) -> AsyncIterator[Adapter]:
    adapter = Adapter(config(broker, **settings), bench.context(deliver))
    task = asyncio.create_task(adapter.run())
    try:
        await async_wait_for(lambda: adapter.status()["ready"])
        yield adapter
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Gateway:
    """Publishes as a gateway does, and hears what it is answered."""

    def __init__(self, port: int, answers: str = "/server/#") -> None:
        self.replies: list[tuple[str, dict[str, Any]]] = []
        self.taken: set[int] = set()
        """Numbers of the packets that the broker has acknowledged."""
        self.sent = 0
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _c, _u, m: self.replies.append(
            (m.topic, json.loads(m.payload))
        )
        self._client.on_publish = lambda _c, _u, mid, _r, _p: self.taken.add(mid)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda client, *_: client.subscribe(answers, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(10)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, kind: str, message: dict[str, Any] | bytes) -> None:
        """A message of the ADW300 class."""
        self.publish(f"/gw/acrelHW/示例产品/{kind}/{GATEWAY}", message)

    def publish(self, topic: str, message: dict[str, Any] | bytes) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._client.publish(topic, payload, qos=1)
        self.sent += 1

    def all_taken(self) -> None:
        """Wait until the broker has taken all."""
        wait_for(lambda: len(self.taken) == self.sent)

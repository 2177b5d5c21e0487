"""An adapter that runs against a real broker, a store that takes its time, and those who publish."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from paho.mqtt import publish as paho

from adapters.mqtt import Adapter
from adapters.mqtt.config import Config
from monitor.adapter import Context, Delivery
from tests.hj212.frames import ZONE
from tests.servers import Mosquitto, async_wait_for

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""
METER = "示例电表01"
TOPIC = "gateways/1/data"
PROFILE: dict[str, Any] = {
    "device": "meter",
    "time": "at",
    "time_format": "epoch_s",
    "items": "values.*",
}


@dataclass
class Store:
    """What the adapter delivers to."""

    kept: list[Delivery] = field(default_factory=list)
    offered: list[Sequence[Delivery]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    answered: int = 0

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        self.offered.append(deliveries)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.kept.extend(deliveries)

    def count(self, messages: int) -> None:
        self.answered += messages

    @property
    def raws(self) -> list[bytes]:
        return [each.frame.raw for each in self.kept]


def config(broker: Mosquitto | None = None, **settings: Any) -> Config:
    given: dict[str, Any] = {
        "type": "mqtt",
        "name": "power",
        "url": f"mqtt://127.0.0.1:{broker.port if broker else 1}",
        "topics": ["gateways/+/data"],
        "payload": "json",
    }
    given |= settings
    if given["payload"] == "json":
        given.setdefault("profile", PROFILE)
    return Config.model_validate(given)


def context(store: Store, deliver: Any = None, known: Any = lambda _: True) -> Context:
    return Context(
        name="power",
        zone=ZONE,
        deliver=deliver or store.deliver,
        answered=store.count,
        password=lambda _: None,
        known=known,
        now=lambda: NOW,
    )


@dataclass
class Running:
    """A running adapter and its store."""

    adapter: Adapter
    store: Store
    task: asyncio.Task[None]

    async def ready(self) -> None:
        await async_wait_for(lambda: self.adapter.status()["ready"] or self.task.done())
        if self.task.done():
            self.task.result()

    async def kept(self, count: int) -> list[bytes]:
        """The messages stored, as soon as there are so many."""
        await async_wait_for(lambda: len(self.store.kept) >= count)
        return self.store.raws

    async def stop(self) -> None:
        if self.task.done():
            return  # of something that the test looks at
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@contextlib.asynccontextmanager
async def running(
    broker: Mosquitto,
    store: Store | None = None,
    *,
    wait: bool = True,
    deliver: Any = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    if store is None:
        store = Store()
        store.gate.set()
    adapter = Adapter(config(broker, **settings), context(store, deliver))
    run = Running(adapter, store, asyncio.create_task(adapter.run()))
    try:
        if wait:
            await run.ready()
        yield run
    finally:
        await run.stop()


def message(number: int, **more: Any) -> bytes:
    """A meter's message; each number is another minute."""
    at = int((NOW - timedelta(days=1) + timedelta(minutes=number)).timestamp())
    return json.dumps({"meter": METER, "at": at, "values": {"P": number}, **more}).encode()


def messages(first: int, end: int) -> list[bytes]:
    return [message(number) for number in range(first, end)]


async def publish(
    broker: Mosquitto, payloads: Sequence[bytes], topic: str = TOPIC, **how: Any
) -> None:
    """Returns when the broker has acknowledged all of them."""
    auth = {key: how.pop(key) for key in ("auth", "tls") if key in how}
    port = how.pop("port", broker.port)
    given = [{"topic": topic, "payload": each, "qos": 1, **how} for each in payloads]
    await asyncio.to_thread(
        paho.multiple, given, hostname="127.0.0.1", port=port, client_id="", **auth
    )

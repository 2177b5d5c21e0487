"""Takes what devices push, and reads the stream of one where it is told to."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from adapters.video.hikvision import codec
from adapters.video.hikvision.config import Config as HikvisionConfig
from adapters.video.hikvision.reception import HEARTBEAT, Received, Reception
from adapters.video.hikvision.stream import Collector, Group, raw
from adapters.video.pulling import Puller
from monitor.adapter import AdapterConfig, Context, Deliver, Delivery, Pushed, Reply


class Adapter:
    """A door for any number of devices, and the stream of one if it is configured."""

    Config: ClassVar[type[AdapterConfig]] = HikvisionConfig

    def __init__(self, config: HikvisionConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.max_body = config.max_body
        self.secret = config.secret.get_secret_value() if config.secret else None
        self._reception = Reception(config, context)
        self._deliver = self._counted(context.deliver)
        self._puller = self._made_puller(config) if config.url else None
        self._frames: Counter[str] = Counter()
        self._last_frame_at: datetime | None = None
        self._heartbeat_at: datetime | None = None

    @property
    def door(self) -> Adapter:
        """Where devices push to."""
        return self

    async def run(self) -> None:
        """Read the stream until cancelled; without one, only the door is there."""
        if self._puller is None:
            await asyncio.Event().wait()
        else:
            await self._puller.run()

    def status(self) -> dict[str, Any]:
        """Whether the stream is connected, if there is one, and what has come."""
        puller = self._puller
        return {
            "ready": puller is None or puller.connected,
            "trouble": puller and puller.trouble,
            "last_frame_at": self._last_frame_at,
            "frames": dict(self._frames),
        }

    def _counted(self, deliver: Deliver) -> Deliver:
        async def count(deliveries: Any) -> None:
            await deliver(deliveries)
            self._frames.update(each.frame.verdict for each in deliveries)
            self._last_frame_at = deliveries[-1].frame.received_at

        return count

    # --- pushed ---------------------------------------------------------------------------------

    async def receive(self, request: Pushed) -> Reply:
        """Hand in a push and its pictures, then answer 200, whatever it was."""
        received = Received(
            raw=request.body,
            peer=request.peer,
            host=_host(request.peer),
            at=request.received_at,
        )
        content_type = request.headers.get("content-type", "")
        read = partial(codec.read, request.body, content_type)
        await self._deliver([await self._reception.hear(read, received)])
        self.context.answered(1)
        return Reply(body=b"OK", content_type="text/plain")

    # --- pulled ---------------------------------------------------------------------------------

    def _made_puller(self, config: HikvisionConfig) -> Puller[Group]:
        source = config.source(config.stream_path)
        pieces = partial(Collector, config.max_body)
        return Puller(config.name, source, pieces, self._hear, self._deliver, config.stop_within)

    async def _hear(self, group: Group) -> Delivery | None:
        now = self.context.now()
        received = Received(
            raw=raw(group), peer=self.config.url or "", host=self.config.host, at=now, pulled=True
        )
        delivery = await self._reception.hear(partial(codec.read_parts, group), received)
        if delivery.frame.note != HEARTBEAT or delivery.frame.problems:
            return delivery
        self._last_frame_at = now
        last = self._heartbeat_at
        if last and (now - last).total_seconds() < self.config.heartbeat_seconds:
            return None
        self._heartbeat_at = now
        return delivery


def _host(peer: str) -> str:
    """The address of a peer, without its port."""
    return peer.rpartition(":")[0].strip("[]") or peer

"""Takes what devices push, and reads the stream of one where it is told to."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

import structlog

from adapters.video.hikvision import codec
from adapters.video.hikvision.config import Config as HikvisionConfig
from adapters.video.hikvision.connection import Lost, Refused, connect
from adapters.video.hikvision.reception import HEARTBEAT, Received, Reception
from adapters.video.hikvision.stream import Group, raw
from monitor.adapter import AdapterConfig, Context, Delivery, Pushed, Reply
from monitor.errors import Stopping, StoreError

_FIRST, _LONGEST, _STEADY = 0.5, 60.0, 30.0
"""Seconds: the first pause before connecting again, the longest, and how long a connection must have
lasted for the first to be enough again."""

_log = structlog.get_logger()


class Adapter:
    """A door for any number of devices, and the stream of one if it is configured."""

    Config: ClassVar[type[AdapterConfig]] = HikvisionConfig

    def __init__(self, config: HikvisionConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.max_body = config.max_body
        self.secret = config.secret.get_secret_value() if config.secret else None
        self._reception = Reception(config, context)
        self._connected = False
        self._trouble: str | None = None
        self._told = False
        self._frames: Counter[str] = Counter()
        self._last_frame_at: datetime | None = None
        self._heartbeat_at: datetime | None = None

    @property
    def door(self) -> Adapter:
        """Where devices push to."""
        return self

    def status(self) -> dict[str, Any]:
        """Whether the stream is connected, if there is one, and what has come."""
        return {
            "ready": self._connected or self.config.url is None,
            "trouble": self._trouble,
            "last_frame_at": self._last_frame_at,
            "frames": dict(self._frames),
        }

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
        delivery = await self._reception.hear(read, received)
        await self.context.deliver([delivery])
        self._count(delivery)
        self.context.answered(1)
        return Reply(body=b"OK", content_type="text/plain")

    def _count(self, delivery: Delivery) -> None:
        self._frames[delivery.frame.verdict] += 1
        self._last_frame_at = delivery.frame.received_at

    # --- pulled ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read the stream until cancelled; without one, only the door is there."""
        if self.config.url is None:
            await asyncio.Event().wait()
        pause = _FIRST
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._converse()
            except (Lost, Stopping) as trouble:
                self._say(str(trouble))
                if asyncio.get_running_loop().time() - began > _STEADY:
                    pause = _FIRST
                if isinstance(trouble, Refused):
                    pause = _LONGEST
            finally:
                self._connected = False
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, _LONGEST)

    async def _converse(self) -> None:
        """One connection, until it has ended; raises Lost."""
        async with connect(self.config) as groups:
            self._connected = True
            self._is_well("connected")
            async for group in groups:
                await self._finish(group)
        raise Lost("the device has ended the stream")

    async def _finish(self, group: Group) -> None:
        """Hand in a group; when cancelled, still do so, but not for ever."""
        work = asyncio.create_task(self._take(group))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work}, timeout=self.config.stop_within)
            if not work.cancel():
                work.exception()  # of no interest any more
            raise

    async def _take(self, group: Group) -> None:
        now = self.context.now()
        received = Received(
            raw=raw(group), peer=self.config.url or "", host=self.config.host, at=now, pulled=True
        )
        delivery = await self._reception.hear(partial(codec.read_parts, group), received)
        if delivery.frame.note == HEARTBEAT and not delivery.frame.problems:
            if not self._is_due(now):
                self._last_frame_at = now
                return
            self._heartbeat_at = now
        await self._deliver(delivery)
        self._count(delivery)

    def _is_due(self, now: datetime) -> bool:
        """Whether it is time to keep a heartbeat again."""
        last = self._heartbeat_at
        return last is None or (now - last).total_seconds() >= self.config.heartbeat_seconds

    async def _deliver(self, delivery: Delivery) -> None:
        """Hand in until it is stored: a stream brings nothing twice. Meanwhile it is not read."""
        pause = _FIRST
        while True:
            try:
                await self.context.deliver([delivery])
            except StoreError as error:
                self._say(f"not stored: {error}")
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, _LONGEST)
            else:
                break
        self._is_well("stored again")

    # --- what is said ---------------------------------------------------------------------------

    def _is_well(self, how: str) -> None:
        """Once, after a trouble or at the beginning."""
        if self._trouble is not None or not self._told:
            _log.info("feed connected", adapter=self.config.name, url=self.config.url, how=how)
        self._trouble, self._told = None, True

    def _say(self, trouble: str) -> None:
        """Once, until it changes or is over."""
        if trouble != self._trouble:
            _log.warning(
                "feed interrupted", adapter=self.config.name, url=self.config.url, reason=trouble
            )
        self._trouble = trouble


def _host(peer: str) -> str:
    """The address of a peer, without its port."""
    return peer.rpartition(":")[0].strip("[]") or peer

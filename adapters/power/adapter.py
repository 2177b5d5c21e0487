"""Takes meters' messages from a broker and through a door, and answers those that wait for an answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

from adapters.broker.session import Session
from adapters.power.config import Config as PowerConfig
from adapters.power.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """A door that is always open, and one session with a broker where one is configured."""

    Config: ClassVar[type[AdapterConfig]] = PowerConfig

    def __init__(self, config: PowerConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context, self._publish)
        self._session: Session | None = None
        if config.url:
            self._session = Session(config, context, self.door.hear, deliver=self.door.deliver)

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        if self._session is None:
            await asyncio.Event().wait()
        else:
            await self._session.run()

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed (ready without a broker), and what has come."""
        door = self.door
        if self._session is None:
            return {
                "ready": True,
                "last_frame_at": door.last_frame_at,
                "frames": dict(door.frames),
            }
        status = self._session.status()
        heard = [at for at in (status["last_frame_at"], door.last_frame_at) if at is not None]
        return status | {
            "last_frame_at": max(heard, default=None),
            "frames": dict(Counter(status["frames"]) + door.frames),
        }

    def _publish(self, topic: str, payload: bytes) -> None:
        """A reply that does not get out is asked for again: the device repeats its message."""
        if self._session is not None:
            self._session.publish(topic, payload)

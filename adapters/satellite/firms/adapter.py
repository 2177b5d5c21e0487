"""Asks FIRMS where a key is configured, and takes its files through a door."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from adapters.satellite.firms.asking import Asking
from adapters.satellite.firms.config import Config as FirmsConfig
from adapters.satellite.firms.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """Heat that satellites see."""

    Config: ClassVar[type[AdapterConfig]] = FirmsConfig

    def __init__(self, config: FirmsConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context)
        self._asking = Asking(config, context, self.door) if config.map_key else None

    async def run(self) -> None:
        """Ask until cancelled; without a key there is only the door."""
        if self._asking is None:
            await asyncio.Event().wait()
        else:
            await self._asking.run()

    def status(self) -> dict[str, Any]:
        """Whether FIRMS answers (ready without a key), and what has come."""
        came = {"last_frame_at": self.door.last_frame_at, "frames": dict(self.door.frames)}
        return {"ready": True, **came} if self._asking is None else self._asking.status() | came

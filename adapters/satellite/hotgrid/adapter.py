"""Takes lists of hot cells through a door."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from adapters.satellite.hotgrid.config import Config as HotgridConfig
from adapters.satellite.hotgrid.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """Everything happens when somebody hands in a list."""

    Config: ClassVar[type[AdapterConfig]] = HotgridConfig

    def __init__(self, config: HotgridConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context)

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()

    def status(self) -> dict[str, Any]:
        """Always ready; what has come, by verdict."""
        return self.door.status()

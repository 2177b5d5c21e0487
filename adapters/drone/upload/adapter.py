"""Surveys that pilots upload."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from adapters.drone.upload.config import Config as UploadConfig
from adapters.drone.upload.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """Everything happens when somebody uploads; between that there is nothing to do."""

    Config: ClassVar[type[AdapterConfig]] = UploadConfig

    def __init__(self, config: UploadConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context)

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()

    def status(self) -> dict[str, Any]:
        """Always ready; what has come, by verdict."""
        return self.door.status()

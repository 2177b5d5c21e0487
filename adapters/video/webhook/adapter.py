"""Camera platforms and AI boxes that push JSON to a door of ours."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from adapters.video.webhook.config import Config as WebhookConfig
from adapters.video.webhook.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """Everything happens when somebody pushes; between that there is nothing to do."""

    Config: ClassVar[type[AdapterConfig]] = WebhookConfig

    def __init__(self, config: WebhookConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context)

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.Event().wait()

    def status(self) -> dict[str, Any]:
        """Always ready; what has come, by verdict."""
        return self.door.status()

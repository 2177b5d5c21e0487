"""Asks a WVP for its alarms again and again, and for their pictures."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.video.api import Api
from adapters.video.inquiry import Inquiry
from adapters.video.wvp.api import WvpApi
from adapters.video.wvp.config import Config as WvpConfig
from adapters.video.wvp.reception import Reception
from monitor.adapter import AdapterConfig, Context


class Adapter:
    """The alarms of all channels of one platform."""

    Config: ClassVar[type[AdapterConfig]] = WvpConfig
    door = None

    def __init__(self, config: WvpConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self._inquiry = Inquiry(
            config, context, config.server(config.url, config.ca_file), self._asking
        )

    def _asking(self, api: Api) -> WvpApi:
        return WvpApi(api, self.config, self.context, Reception(self.config, self.context))

    async def run(self) -> None:
        """Ask until cancelled."""
        await self._inquiry.run()

    def status(self) -> dict[str, Any]:
        """Whether the platform answers, up to when is read, and what has come."""
        return self._inquiry.status()

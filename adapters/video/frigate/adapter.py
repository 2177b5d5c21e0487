"""Takes what a Frigate publishes, and asks it for what was missed and for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from adapters.broker.message import Message
from adapters.broker.session import Session
from adapters.video.api import Api
from adapters.video.frigate.api import FrigateApi
from adapters.video.frigate.config import Config as FrigateConfig
from adapters.video.frigate.reception import Reception
from adapters.video.inquiry import Inquiry
from monitor.adapter import AdapterConfig, Context, Delivery


class Adapter:
    """One session with the broker; beside it, questions to Frigate itself."""

    Config: ClassVar[type[AdapterConfig]] = FrigateConfig
    door = None

    def __init__(self, config: FrigateConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self._reception = Reception(config, context)
        self._session = Session(
            config, context, self._hear, deliver=self._deliver, connected=self._missed
        )
        self._inquiry: Inquiry | None = None

    async def run(self) -> None:
        """Receive and ask until cancelled."""
        if self.config.api is None:
            await self._session.run()
            return
        server = self.config.server(self.config.api, self.config.api_ca_file)
        self._inquiry = Inquiry(self.config, self.context, server, self._asking)
        await self._inquiry.run(self._session.run)

    def _asking(self, api: Api) -> FrigateApi:
        return FrigateApi(api, self.config, self.context, self._reception)

    def status(self) -> dict[str, Any]:
        """Whether the broker is connected and Frigate answers, and what has come."""
        found = self._session.status() | {"online": self._reception.online}
        if self._inquiry is not None:
            missed = self._inquiry.status()
            found["ready"] = missed.pop("ready") and found["ready"]
            found["trouble"] = found["trouble"] or missed.pop("trouble")
            found["pictures"] = missed.pop("pictures")
            found["missed"] = missed
        return found

    def _hear(self, message: Message) -> Sequence[Delivery]:
        was = self._reception.online
        heard = self._reception.hear(message)
        if self._reception.online and was is False:
            self._missed()
        return heard

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        await self.context.deliver(deliveries)
        for each in deliveries:
            if self._inquiry is not None:
                self._inquiry.stored(each)

    def _missed(self) -> None:
        """Something may have been missed."""
        if self._inquiry is not None:
            self._inquiry.hurry()

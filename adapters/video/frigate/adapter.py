"""Takes what a Frigate publishes, and asks it for what was missed and for pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

from adapters.broker.message import Message
from adapters.broker.session import Session
from adapters.telling import Telling
from adapters.video.api import Api
from adapters.video.frigate.api import FrigateApi
from adapters.video.frigate.config import Config as FrigateConfig
from adapters.video.frigate.reception import Found, Reception
from adapters.video.handing import Handing
from adapters.video.polling import Poller
from adapters.video.snapshots import Snapshots
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
        self._poller: Poller | None = None
        self._snapshots: Snapshots | None = None
        self._telling = Telling(config.name, config.api or "")

    async def run(self) -> None:
        """Receive and ask until cancelled."""
        if self.config.api is None:
            await self._session.run()
            return
        async with Api(self.config.server(self.config.api, self.config.api_ca_file)) as api:
            frigate = FrigateApi(api, self.config, self.context, self._reception)
            handing = Handing(self.context.deliver, self._telling, self.config.stop_within)
            own = (self.config, self.context)
            self._snapshots = Snapshots(*own, handing, frigate.picture, self.config.api)
            self._poller = Poller(*own, self._telling, handing, frigate.pages, self._stored)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._session.run())
                    group.create_task(self._snapshots.run())
                    group.create_task(self._poller.run())
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None  # the first fault says more than their number

    def status(self) -> dict[str, Any]:
        """Whether the broker is connected and Frigate answers, and what has come."""
        found = self._session.status() | {"online": self._reception.online}
        if self._poller is not None and self._snapshots is not None:
            found["ready"] = found["ready"] and self._poller.reached
            found["trouble"] = found["trouble"] or self._telling.trouble
            found["missed"] = self._poller.status()
            found["pictures"] = self._snapshots.status()
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
            self._stored(each)

    def _stored(self, delivery: Delivery) -> None:
        if self._snapshots is not None and isinstance(delivery, Found):
            for wanted in delivery.wanted:
                self._snapshots.want(wanted)

    def _missed(self) -> None:
        """Something may have been missed."""
        if self._poller is not None:
            self._poller.hurry()

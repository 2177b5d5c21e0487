"""Takes what ONVIF cameras publish to a broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from adapters.broker.message import Message
from adapters.broker.session import Session
from adapters.video.onvif.config import Config as OnvifConfig
from adapters.video.onvif.properties import Properties
from adapters.video.onvif.reception import Reception
from monitor.adapter import AdapterConfig, Context, Delivery


class Adapter:
    """One session with the broker of any number of cameras."""

    Config: ClassVar[type[AdapterConfig]] = OnvifConfig
    door = None

    def __init__(self, config: OnvifConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self._reception = Reception(config, context)
        self._session = Session(config, context, self._hear, deliver=self._deliver)
        self._before: Properties | None = None

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        if self.context.held is not None:
            self._reception.properties.restore(key for key, _ in await self.context.held())
        await self._session.run()

    def _hear(self, message: Message) -> Sequence[Delivery]:
        if self._before is None:
            self._before = self._reception.properties.copy()
        return self._reception.hear(message)

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        """What cannot be stored comes again: it is as if it had not been heard."""
        try:
            await self.context.deliver(deliveries)
        except BaseException:
            self._reception.properties = self._before or self._reception.properties
            raise
        finally:
            self._before = None

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed, and what has come."""
        return self._session.status()

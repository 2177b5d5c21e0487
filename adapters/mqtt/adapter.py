"""Takes messages from a broker and acknowledges them once they are durable."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import structlog

from adapters.broker.session import Session
from adapters.hj212.assembly import Assembly
from adapters.mqtt.config import Config as MqttConfig
from adapters.mqtt.reception import Reception
from monitor.adapter import AdapterConfig, Context
from monitor.errors import MonitorError

_SWEEP = 30.0

_log = structlog.get_logger()


class Adapter:
    """One session with a broker, whose messages are HJ 212 frames or JSON."""

    Config: ClassVar[type[AdapterConfig]] = MqttConfig
    door = None

    def __init__(self, config: MqttConfig, context: Context) -> None:
        self.config = config
        reception = Reception(config, context)
        self._assembly = reception.assembly
        deliver = self._assembly.deliver if self._assembly else None
        self._session = Session(config, context, reception.hear, deliver=deliver)

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        try:
            async with asyncio.TaskGroup() as group:
                if self._assembly is not None:
                    await self._assembly.restore()
                    group.create_task(self._give_up_packets(self._assembly))
                group.create_task(self._session.run())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the first fault says more than their number

    async def _give_up_packets(self, assembly: Assembly) -> None:
        """End, again and again, the waiting for sub-packets that do not come any more."""
        while True:
            await asyncio.sleep(_SWEEP)
            try:
                await assembly.give_up()
            except MonitorError as error:  # they are held; the next time will do
                _log.warning("sub-packets wait", adapter=self.config.name, error=str(error))

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed, and what has come."""
        return self._session.status()

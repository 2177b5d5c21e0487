"""Listens to docks and remote controllers, and fetches their files."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from adapters.broker.session import Session
from adapters.drone.dji.collecting import Collecting
from adapters.drone.dji.config import Config as DjiConfig
from adapters.drone.dji.keeping import Keeping
from adapters.drone.dji.pilot import Pilot
from adapters.drone.dji.reception import Reception
from adapters.drone.dji.storage import Storage
from monitor.adapter import AdapterConfig, Context
from monitor.objects import Bucket


class Adapter:
    """One session with the broker, a door for Pilot 2, and the bucket that both speak of."""

    Config: ClassVar[type[AdapterConfig]] = DjiConfig

    def __init__(self, config: DjiConfig, context: Context) -> None:
        self.config = config
        # keys are whole names in the bucket: what a device says has the prefix in it
        whole = config.bucket.model_copy(update={"prefix": ""})
        collecting = Collecting(config, context, Bucket(whole))
        storage = Storage(config, Bucket(config.bucket))
        self._keeping = keeping = Keeping(config, context, collecting)
        reception = Reception(config, context, keeping, self._publish, storage.output)
        self.door = Pilot(config, context, keeping, storage)
        self._session = Session(config, context, reception.hear, deliver=reception.deliver)

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        await self._keeping.restore()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keeping.run())
                group.create_task(self._session.run())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the first fault says more than their number

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed, what has come, and how many files are looked for."""
        return self._session.status() | {"due": self._keeping.due}

    def _publish(self, topic: str, payload: bytes) -> None:
        """A reply that does not get out is asked for again: the device repeats its message."""
        self._session.publish(topic, payload)

"""Listens to docks and remote controllers, and fetches their files."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.broker.session import Session
from adapters.drone.dji.collecting import Collecting
from adapters.drone.dji.config import Config as DjiConfig
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
        reception = Reception(config, context, collecting, self._publish, storage.output)
        self.door = Pilot(config, context, collecting, storage)
        self._session = Session(config, context, reception.hear, deliver=reception.deliver)

    async def run(self) -> None:
        """Receive until cancelled; then let what is being delivered be acknowledged, and leave."""
        await self._session.run()

    def status(self) -> dict[str, Any]:
        """Whether it is connected and subscribed, and what has come."""
        return self._session.status()

    def _publish(self, topic: str, payload: bytes) -> None:
        """A reply that does not get out is asked for again: the device repeats its message."""
        self._session.publish(topic, payload)

"""From messages to what is delivered, and to what is answered once that is durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from adapters.broker.hearing import REFUSED, Hearing
from adapters.broker.message import Message
from adapters.drone.dji import codec
from adapters.drone.dji.codec import Heard
from adapters.drone.dji.config import Config
from adapters.drone.dji.keeping import DOCK, Keeping
from monitor.adapter import Context, Delivery
from monitor.errors import MediaError, StoreError
from monitor.survey import Survey

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told(Delivery):
    """A delivery, and what the message behind it says."""

    heard: Heard | None = None


class Reception:
    """Reads what comes over MQTT; whatever it is, it is kept, and then answered."""

    def __init__(
        self,
        config: Config,
        context: Context,
        keeping: Keeping,
        publish: Callable[[str, bytes], None],
        storage: Callable[[], Awaitable[dict[str, Any] | None]],
    ) -> None:
        """`publish`: to a topic; `storage`: where files go and by which key, None for now."""
        self._config, self._context, self._keeping = config, context, keeping
        self._publish, self._storage = publish, storage
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._hearing = Hearing(config, context, self._read)
        self.hear = self._hearing.hear

    def _read(self, message: Message) -> list[Delivery]:
        now = self._context.now()
        prefix = self._config.bucket.prefix
        heard = codec.read(message.topic, message.payload, prefix, self._zone, now)
        survey, note = None, heard.method
        if heard.flight is not None:
            way = heard.flight
            note = f"flight {way.mission} {way.status} {way.percent}%"
            if way.expected:
                survey = Survey(mission=way.mission, expected=way.expected)
        verdict = "tolerated" if heard.problems else "clean"
        frame = self._hearing.frame(
            message,
            verdict if heard.method else REFUSED,
            heard.problems,
            device=heard.gateway or None,
            at=now,
            note=note,
        )
        return [Told(frame, survey=survey, heard=heard)]

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Fetch the files of messages, make each of them durable, answer it; raises StoreError."""
        for each in deliveries:
            heard, result = each.heard if isinstance(each, Told) else None, 0
            if heard is None or heard.file is None:
                await self._context.deliver([each])
            else:
                try:
                    found = await self._keeping.keep(each, heard.file, DOCK, heard.gateway)
                except MediaError as error:
                    raise StoreError(str(error)) from error
                result = 1 if found.given_up else 0
            if heard is not None and heard.reply_to is not None:
                await self._answer(heard, heard.reply_to, result)

    async def _answer(self, heard: Heard, topic: str, result: int) -> None:
        """What is not answered is asked again: a failure here must not end the session."""
        try:
            output = None
            if heard.wants_storage:
                output = await self._storage()
                result = 0 if output is not None else 1
            self._publish(topic, codec.reply(heard, self._context.now(), result, output))
        except Exception as error:  # noqa: BLE001 - what it answers is kept; else it came for ever
            _log.error("no reply", adapter=self._config.name, topic=topic, error=repr(error))

"""From a message to what is delivered: whatever it is, it is kept. No input or output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from adapters.broker.config import BrokerConfig
from adapters.broker.message import Message
from monitor.adapter import Context, Delivery
from monitor.observation import Frame

REFUSED = "refused"
_TOPIC_SHOWN = 256

_log = structlog.get_logger()


class Hearing:
    """Hears messages with the reader of a feed."""

    def __init__(
        self,
        config: BrokerConfig,
        context: Context,
        read: Callable[[Message], Sequence[Delivery]],
    ) -> None:
        host, port = config.address
        self._broker = f"{config.identity}@{host}:{port}"
        self._context, self._read = context, read

    def hear(self, message: Message) -> Sequence[Delivery]:
        """What to deliver for a message: at least one frame."""
        if message.size > len(message.payload):
            note = f"{message.size} bytes"
            return [Delivery(self.frame(message, REFUSED, ("message-too-long",), note=note))]
        try:
            return self._read(message)
        except Exception as error:  # noqa: BLE001 - else it would come again for ever, others behind it
            _log.error("message not readable", adapter=self._context.name, error=repr(error))
            return [Delivery(self.frame(message, REFUSED, ("not-readable",)))]

    def frame(
        self,
        message: Message,
        verdict: str,
        problems: Sequence[str] = (),
        *,
        device: str | None = None,
        at: datetime | None = None,
        note: str = "",
    ) -> Frame:
        """The record of a message; `at`: when it was received, if it was looked at before."""
        marks = (note, "retained" if message.retained else "", "" if message.qos else "qos 0")
        return Frame(
            source=self._context.name,
            peer=self.peer(message),
            received_at=at or self._context.now(),
            raw=message.payload,
            device=device,
            verdict=verdict,
            problems=tuple(problems),
            note=", ".join(filter(None, marks)),
        )

    def peer(self, message: Message) -> str:
        """Where it came from."""
        return f"{message.topic[:_TOPIC_SHOWN]} via {self._broker}"

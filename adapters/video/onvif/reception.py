"""From messages to what is delivered: verdict, events. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.broker.hearing import REFUSED, Hearing
from adapters.broker.message import Message
from adapters.video.onvif import codec
from adapters.video.onvif.codec import Notice, Topic
from adapters.video.onvif.config import Config
from adapters.video.onvif.properties import Properties, Turn
from monitor.adapter import Context, Delivery
from monitor.event import Event, Kind


class Reception:
    """Reads what cameras publish; whatever it is, it is kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._silence = timedelta(seconds=config.silence_seconds)
        self._hearing = Hearing(config, context, self._read)
        self.hear = self._hearing.hear
        self.properties = Properties(self._silence)

    def _read(self, message: Message) -> list[Delivery]:
        where = codec.topic(message.topic)
        if where is None:
            return [Delivery(self._hearing.frame(message, REFUSED, ("unknown-topic",)))]
        now = self._context.now()
        if not message.payload:
            return [self._deleted(message, where, now)]
        problems: dict[str, None] = {}
        notice = codec.read(message.payload, where, now, problems)
        turn = None if notice is None or where.of_device else self._turn(message, where, notice)
        verdict = "tolerated" if problems else "clean"
        frame = self._hearing.frame(
            message,
            verdict if notice else REFUSED,
            tuple(problems),
            device=where.device,
            at=now,
            note=_note(where, notice),
        )
        if turn is None or notice is None:
            return [Delivery(frame)]
        event = self._event(where, turn, now, notice.details if turn.end is None else {})
        return [Delivery(frame, events=(event,), held=turn.held, released=turn.released)]

    def _turn(self, message: Message, where: Topic, notice: Notice) -> Turn | None:
        """What lies at the broker is the state that a camera is in, not that it has come to it."""
        if notice.state is False:
            return self.properties.ends(notice.which, notice.start)
        if message.retained:
            return None
        source = f"{where.device}/{notice.channel}" if notice.channel else where.device
        if notice.state is None:
            return Turn(notice.key, source, notice.start)
        return self.properties.begins(notice.which, notice.key, source, notice.start)

    def _deleted(self, message: Message, where: Topic, now: datetime) -> Delivery:
        """An empty message: the property is there no more."""
        note = f"{where.label} deleted"
        frame = self._hearing.frame(message, "clean", device=where.device, at=now, note=note)
        turn = self.properties.ends(codec.which(where), now) if where.of else None
        if turn is None:
            return Delivery(frame)
        return Delivery(frame, events=(self._event(where, turn, now, {}),), released=turn.released)

    def _event(self, where: Topic, turn: Turn, now: datetime, details: Mapping[str, Any]) -> Event:
        late = now - turn.start > timedelta(seconds=self._config.backlog_seconds)
        return Event(
            key=turn.key,
            kind=Kind.VIDEO,
            source=turn.source,
            label=where.label,
            start=turn.start,
            end=turn.end,
            silence=self._silence,
            details=details,
            supplementary=late and turn.end is None,
        )


def _note(where: Topic, notice: Notice | None) -> str:
    state = "" if notice is None or notice.state is None else ("is over", "begins")[notice.state]
    return " ".join(filter(None, ("device" if where.of_device else "", where.label, state)))

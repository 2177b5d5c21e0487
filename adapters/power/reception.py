"""From a message, published or pushed, to what is delivered, and to its answer once that is durable."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from adapters.broker.hearing import REFUSED, Hearing
from adapters.broker.message import Message
from adapters.power import answer, codec
from adapters.power.codec import Heard
from adapters.power.config import Config
from monitor.adapter import Context, Delivery, Pushed, Reply
from monitor.observation import Frame

_READERS = 2
"""Pushes that are read at a time: each may take several times its own size."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told(Delivery):
    """A delivery, and what the message behind it says."""

    heard: Heard | None = None


class Reception:
    """Reads what comes by either way; whatever it is, it is kept, and then answered."""

    def __init__(
        self, config: Config, context: Context, publish: Callable[[str, bytes], object]
    ) -> None:
        self._config, self._context, self._publish = config, context, publish
        self._zone = config.clock
        self._reader = codec.Reader(
            profile=config.profile,
            zone=self._zone,
            primary=config.primary,
            max_depth=config.max_depth,
            max_items=config.max_items,
            ratio=context.ratio,
        )
        self._hearing = Hearing(config, context, self._read) if config.url else None
        self._readers = asyncio.Semaphore(_READERS)
        self.max_body = config.max_body
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.frames: Counter[str] = Counter()
        """How many were pushed, by verdict."""
        self.last_frame_at: datetime | None = None

    # --- published ------------------------------------------------------------------------------

    def hear(self, message: Message) -> Sequence[Delivery]:
        """What to deliver for a message of the broker: at least one frame."""
        assert self._hearing is not None
        return self._hearing.hear(message)

    def _read(self, message: Message) -> list[Delivery]:
        assert self._hearing is not None
        now = self._context.now()
        heard = codec.read(self._reader, message.payload, message.topic, now)
        problems = self._problems(heard)
        frame = self._hearing.frame(
            message,
            _verdict(heard, problems),
            problems,
            device=heard.device,
            at=now,
            note=heard.note,
        )
        return [Told(frame, heard.readings, heard=heard)]

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Make a batch durable, then answer those of it who wait for it."""
        await self._context.deliver(deliveries)
        for each in deliveries:
            if isinstance(each, Told) and each.heard is not None:
                self._answer(each.heard)

    def _answer(self, heard: Heard) -> None:
        """Who is not answered asks again: a failure here must not end the session."""
        try:
            profile = self._config.profile
            body = answer.body(profile, heard, self._context.now(), self._zone)
            topic = answer.topic(profile, heard)
            if body is not None and topic is not None:
                self._publish(topic, body)
        except Exception as error:  # noqa: BLE001 - what it answers is kept; else it came for ever
            _log.error("no reply", adapter=self._config.name, error=repr(error))

    # --- pushed ---------------------------------------------------------------------------------

    async def receive(self, request: Pushed) -> Reply:
        """Hand in what a push brings, then answer it."""
        async with self._readers:
            heard = await asyncio.to_thread(self._understood, request)
        problems = self._problems(heard)
        frame = Frame(
            source=self._config.name,
            peer=request.peer,
            received_at=request.received_at,
            raw=request.body,
            device=heard.device,
            verdict=_verdict(heard, problems),
            problems=problems,
            note=heard.note,
        )
        await self._context.deliver([Delivery(frame, heard.readings)])
        self.frames[frame.verdict] += 1
        self.last_frame_at = frame.received_at
        self._context.answered(1)
        profile = self._config.profile
        body = answer.body(profile, heard, self._context.now(), self._zone)
        if body is None:
            body = b"{}" if heard.understood else answer.refused(profile)
        return Reply(body=body)

    def _understood(self, request: Pushed) -> Heard:
        try:
            return codec.read(self._reader, request.body, request.path, request.received_at)
        except Exception as error:  # noqa: BLE001 - else the device would send it again for ever
            _log.error("message not readable", adapter=self._config.name, error=repr(error))
            return Heard(kind=None, problems=("not-readable",))

    def _problems(self, heard: Heard) -> tuple[str, ...]:
        if any(not self._context.known(each.mn) for each in heard.readings):
            return (*heard.problems, "unknown-device")
        return heard.problems


def _verdict(heard: Heard, problems: Sequence[str]) -> str:
    if not heard.understood:
        return REFUSED
    return "tolerated" if problems else "clean"

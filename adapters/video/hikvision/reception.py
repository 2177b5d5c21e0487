"""From what was read to what is delivered: verdict, events, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from adapters.video.episodes import Episodes, Span
from adapters.video.hikvision import codec
from adapters.video.hikvision.alert import Meaning, understand
from adapters.video.hikvision.config import Config
from adapters.video.parts import Part
from adapters.video.tidy import line
from monitor.adapter import Context, Delivery
from monitor.errors import FetchError, MediaError, MediaTooLarge, UnfitMedia
from monitor.event import Event, Kind, Picture
from monitor.observation import Frame

MOST_PICTURES = 20
HEARTBEAT = "heartbeat"
"""The note of a frame that says no more than that the device is there."""
_NOTE = 200

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Where something came from, and how."""

    raw: bytes
    peer: str
    host: str
    """The device's network address, where it does not say who it is."""
    at: datetime
    pulled: bool = False
    """It is of a stream, whose device is not told what became of it."""


@dataclass(slots=True)
class _Alarm:
    """An event on its way."""

    meaning: Meaning
    span: Span
    alert: Mapping[str, Any]
    parts: list[Part] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


class Reception:
    """Reads what devices send; whatever it is, it is kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._context = context
        self._silence = timedelta(seconds=config.silence_seconds)
        self._backlog = timedelta(seconds=config.backlog_seconds)
        self._zone = config.clock(context.zone)
        self._episodes = Episodes(self._silence)

    async def hear(self, read: Callable[[], codec.Body], received: Received) -> Delivery:
        """What to deliver. Of a push, raises MediaError where there is no room for a picture."""
        try:
            body = read()
            meanings, alarms = self._understood(body, received)
        except Exception as error:  # noqa: BLE001 - else it would come again for ever, others behind it
            _log.error("alert not readable", adapter=self._context.name, error=repr(error))
            return Delivery(_frame(self._context.name, received, [], {"not-readable": None}))
        for alarm in alarms:
            await self._keep(alarm, received, body.problems)
        events = tuple(self._event(alarm, received) for alarm in alarms)
        return Delivery(
            _frame(self._context.name, received, meanings, body.problems), events=events
        )

    def _understood(
        self, body: codec.Body, received: Received
    ) -> tuple[list[Meaning], list[_Alarm]]:
        meanings, alarms = list[Meaning](), list[_Alarm]()
        for message in body.messages:
            of_message = list[_Alarm]()
            for alert in message.alerts:
                meaning = understand(alert, received.host, self._zone, received.at, body.problems)
                meanings.append(meaning)
                if (span := self._span(meaning)) is not None:
                    of_message.append(_Alarm(meaning, span, alert))
            if of_message:
                of_message[-1].parts = message.pictures
            elif message.pictures:
                body.problems["picture-without-event"] = None
            alarms += of_message
        return meanings, alarms

    def _span(self, meaning: Meaning) -> Span | None:
        """Heartbeats, states of the device and ends of nothing known are no events."""
        if not meaning.type or meaning.of_device:
            return None
        which = (meaning.source, meaning.type, meaning.regions, meaning.retransmitted)
        if meaning.active:
            return self._episodes.goes_on(which, meaning.key, meaning.start)
        return self._episodes.ends(which, meaning.start)

    async def _keep(self, alarm: _Alarm, received: Received, problems: dict[str, None]) -> None:
        """Keep the pictures of an alarm: those that came with it, and those it says can be had."""
        if len(alarm.parts) + len(alarm.meaning.urls) > MOST_PICTURES:
            problems["too-many-pictures"] = None
        if len(alarm.parts) < alarm.meaning.pictures:
            problems["pictures-missing"] = None
        keep = partial(self._add, alarm, received, problems)
        for number, part in enumerate(alarm.parts[:MOST_PICTURES], 1):
            await keep(line(part.name) or f"picture-{number}", part.body)
        for url in alarm.meaning.urls[: max(0, MOST_PICTURES - len(alarm.parts))]:
            try:
                data = await self._context.fetch(url)
            except FetchError:
                problems["picture-not-fetched"] = None
            else:
                await keep(line(url.partition("?")[0].rpartition("/")[2]) or "picture", data)

    async def _add(
        self, alarm: _Alarm, received: Received, problems: dict[str, None], name: str, data: bytes
    ) -> None:
        try:
            alarm.pictures.append(Picture(name, await self._context.keep(data)))
        except (UnfitMedia, MediaTooLarge):
            problems["picture-unfit"] = None
        except MediaError:
            if not received.pulled:
                raise
            problems["picture-not-kept"] = None

    def _event(self, alarm: _Alarm, received: Received) -> Event:
        meaning, span = alarm.meaning, alarm.span
        late = received.pulled and received.at - meaning.start > self._backlog
        return Event(
            key=span.key,
            kind=Kind.VIDEO,
            source=meaning.source,
            label=meaning.type,
            start=span.start,
            end=span.end,
            silence=self._silence,
            pictures=tuple(alarm.pictures),
            details=alarm.alert if meaning.active else {},
            supplementary=meaning.retransmitted or late,
        )


def _frame(
    source: str, received: Received, meanings: Sequence[Meaning], problems: dict[str, None]
) -> Frame:
    understood = [meaning for meaning in meanings if meaning.type]
    if not meanings and not problems:
        problems["no-alert"] = None
    verdict = "tolerated" if problems else "clean"
    first = meanings[0] if meanings else None
    return Frame(
        source=source,
        peer=received.peer,
        received_at=received.at,
        raw=received.raw,
        device=first.device if first else None,
        sent_at=first.start if first and first.start != received.at else None,
        verdict=verdict if understood else "refused",
        problems=tuple(problems),
        note=", ".join(dict.fromkeys(meaning.note for meaning in understood))[:_NOTE],
    )

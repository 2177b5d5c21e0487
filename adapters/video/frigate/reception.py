"""From what was seen to what is delivered: verdict, events, and the pictures to have of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from adapters.broker.hearing import REFUSED, Hearing
from adapters.broker.message import Message
from adapters.forgetting import forget
from adapters.video.frigate import codec
from adapters.video.frigate.config import Config
from adapters.video.frigate.seen import Seen, What
from adapters.video.polling import Page
from adapters.video.snapshots import Pictured, Wanted
from monitor.adapter import Context, Delivery
from monitor.event import Event, Kind
from monitor.observation import Frame

_KINDS: Mapping[str, What] = {"reviews": "reviews", "events": "events"}
_REMEMBERED = 20_000

_log = structlog.get_logger()


class Reception:
    """Reads what comes; whatever it is, it is kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._hearing = Hearing(config, context, self._read)
        self.hear = self._hearing.hear
        self._ended: dict[str, None] = {}
        self._told: dict[bytes, None] = {}
        self.online: bool | None = None
        """Whether Frigate is there, as far as it says."""

    # --- over MQTT --------------------------------------------------------------------------------

    def _read(self, message: Message) -> list[Delivery]:
        topic = message.topic.removeprefix(f"{self._config.topic_prefix}/")
        if topic == "available":
            return [self._available(message)]
        if topic not in _KINDS:
            return [Delivery(self._hearing.frame(message, REFUSED, ("unknown-topic",)))]
        now = self._context.now()
        read = codec.message(message.payload, _KINDS[topic], now)
        seen = [] if message.retained else [each for each in read.seen if self._fits(each)]
        notes = [read.type, *(f"{each.camera} {each.label}" for each in read.seen)]
        frame = self._hearing.frame(
            message,
            _verdict(read),
            tuple(read.problems),
            device=read.seen[0].camera if read.seen else None,
            at=now,
            note=" ".join(filter(None, notes))[:200],
        )
        return [self._found(frame, seen)]

    def _available(self, message: Message) -> Delivery:
        """Frigate says that it is there, or the broker that it is gone."""
        said = message.payload[:20].decode("ascii", "replace").strip()
        self.online = said == "online"
        return Delivery(self._hearing.frame(message, "clean", note=f"Frigate {said}"))

    # --- over HTTP --------------------------------------------------------------------------------

    def forget(self) -> None:
        """What was answered before."""
        self._told.clear()

    def answered(self, body: bytes, what: What, at: datetime) -> codec.Read:
        """What an answer says; whatever it is, it is read."""
        try:
            return codec.answer(body, what, at)
        except Exception as error:  # noqa: BLE001 - else it would be asked for ever without a trace
            _log.error("answer not readable", adapter=self._context.name, error=repr(error))
            return codec.Read(problems={"not-readable": None})

    def page(self, read: codec.Read, body: bytes, peer: str, at: datetime, last: bool) -> Page:
        """What it comes to; `last`: of its span."""
        fresh = [each for each in read.seen if each.digest not in self._told]
        for each in fresh:
            self._told[each.digest] = None
        forget(self._told, _REMEMBERED)
        unread = read.count is None
        frame = Frame(
            source=self._context.name,
            peer=peer,
            received_at=at,
            raw=body,
            verdict=_verdict(read, due=read.count != 0),
            problems=tuple(read.problems),
            note=f"{len(fresh)} seen" if fresh else "nothing new",
        )
        found = self._found(frame, [each for each in fresh if self._fits(each)])
        trouble = f"an answer that cannot be read: {', '.join(read.problems)}" if unread else None
        return Page(found, new=bool(fresh) or unread, last=last, trouble=trouble)

    # --- both -------------------------------------------------------------------------------------

    def _fits(self, seen: Seen) -> bool:
        """Whether it is an event: one that is not over yet after all that it was is a late message."""
        if seen.false_positive or (seen.severity, self._config.severity) == ("detection", "alert"):
            return False
        if seen.end is not None:
            self._ended[seen.id] = None
            forget(self._ended, _REMEMBERED)
        return seen.end is not None or seen.id not in self._ended

    def _found(self, frame: Frame, seen: list[Seen]) -> Pictured:
        events = tuple(self._event(each, frame.received_at) for each in seen)
        most = self._config.max_pictures
        wanted = tuple(_wanted(each, number) for each in seen for number in each.objects[:most])
        return Pictured(frame, events=events, wanted=wanted)

    def _event(self, seen: Seen, received_at: datetime) -> Event:
        late = received_at - seen.last > timedelta(seconds=self._config.backlog_seconds)
        return Event(
            key=seen.id,
            kind=Kind.VIDEO,
            source=seen.camera,
            label=seen.label,
            start=seen.start,
            end=seen.end,
            silence=timedelta(seconds=self._config.silence_seconds),
            confidence=seen.confidence,
            details=seen.details,
            supplementary=late,
        )


def _wanted(seen: Seen, number: str) -> Wanted:
    return Wanted(
        event=seen.id,
        camera=seen.camera,
        start=seen.start,
        name=f"{number}.jpg",
        path=f"/api/events/{number}/snapshot.jpg",
    )


def _verdict(read: codec.Read, due: bool = True) -> str:
    if due and not read.seen:
        return REFUSED
    return "tolerated" if read.problems else "clean"

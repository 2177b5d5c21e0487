"""Reads the event stream of a device."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import structlog

from adapters.video.dahua import codec
from adapters.video.dahua.codec import Notice, Read
from adapters.video.dahua.config import Config as DahuaConfig
from adapters.video.dahua.notice import moment, of_device
from adapters.video.episodes import Episodes, Span
from adapters.video.parts import Part, Splitter
from adapters.video.pulling import Puller
from adapters.video.tidy import line
from monitor.adapter import AdapterConfig, Context, Delivery
from monitor.event import Event, Kind
from monitor.observation import Frame

LONGEST_PART = 1_000_000
"""Bytes of a part; no pictures are among them."""
_ACTIONS = ("start", "stop", "pulse")
_KEY, _NOTE = 200, 200

_log = structlog.get_logger()


class Adapter:
    """The events of all channels of one device, over one connection after the other."""

    Config: ClassVar[type[AdapterConfig]] = DahuaConfig
    door = None

    def __init__(self, config: DahuaConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self._zone = config.clock(context.zone)
        self._silence = timedelta(seconds=config.silence_seconds)
        self._episodes = Episodes(self._silence)
        self._frames: Counter[str] = Counter()
        self._last_frame_at: datetime | None = None
        self._heartbeat_at: datetime | None = None
        self._puller = Puller(
            config.name,
            config.source(config.path),
            partial(Splitter, LONGEST_PART),
            self._hear,
            self._deliver,
            config.stop_within,
        )

    async def run(self) -> None:
        """Read the stream until cancelled."""
        await self._puller.run()

    def status(self) -> dict[str, Any]:
        """Whether the stream is connected, and what has come."""
        return {
            "ready": self._puller.connected,
            "trouble": self._puller.trouble,
            "last_frame_at": self._last_frame_at,
            "frames": dict(self._frames),
        }

    async def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        await self.context.deliver(deliveries)
        self._frames.update(each.frame.verdict for each in deliveries)

    async def _hear(self, part: Part) -> Delivery | None:
        """What to hand in for a part; nothing for most heartbeats."""
        if not part.raw.strip():
            return None
        now = self._last_frame_at = self.context.now()
        try:
            read = codec.read(part)
            events = [self._event(notice, now, read.problems) for notice in read.notices]
        except Exception as error:  # noqa: BLE001 - else nothing that follows would be read
            _log.error("event not readable", adapter=self.config.name, error=repr(error))
            read, events = Read(problems={"not-readable": None}), []
        if read.heartbeat and not self._is_due(now):
            return None
        return Delivery(
            self._frame(part, read, now), events=tuple(event for event in events if event)
        )

    def _is_due(self, now: datetime) -> bool:
        """Whether it is time to keep a heartbeat again."""
        last = self._heartbeat_at
        if last and (now - last).total_seconds() < self.config.heartbeat_seconds:
            return False
        self._heartbeat_at = now
        return True

    def _event(self, notice: Notice, now: datetime, problems: dict[str, None]) -> Event | None:
        """The event of a notice; None for states of the device, and for ends of nothing known."""
        start = moment(notice.data, self._zone, now, problems)
        source = self._source(notice, problems)
        if notice.action.lower() not in _ACTIONS:
            problems["unknown-action"] = None
        span = None if of_device(notice.code) else self._span(notice, source, start)
        if span is None:
            return None
        over = span.end is not None
        return Event(
            key=span.key,
            kind=Kind.VIDEO,
            source=source,
            label=line(notice.code),
            start=span.start,
            end=span.end,
            silence=self._silence,
            details={}
            if over
            else {"action": notice.action, "index": notice.index, "data": notice.data},
        )

    def _source(self, notice: Notice, problems: dict[str, None]) -> str:
        if not (notice.index.isascii() and notice.index.isdecimal()):
            problems["no-channel"] = None
            return self.config.name_of_device
        return f"{self.config.name_of_device}/{int(notice.index) + self.config.first_channel}"

    def _span(self, notice: Notice, source: str, start: datetime) -> Span | None:
        """A Pulse has no end; a Start has the Stop that follows it."""
        action, which = notice.action.lower(), (source, notice.code)
        if action == "stop":
            return self._episodes.ends(which, start)
        number = next(
            (str(notice.data[n]) for n in ("EventSeq", "GroupID") if n in notice.data), ""
        )
        key = "|".join((source, notice.code, number, start.isoformat(), action))
        if len(key) > _KEY:
            key = hashlib.sha256(key.encode()).hexdigest()
        if action == "start":
            return self._episodes.goes_on(which, key, start)
        return Span(key, start, None)

    def _frame(self, part: Part, read: Read, now: datetime) -> Frame:
        notes = dict.fromkeys(line(f"{each.code} {each.action}") for each in read.notices)
        verdict = "tolerated" if read.problems else "clean"
        return Frame(
            source=self.config.name,
            peer=self.config.url,
            received_at=now,
            raw=part.raw,
            device=self.config.name_of_device,
            verdict=verdict if read.notices or read.heartbeat else "refused",
            problems=tuple(read.problems),
            note="heartbeat" if read.heartbeat else ", ".join(notes)[:_NOTE],
        )

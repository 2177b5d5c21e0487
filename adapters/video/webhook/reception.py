"""The door that platforms push to: proved, read, its pictures had, delivered, and only then answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from adapters.video.webhook import codec, reply
from adapters.video.webhook.codec import Understood
from adapters.video.webhook.config import Config
from adapters.video.webhook.gathering import Gallery, Gathered
from adapters.video.webhook.reading import Reader, Reading
from monitor.adapter import Context, Delivery, Pushed, Reply
from monitor.observation import Frame

_log = structlog.get_logger()

_READERS = 2
"""Messages that are read at a time: each may take several times its own size."""
_TOLD_EVERY = 60.0
_FORGED = Reply(status=401, body=b'{"error": "the signature is not right"}')


class Reception:
    """The adapter's door."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self.max_body = config.max_body
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        key = config.signature_key
        self._key = "" if key is None else key.get_secret_value()
        self._reader = _reader(config, context)
        self._gallery = Gallery(config, context)
        self._readers = asyncio.Semaphore(_READERS)
        self._told_at = -_TOLD_EVERY
        self.frames: Counter[str] = Counter()
        """How many came, by verdict; `forged` ones are not kept."""
        self.last_frame_at: datetime | None = None

    async def receive(self, request: Pushed) -> Reply:
        """Hand in what a request brings, then answer it."""
        async with self._readers:
            understood, answer, fault = await asyncio.to_thread(self._read, request)
        if fault is not None:
            self._say_forged(request.peer, fault)
            return _FORGED
        gathered = await self._gallery.complete(understood.events)
        frame = self._frame(request, understood, gathered)
        await self._context.deliver([Delivery(frame, events=gathered.events)])
        self.frames[frame.verdict] += 1
        self.last_frame_at = frame.received_at
        self._context.answered(1)
        return answer

    def _read(self, request: Pushed) -> tuple[Understood, Reply, str | None]:
        """What the request comes to, how it is answered, and why its sender is not believed."""
        try:
            return self._understood(request)
        except Exception as error:  # noqa: BLE001 - else the device would send it again for ever
            _log.error("message not readable", adapter=self._config.name, error=repr(error))
            answer = reply.render(self._config.profile.reply, None)
            return Understood(problems=("not-readable",)), answer, None

    def _understood(self, request: Pushed) -> tuple[Understood, Reply, str | None]:
        profile = self._config.profile
        reading = Reading(self._reader, request.received_at)
        body = codec.open_body(reading, request.headers, request.body)
        if profile.signature is not None:
            given = (self._key, request.headers, request.body, body.message)
            fault = profile.signature.fault(*given, self._context.now())
            if fault is not None:
                return Understood(), _FORGED, fault
        return codec.read(reading, body), reply.render(profile.reply, body.message), None

    def _frame(self, request: Pushed, understood: Understood, gathered: Gathered) -> Frame:
        problems = tuple(dict.fromkeys((*understood.problems, *gathered.problems)))
        verdict = "tolerated" if problems else "clean"
        if understood.data and not gathered.events:
            verdict = "refused"
        note = gathered.note if understood.data else "no event by the profile"
        return Frame(
            source=self._config.name,
            peer=request.peer,
            received_at=request.received_at,
            raw=request.body,
            sent_at=understood.sent_at,
            verdict=verdict,
            problems=problems,
            note=note,
        )

    def _say_forged(self, peer: str, fault: str) -> None:
        """At most once a minute: whoever tries, tries often."""
        self.frames["forged"] += 1
        now = asyncio.get_running_loop().time()
        if now - self._told_at > _TOLD_EVERY:
            self._told_at = now
            _log.warning("push refused", adapter=self._config.name, peer=peer, reason=fault)

    def status(self) -> dict[str, Any]:
        """What has come."""
        return {
            "ready": True,
            "last_frame_at": self.last_frame_at,
            "frames": dict(self.frames),
        }


def _reader(config: Config, context: Context) -> Reader:
    zone = config.zone or config.profile.zone
    return Reader(
        profile=config.profile,
        zone=ZoneInfo(zone) if zone else context.zone,
        max_depth=config.max_depth,
        max_values=config.max_values,
        max_events=config.max_events,
        max_pictures=config.max_pictures,
    )

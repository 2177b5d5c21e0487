"""From a FIRMS file, pushed or answered, to what is delivered."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog

from adapters.satellite.firms import codec
from adapters.satellite.firms.config import Config
from adapters.satellite.firms.detection import STANDING, Detection
from monitor.adapter import Context, Delivery, Pushed, Reply
from monitor.event import Event, Kind, Place
from monitor.geodesy import distance
from monitor.observation import Frame

SOURCE, LABEL = "FIRMS", "thermal anomaly"
"""One for all satellites: heat that several see is one episode."""

_log = structlog.get_logger()


class Reception:
    """Reads files; whatever they are, they are kept. The adapter's door as well."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._usual_at = frozenset(config.standing_heat)
        self._reader = asyncio.Semaphore(1)  # each may take several times its own size
        self.max_body = config.max_body
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.frames: Counter[str] = Counter()
        """How many came, by verdict."""
        self.last_frame_at: datetime | None = None

    async def receive(self, request: Pushed) -> Reply:
        """Hand in a file, then answer how many detections are in it."""
        read = await self.read(request.body, request.received_at)
        if "too-many-rows" in read.problems:
            reason = f"more than {self._config.max_rows} rows: cut the file to the area"
            return Reply(status=413, body=_json({"detail": reason}))
        delivery = self.delivery(read, request.body, request.peer, request.received_at)
        await self._context.deliver([delivery])
        self.kept(delivery)
        self._context.answered(1)
        answer = {"detections": len(read.detections), "problems": list(read.problems)}
        return Reply(body=_json(answer))

    async def read(self, body: bytes, at: datetime) -> codec.Read:
        """What a file says; whatever it is, it is read."""
        async with self._reader:
            return await asyncio.to_thread(self._understood, body, at)

    def _understood(self, body: bytes, at: datetime) -> codec.Read:
        try:
            return codec.read(body, at, self._config.max_rows)
        except Exception as error:  # noqa: BLE001 - the file is kept, whatever it does to a reader
            _log.error("file not readable", adapter=self._context.name, error=repr(error))
            return codec.Read(problems={"not-readable": None})

    def delivery(self, read: codec.Read, body: bytes, peer: str, at: datetime) -> Delivery:
        """What it comes to."""
        frame = Frame(
            source=self._context.name,
            peer=peer,
            received_at=at,
            raw=body,
            verdict="refused" if not read.header else "tolerated" if read.problems else "clean",
            problems=tuple(read.problems),
            note=read.refusal or f"{len(read.detections)} detections",
        )
        return Delivery(frame, events=tuple(self._event(d, at) for d in read.detections.values()))

    def kept(self, delivery: Delivery) -> None:
        """To be told of what is durable."""
        self.frames[delivery.frame.verdict] += 1
        self.last_frame_at = delivery.frame.received_at

    def _event(self, seen: Detection, at: datetime) -> Event:
        standing = self._standing(seen)
        level, least = seen.level, self._config.least_confidence
        weak = level is not None and level.rank < least.rank
        number = seen.confidence if isinstance(seen.confidence, int) else None
        return Event(
            key=seen.key,
            kind=Kind.REMOTE,
            source=SOURCE,
            label=LABEL,
            start=seen.at,
            silence=timedelta(hours=self._config.silence_hours),
            confidence=None if number is None else number / 100,
            place=Place(longitude=seen.longitude, latitude=seen.latitude, accuracy=seen.accuracy),
            owned_only=True,
            only_kept=weak or standing is not None,
            usual_at=self._usual_at,
            # by product: whichever comes first, both are there in the end
            details={seen.product.value: _said(seen, standing)},
            supplementary=at - seen.at > timedelta(hours=self._config.backlog_hours),
        )

    def _standing(self, seen: Detection) -> str | None:
        """Why it is heat that is always there, where that is known without the register."""
        if seen.type in STANDING:
            return STANDING[seen.type]
        here = (seen.longitude, seen.latitude)
        for place in self._config.standing_places:
            if distance(here, (place.longitude, place.latitude)) <= place.metres:
                return "registered place"
        return None


def _said(seen: Detection, standing: str | None) -> dict[str, Any]:
    said = asdict(seen) | {"at": f"{seen.at:%Y-%m-%dT%H:%MZ}", "standing": standing}
    del said["product"]
    said |= said.pop("details")
    return {name: value for name, value in said.items() if value is not None}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()

"""One event of a message, as the profile says where its parts are. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from adapters.mqtt.document import Unreadable
from adapters.mqtt.path import Place as In
from adapters.video.tidy import clean
from adapters.video.webhook import boxes, where
from adapters.video.webhook.profile import LATER, Status
from adapters.video.webhook.reading import Reading
from monitor.event import Event, Kind, Place

_KEY_LIMIT = 128


def event(reading: Reading, place: In) -> Event:
    """The event without its pictures; raises Unreadable where it is of no camera or of nothing."""
    profile = reading.reader.profile
    status, word = _status(reading, place)
    device = reading.word(profile.device, place)
    channel = reading.word(profile.channel, place)
    label = reading.word(profile.label, place)
    if status not in LATER:
        if device is None:
            raise Unreadable("missing-device")
        if label is None:
            raise Unreadable("missing-label")
    when, written = reading.when(profile.time, place)
    if written is None and status not in LATER:
        reading.name("missing-time")
    said = {"device": device, "channel": channel, "label": label, "time": written}
    key = _key(reading, place, status, said)
    start = when or reading.received_at
    own = {"time": written, "status": word, "device": device, "channel": channel}
    return Event(
        key=key,
        kind=Kind.VIDEO,
        source="" if device is None else profile.camera(device, channel),
        label=label or "",
        start=start,
        end=start if status is Status.STOP else _end(reading, place, start),
        silence=timedelta(seconds=profile.silence),
        confidence=_confidence(reading, place),
        place=_position(reading, place),
        details=_details(reading, place, label, own),
        supplementary=any(where.holds(profile.supplementary, place)),
    )


def _status(reading: Reading, place: In) -> tuple[Status, str | None]:
    """What the message says of its event, and its word for it."""
    profile = reading.reader.profile
    word = reading.word(profile.status, place)
    status = Status.INSTANT if word is None else profile.statuses.get(word)
    if status is None:
        reading.name("unknown-status")
    return status or Status.INSTANT, word


def _key(reading: Reading, place: In, status: Status, said: dict[str, str | None]) -> str:
    """What is the same in all messages about an event."""
    profile = reading.reader.profile
    at = profile.joins if status in LATER and profile.joins else profile.id
    found = None if at is None else where.first(at, place)
    if found is None and status in LATER:
        raise Unreadable("missing-id")
    if found is None:  # one without a time is told from the next by all that it says
        return _digest([*said.values(), None if said["time"] else place.here])
    if profile.id_with:
        return _digest([found, *(said[each] for each in profile.id_with)])
    key = clean(found, {})
    return key if key == found and len(key) <= _KEY_LIMIT and key.isprintable() else _digest(found)


def _digest(basis: Any) -> str:
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()[:32]


def _end(reading: Reading, place: In, start: datetime) -> datetime | None:
    end, _ = reading.when(reading.reader.profile.end, place)
    if end is not None and end < start:
        reading.name("end-before-start")
        return None
    return end


def _confidence(reading: Reading, place: In) -> float | None:
    profile = reading.reader.profile
    best: float | None = None
    for found in where.every(profile.confidence or (), place):
        number = where.number(found)
        if number is None or not 0 <= number <= profile.confidence_scale:
            reading.name("bad-confidence")
        else:
            best = max(best or 0.0, number / profile.confidence_scale)
    return best


def _position(reading: Reading, place: In) -> Place | None:
    """Where it is, in the source's own datum; (0, 0) is how many say that they do not know."""
    profile = reading.reader.profile
    if profile.longitude is None or profile.latitude is None:
        return None
    texts = [where.first(at, place) for at in (profile.longitude, profile.latitude)]
    if texts == [None, None]:
        return None
    longitude, latitude = map(where.number, texts)
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        reading.name("bad-place")
        return None
    if longitude == latitude == 0:
        return None
    of_camera = profile.place_of == "camera"
    return Place(longitude=longitude, latitude=latitude, datum=profile.datum, of_camera=of_camera)


def _details(
    reading: Reading, place: In, label: str | None, own: dict[str, str | None]
) -> dict[str, Any]:
    """What else the source says, and the original texts; what it does not say is not there."""
    profile = reading.reader.profile
    details: dict[str, Any] = {**own, "name": reading.word(profile.name, place)}
    details["name"] = details["name"] or profile.names.get(label or "")
    found = _boxes(reading, place)
    if found:
        details |= {
            "boxes": found,
            "boxes_in": "pixels" if profile.box_scale is None else "fractions",
        }
    for name, at in profile.details.items():
        details[name] = reading.detail(next(where.every(at, place), None))
    return {name: value for name, value in details.items() if value not in (None, "")}


def _boxes(reading: Reading, place: In) -> list[list[float]]:
    """The boxes, each as left, top, right, bottom."""
    profile = reading.reader.profile
    found: list[list[float]] = []
    for each in where.every(profile.box or (), place):
        try:
            found += islice(boxes.read(profile, each), boxes.MOST + 1)
        except boxes.BadBox:
            reading.name("bad-box")
        if len(found) > boxes.MOST:
            reading.name("bad-box")
            return found[: boxes.MOST]
    return found

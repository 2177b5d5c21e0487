"""What is pushed, to events: by a profile. Pure, and no bytes make it raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.mqtt.document import Unreadable
from adapters.mqtt.path import MISSING, Place
from adapters.video import bodies
from adapters.video.parts import Part, Splitter
from adapters.video.webhook import where
from adapters.video.webhook.events import event
from adapters.video.webhook.pictures import Sought, sought
from adapters.video.webhook.reading import Reading
from monitor.event import Event

MOST_PARTS = 64
"""Parts of a form."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body, taken apart."""

    message: Any = MISSING
    """The JSON, if it is any."""
    parts: tuple[Part, ...] = ()
    """The other parts of a form."""
    fault: str | None = None
    """Why there is no message."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a request comes to."""

    events: tuple[tuple[Event, tuple[Sought, ...]], ...] = ()
    """Each with the pictures that are still to be had."""
    problems: tuple[str, ...] = ()
    sent_at: datetime | None = None
    data: bool = True
    """Whether it should hold events; by the profile's `only` and `ignore`."""


def open_body(reading: Reading, headers: Mapping[str, str], body: bytes) -> Body:
    """The message of a request; `headers` by lower-case name."""
    content_type = headers.get("content-type", "")
    others: tuple[Part, ...] = ()
    try:
        if content_type.lower().lstrip().startswith("multipart/"):
            body, others = _in_form(reading, body)
        else:
            body = bodies.in_utf8(body, content_type)
        limits = (reading.reader.max_depth, reading.reader.max_values)
        return Body(bodies.parse(body, reading.name, *limits), others)
    except Unreadable as unreadable:
        return Body(parts=others, fault=str(unreadable))


def read(reading: Reading, body: Body) -> Understood:
    """The events of a message, and every problem with it by name."""
    if body.fault is not None:
        return Understood(problems=(*reading.problems, body.fault))
    profile = reading.reader.profile
    place = where.here(body.message, body.message)
    if not all(where.holds(profile.only, place)):
        return Understood(problems=tuple(reading.problems), data=False)
    sent_at, _ = reading.when(profile.sent, place)
    events, data = _events(reading, place, body.parts)
    return Understood(tuple(events), tuple(reading.problems), sent_at, data)


def _in_form(reading: Reading, body: bytes) -> tuple[bytes, tuple[Part, ...]]:
    """The JSON of a form, and its other parts."""
    splitter = Splitter(len(body), MOST_PARTS + 1)
    found = list(splitter.feed(body))
    if not splitter.closed:
        too_many = splitter.boundaries > MOST_PARTS
        reading.name("too-many-parts" if too_many else "damaged-form")
    json_part = next((part for part in found if _is_json(part)), None)
    if json_part is None:
        raise Unreadable("no-json-part")
    return json_part.body, tuple(part for part in found if part is not json_part)


def _is_json(part: Part) -> bool:
    """Whether it begins as an object or a list does: names and types of parts often lie."""
    return part.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _events(
    reading: Reading, message: Place, others: tuple[Part, ...]
) -> tuple[list[tuple[Event, tuple[Sought, ...]]], bool]:
    """The events with their pictures, and whether there should be any."""
    profile, most = reading.reader.profile, reading.reader.max_events
    found = [place for at in profile.events for place in islice(at.all(message), most + 1)]
    if not found:
        reading.name("no-event")
    if len(found) > most:
        reading.name("too-many-events")
    heard = [place for place in found[:most] if not any(where.holds(profile.ignore, place))]
    made = []
    for place in heard:
        try:
            made.append((event(reading, place), sought(place, others, reading)))
        except Unreadable as unreadable:
            reading.name(str(unreadable))
    return made, bool(heard) or not found

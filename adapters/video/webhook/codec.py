"""What is pushed, to events: by a profile. Pure, and no bytes make it raise."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from adapters.mqtt import document
from adapters.mqtt.document import Unreadable
from adapters.mqtt.path import MISSING, Place
from adapters.video.webhook import parts, where
from adapters.video.webhook.events import event
from adapters.video.webhook.parts import Part
from adapters.video.webhook.pictures import Sought, sought
from adapters.video.webhook.reading import Reading
from monitor.event import Event

_DIGITS = 40
_CHINESE = re.compile(r"charset\s*=\s*\"?gb(k|2312|18030)", re.IGNORECASE)


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
    between = parts.boundary(headers.get("content-type", ""))
    others: tuple[Part, ...] = ()
    try:
        if between is not None:
            body, others = _in_form(reading, body, between)
        elif _CHINESE.search(headers.get("content-type", "")):
            body = _as_utf8(body)
        return Body(_document(reading, body), others)
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


def _in_form(reading: Reading, body: bytes, between: bytes) -> tuple[bytes, tuple[Part, ...]]:
    """The JSON of a form, and its other parts."""
    found, problems = parts.split(body, between)
    for problem in problems:
        reading.name(problem)
    json_part = next((part for part in found if part.is_json), None)
    if json_part is None:
        raise Unreadable("no-json-part")
    return json_part.data, tuple(part for part in found if part is not json_part)


def _as_utf8(body: bytes) -> bytes:
    """What is declared as GBK: short texts of it may be UTF-8 as well. What is not is as it was."""
    try:
        return body.decode("gb18030").encode()
    except UnicodeError:
        return body


def _document(reading: Reading, body: bytes) -> Any:
    # many small values take fifty times the memory of their text
    if sum(map(body.count, (b"[", b"{", b",", b":"))) > reading.reader.max_values:
        raise Unreadable("too-many-values")

    def unusable(_written: str) -> Any:
        reading.name("unusable-number")
        return None

    def whole(digits: str) -> Any:
        return unusable(digits) if len(digits) > _DIGITS else int(digits)

    def broken(digits: str) -> Any:
        number = float(digits)
        return number if math.isfinite(number) else unusable(digits)

    return document.read(
        body,
        reading.reader.max_depth,
        reading.name,
        parse_int=whole,
        parse_float=broken,
        parse_constant=unusable,
    )


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

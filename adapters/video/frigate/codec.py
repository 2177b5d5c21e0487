"""From the bytes of a message or an answer to what was seen. Pure, and no bytes make it fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.mqtt.document import Unreadable as NoDocument
from adapters.video import bodies
from adapters.video.frigate.seen import Seen, What, seen
from adapters.video.tidy import Unreadable, line

_TYPES = ("new", "update", "end", "genai")


@dataclass(slots=True)
class Read:
    """What was found."""

    seen: list[Seen] = field(default_factory=list)
    type: str = ""
    """Of a message: `new`, `update`, `end`."""
    count: int | None = None
    """How many an answer has, whatever they are; None: it is no list."""
    problems: dict[str, None] = field(default_factory=dict)


def message(payload: bytes, what: What, received_at: datetime) -> Read:
    """What a message on `frigate/reviews` or `frigate/events` tells of, as it is after it."""
    read = Read()
    found = _document(payload, read)
    if found is None:
        return read
    members = found if isinstance(found, dict) else {}
    kind = members.get("type")
    read.type = line(kind) if isinstance(kind, str) else ""
    if read.type not in _TYPES:
        read.problems["unknown-type"] = None
    _add(members.get("after"), what, received_at, read)
    return read


def answer(body: bytes, what: What, received_at: datetime) -> Read:
    """What an answer of `/api/review` or `/api/events` tells of."""
    read = Read()
    found = _document(body, read)
    if not isinstance(found, list):
        if not read.problems:
            read.problems["not-a-list"] = None
        return read
    read.count = len(found)
    for each in found:
        _add(each, what, received_at, read)
    return read


def _document(body: bytes, read: Read) -> Any:
    def name(problem: str) -> None:
        read.problems[problem] = None

    try:
        return bodies.parse(body, name)
    except NoDocument as unreadable:
        name(str(unreadable))
        return None


def _add(found: Any, what: What, received_at: datetime, read: Read) -> None:
    try:
        read.seen.append(seen(found, what, received_at, read.problems))
    except Unreadable as unreadable:
        read.problems[str(unreadable)] = None

"""From the bytes of a push, or the parts of a stream, to alerts and the pictures that belong to them.

What a part is, its first bytes say, or else its content type; never its name. Pure, and no bytes make it
fail. Shapes: Hikvision's ISAPI, EventNotificationAlert in XML and in JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import Any

from adapters.hj212 import text
from adapters.video.hikvision import xml
from adapters.video.parts import Part, Splitter
from adapters.video.tidy import Unreadable, parse_json, tidy

MOST_PARTS, MOST_ALERTS = 100, 100
LONGEST_TEXT = 262_144
"""Bytes of an alert, which has a few thousand."""

_BOM = b"\xef\xbb\xbf"
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"BM", b"GIF8", b"RIFF")

Alert = Mapping[str, Any]
"""An alert as its device wrote it, by local names."""


class Kind(Enum):
    """What a part is."""

    XML = auto()
    JSON = auto()
    PICTURE = auto()
    OTHER = auto()


@dataclass(slots=True)
class Message:
    """The alerts of a text, and the pictures that came with it."""

    alerts: list[Alert] = field(default_factory=list)
    pictures: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Body:
    """What was found in a push."""

    messages: list[Message] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)


def read(body: bytes, content_type: str) -> Body:
    """Everything in the body of a push."""
    found = Body()
    if not body.strip():
        found.problems["empty-body"] = None
        return found
    _assemble(_parts(body, content_type, found.problems), found)
    return found


def read_parts(parts: Iterable[Part]) -> Body:
    """The same of parts of a stream: a text, and the pictures that followed it."""
    found = Body()
    _assemble(parts, found)
    return found


def _parts(body: bytes, content_type: str, problems: dict[str, None]) -> Iterator[Part]:
    multipart = content_type.lower().lstrip().startswith("multipart/")
    if multipart or body[:100].lstrip().startswith(b"--"):
        splitter = Splitter(len(body), MOST_PARTS)
        yield from splitter.feed(body)
        if splitter.boundaries == MOST_PARTS:
            problems["too-many-parts"] = None
            return
        yield from splitter.close()
        if splitter.boundary:
            return
    yield Part(b"content-type: " + content_type.encode("ascii", "replace") + b"\n\n" + body)


def kind_of(part: Part) -> Kind:
    """What a part is, by its first bytes, or else by its content type."""
    head = part.head
    start = head.removeprefix(_BOM).lstrip()
    if start.startswith(b"<"):
        return Kind.XML
    if start.startswith((b"{", b"[")):
        return Kind.JSON
    declared = part.headers.get("content-type", "").lower()
    if head.startswith(_IMAGES) or declared.startswith("image/"):
        return Kind.PICTURE
    return Kind.OTHER


def _assemble(parts: Iterable[Part], found: Body) -> None:
    early = list[Part]()
    for part in parts:
        if not part.raw.strip():
            continue
        kind = kind_of(part)
        if part.too_long:
            found.problems["part-too-long"] = None
        elif kind is Kind.PICTURE:
            (found.messages[-1].pictures if found.messages else early).append(part)
        elif kind is Kind.OTHER:
            found.problems["unknown-part"] = None
        else:
            found.messages.append(Message(_alerts(part.body, kind, found.problems)))
    if early and found.messages:
        found.messages[0].pictures[:0] = early
    elif early:
        found.problems["picture-without-event"] = None


def _alerts(body: bytes, kind: Kind, problems: dict[str, None]) -> list[Alert]:
    """The alerts of a text; what is no alert is named."""
    if len(body) > LONGEST_TEXT:
        problems["alert-too-long"] = None
        return []
    written, problem = text.decode(body.removeprefix(_BOM))
    if problem is not None:
        problems[problem] = None
    reader = _xml_alerts if kind is Kind.XML else _json_alerts
    found = list[Alert]()
    try:
        for alert in islice(reader(written, problems), MOST_ALERTS + 1):
            found.append(alert)
    except Unreadable as unreadable:
        problems[str(unreadable)] = None
    if len(found) > MOST_ALERTS:
        problems["too-many-alerts"] = None
    return found[:MOST_ALERTS]


def _xml_alerts(written: str, problems: dict[str, None]) -> Iterator[Alert]:
    for alert in xml.alerts(written, problems):
        if isinstance(alert, Mapping):
            yield tidy(alert, problems)


def _json_alerts(written: str, problems: dict[str, None]) -> Iterator[Alert]:
    found = parse_json(written.strip(), problems)
    for each in found if isinstance(found, list) else [found]:
        inner = each.get("EventNotificationAlert", each) if isinstance(each, Mapping) else None
        if isinstance(inner, Mapping) and "eventType" in inner:
            yield inner

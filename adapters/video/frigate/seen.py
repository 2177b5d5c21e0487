"""What a review or a tracked object of Frigate means. Pure.

Sources: Frigate's documentation, integrations/mqtt (frigate/reviews, frigate/events) and the HTTP API
(GET /api/review, GET /api/events), which have the same things in somewhat different shapes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from adapters.video.tidy import Unreadable, line, tidy

AHEAD = timedelta(hours=1)
"""How far its clock may run ahead before its times are not believed."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?-[A-Za-z0-9]{1,32}")
_BULKY = ("thumbnail", "path_data", "snapshot", "region")
_MOST_OBJECTS = 100

What = Literal["reviews", "events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A review, or a tracked object."""

    id: str
    camera: str
    label: str
    start: datetime
    end: datetime | None
    last: datetime
    """The last time that it speaks of."""
    objects: tuple[str, ...]
    """The ids of the tracked objects that have pictures of it."""
    details: Mapping[str, Any]
    digest: bytes
    """Of all that is said of it."""
    confidence: float | None = None
    severity: str = ""
    """Of a review: `alert`, `detection`."""
    false_positive: bool = False


def seen(found: Any, what: What, received_at: datetime, problems: dict[str, None]) -> Seen:
    """The meaning of an object that is one; raises Unreadable where it is none."""
    if not isinstance(found, Mapping):
        raise Unreadable("no-object")
    members: Mapping[str, Any] = tidy(_without_bulk(found), problems)
    number, camera = members.get("id"), _text(members.get("camera"))
    if not is_id(number):
        raise Unreadable("no-id")
    if not camera:
        raise Unreadable("no-camera")
    start, end, last = _span(members, received_at, problems)
    inner = members.get("data")
    data: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    read = _review if what == "reviews" else _tracked
    own = read(str(number), members, data, problems)
    digest = hashlib.blake2b(repr(members).encode("utf-8", "replace"), digest_size=16).digest()
    return Seen(
        id=str(number),
        camera=camera,
        start=start,
        end=end,
        last=last,
        digest=digest,
        **own,
    )


def _without_bulk(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without the pictures and paths that it may hold."""
    known = {key: value for key, value in found.items() if key not in _BULKY}
    if isinstance(known.get("data"), Mapping):
        known["data"] = {k: v for k, v in known["data"].items() if k not in _BULKY}
    return known


def is_id(value: object) -> bool:
    """Whether this is an id as Frigate makes them: nothing else becomes a part of an address."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _review(
    _id: str, members: Mapping[str, Any], data: Mapping[str, Any], problems: dict[str, None]
) -> dict[str, Any]:
    severity = _text(members.get("severity"))
    what = [*_texts(data.get("objects")), *_texts(data.get("audio"))]
    if not what:
        problems["no-label"] = None
    named = ("objects", "sub_labels", "zones", "audio", "detections", "metadata")
    details = {"of": "review", "severity": severity, **{name: data.get(name) for name in named}}
    return {
        "label": what[0].removesuffix("-verified") if what else severity or "review",
        "objects": tuple(
            dict.fromkeys(each for each in _texts(data.get("detections")) if is_id(each))
        ),
        "details": _said(details),
        "severity": severity,
    }


def _tracked(
    number: str, members: Mapping[str, Any], data: Mapping[str, Any], problems: dict[str, None]
) -> dict[str, Any]:
    label = _text(members.get("label"))
    if not label:
        problems["no-label"] = None
    sub_label = members.get("sub_label")
    details = {
        "of": "object",
        "sub_label": sub_label[0] if isinstance(sub_label, list) and sub_label else sub_label,
        "zones": members.get("entered_zones", members.get("zones")),
        "box": members.get("box"),  # pixels, on MQTT
        "box_part": data.get("box"),  # left, top, width, height as parts of the picture, over HTTP
        "plate": members.get("recognized_license_plate", data.get("recognized_license_plate")),
        "speed": members.get("average_estimated_speed", data.get("average_estimated_speed")),
        "description": data.get("description"),
    }
    return {
        "label": label or "object",
        "objects": (number,) if members.get("has_snapshot") is True else (),
        "details": _said(details),
        "confidence": _confidence(members, data, problems),
        "false_positive": members.get("false_positive") is True,
    }


def _said(details: Mapping[str, Any]) -> dict[str, Any]:
    """What is said at all."""
    return {name: value for name, value in details.items() if value not in (None, "", [], {}, 0)}


def _text(value: Any) -> str:
    return line(value) if isinstance(value, str) else ""


def _texts(value: Any) -> Iterable[str]:
    found = value[:_MOST_OBJECTS] if isinstance(value, list) else ()
    return filter(None, map(_text, found))


def _confidence(
    members: Mapping[str, Any], data: Mapping[str, Any], problems: dict[str, None]
) -> float | None:
    found = (
        members.get("top_score"),
        data.get("top_score"),
        members.get("score"),
        data.get("score"),
    )
    score = next((each for each in found if each is not None), None)
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        problems["bad-confidence"] = None
        return None
    return float(score)


# --- times ----------------------------------------------------------------------------------------


def _span(
    members: Mapping[str, Any], received_at: datetime, problems: dict[str, None]
) -> tuple[datetime, datetime | None, datetime]:
    """Start, end if it is over, and the last time that is spoken of."""
    start, end, frame = (
        _moment(members.get(name), received_at, problems)
        for name in ("start_time", "end_time", "frame_time")
    )
    if members.get("start_time") is None:
        problems["bad-time"] = None
    if start is None:
        start = received_at
    if end is not None and end < start:
        problems["end-before-start"] = None
        end = None
    return start, end, max(filter(None, (start, end, frame)))


def _moment(value: Any, received_at: datetime, problems: dict[str, None]) -> datetime | None:
    """Seconds since 1970, in UTC."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        problems["bad-time"] = None
        return None
    when = datetime.fromtimestamp(value, UTC)
    if not _EARLIEST <= when <= received_at + AHEAD:
        problems["implausible-time"] = None
        return None
    return when

"""What a device says, in our terms. Pure.

Documentation: DJI Cloud API v1.11.3, `file_upload_callback`, `flighttask_progress`, media management.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from monitor.event import Place

LONGEST = 200
_LONGEST_KEY = 1024
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u2028\u2029]")
_MOST_FILES = 1_000_000
_EARLIEST, _LATEST = 2000, 2100


@dataclass(slots=True)
class Noted:
    """Problems, in the order they were met."""

    names: dict[str, None] = field(default_factory=dict)

    def __call__(self, name: str) -> None:
        """Note one."""
        self.names[name] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that a device has put into the bucket."""

    object_key: str
    name: str
    mission: str
    fingerprint: str | None = None
    """MD5 of the bytes, upper hex."""
    tiny_fingerprint: str | None = None
    taken_at: datetime | None = None
    camera: Place | None = None
    """Where the camera was (WGS-84)."""
    details: Mapping[str, Any] = field(default_factory=dict)
    expected: int | None = None
    """Files of its mission in all, where the device says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """How far a mission is."""

    mission: str
    status: str
    percent: int | None
    expected: int | None
    """Files that there are to come so far."""


def member(value: Any, name: str) -> Any:
    """A member of an object, None of anything else."""
    return value.get(name) if isinstance(value, Mapping) else None


def text(value: Any, most: int = LONGEST) -> str:
    """A text on one line; empty for what is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return _UNFIT.sub("", value).strip()[:most] if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """A number, also one that is written as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def count(value: Any, note: Noted) -> int | None:
    """A count of files."""
    if value is None:
        return None
    found = number(value)
    if found is None or found != int(found) or not 0 <= found <= _MOST_FILES:
        note("bad-count")
        return None
    return int(found)


def moment(value: Any, zone: tzinfo, note: Noted) -> datetime | None:
    """ISO 8601, or without a zone the local one's: document and devices differ."""
    written = text(value, 40)
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        note("bad-time")
        return None
    if not _EARLIEST <= at.year < _LATEST:
        note("bad-time")
        return None
    return at


def position(value: Any, note: Noted) -> Place | None:
    """`shoot_position`: WGS-84."""
    if value is None:
        return None
    latitude, longitude = number(member(value, "lat")), number(member(value, "lng"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        note("bad-position")
        return None
    if not latitude and not longitude:
        note("bad-position")
        return None
    return Place(longitude=longitude, latitude=latitude, of_camera=True)


def key(value: Any, prefix: str, note: Noted) -> str | None:
    """The name of an object that may be fetched."""
    if (
        not isinstance(value, str)
        or not 0 < len(value.encode(errors="replace")) <= _LONGEST_KEY
        or _UNFIT.search(value)
        or {"", ".", ".."} & set(value.removeprefix("/").split("/"))
    ):
        note("no-object-key")
        return None
    found = value.removeprefix("/")
    if prefix and not found.startswith(f"{prefix}/"):
        note("foreign-key")
        return None
    return found


def uploaded(
    file: Any,
    *,
    prefix: str,
    zone: tzinfo,
    source: str,
    at: datetime,
    expected: int | None,
    note: Noted,
) -> Uploaded | None:
    """A file of `file_upload_callback` (data.file) or of `upload-callback` (the whole body)."""
    ext, metadata = member(file, "ext"), member(file, "metadata")
    object_key = key(member(file, "object_key"), prefix, note)
    if object_key is None:
        return None
    taken_at = moment(
        member(metadata, "created_time") or member(metadata, "create_time"), zone, note
    )
    mission = text(member(ext, "flight_id")) or text(member(ext, "file_group_id"))
    if not mission:
        note("no-mission")
        mission = f"{source} {(taken_at or at).astimezone(zone):%Y-%m-%d}"
    fingerprint = text(member(file, "fingerprint"), 64).upper()
    said = {
        "object_key": object_key,
        "path": text(member(file, "path")),
        "aircraft": text(member(ext, "sn")),
        "drone_model_key": text(member(ext, "drone_model_key"), 40),
        "payload_model_key": text(member(ext, "payload_model_key"), 40),
        "fingerprint": fingerprint,
        "gimbal_yaw": number(member(metadata, "gimbal_yaw_degree")),
        "absolute_altitude": number(member(metadata, "absolute_altitude")),
        "relative_altitude": number(member(metadata, "relative_altitude")),
        "taken_at": text(member(metadata, "created_time") or member(metadata, "create_time"), 40),
    }
    return Uploaded(
        object_key=object_key,
        name=text(member(file, "name")) or object_key.rpartition("/")[2][:LONGEST],
        mission=mission,
        fingerprint=fingerprint if re.fullmatch(r"[0-9A-F]{32}", fingerprint) else None,
        tiny_fingerprint=text(member(ext, "tinny_fingerprint"), 64) or None,
        taken_at=taken_at,
        camera=position(member(metadata, "shoot_position"), note),
        details={name: value for name, value in said.items() if value not in (None, "")},
        expected=expected,
    )


def called_back(
    body: Any, workspace: str, *, prefix: str, zone: tzinfo, at: datetime, note: Noted
) -> Uploaded | None:
    """A file of `upload-callback`, if it says that there is one."""
    if body is None:
        return None
    if member(body, "result") not in (None, 0):
        note("upload-failed")
        return None
    source = text(member(member(body, "ext"), "sn")) or workspace
    return uploaded(body, prefix=prefix, zone=zone, source=source, at=at, expected=None, note=note)


def flight(data: Any, note: Noted) -> Flight | None:
    """`flighttask_progress`: data.output."""
    output = member(data, "output")
    ext = member(output, "ext")
    mission = text(member(ext, "flight_id"))
    if not mission:
        note("no-mission")
        return None
    percent = number(member(member(output, "progress"), "percent"))
    return Flight(
        mission=mission,
        status=text(member(output, "status"), 40),
        percent=None if percent is None else int(max(0, min(percent, 100))),
        expected=count(member(ext, "media_count"), note),
    )

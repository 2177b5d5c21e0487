"""When a photo was taken: the best of the times that a camera writes, and which one it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from PIL.ExifTags import GPS, Base

from adapters.drone.survey import exif
from adapters.drone.survey.exif import Exif
from adapters.drone.survey.xmp import Packet

_WRITTEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?Z?")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_DATE = re.compile(r"\d{4}[:-]\d\d[:-]\d\d")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class TimeFrom(StrEnum):
    """Where a time is from, the best first."""

    EXPOSURE = "utc-at-exposure"
    """DJI's UTCAtExposure, to the microsecond."""
    GPS = "gps"
    """GPSDateStamp and GPSTimeStamp: UTC, of the last fix."""
    OFFSET = "local-with-offset"
    """DateTimeOriginal with OffsetTimeOriginal."""
    ASSUMED = "local-zone-assumed"
    """DateTimeOriginal alone: the clock on the camera's screen, in a zone that nobody wrote down."""


class Exposure(NamedTuple):
    """When a photo was taken; all None where nothing says so."""

    at: datetime | None = None
    """UTC."""
    source: TimeFrom | None = None
    written: str | None = None
    """As the camera wrote it."""


_Candidate: TypeAlias = tuple[TimeFrom, str | None, tzinfo]


def exposure(tags: Exif, packet: Packet, zone: tzinfo, name: Callable[[str], None]) -> Exposure:
    """The best time that can be read; `name` gets the problems."""
    for source, written, its_zone in _candidates(tags, packet, zone):
        if written is None:
            continue
        when = _instant(written, its_zone)
        if when is None:
            name("bad-time")
            continue
        if source is TimeFrom.ASSUMED:
            name("time-zone-assumed")
        return Exposure(when, source, written)
    name("no-time")
    return Exposure()


def _candidates(tags: Exif, packet: Packet, zone: tzinfo) -> Iterator[_Candidate]:
    yield TimeFrom.EXPOSURE, packet.get("UTCAtExposure"), UTC
    yield TimeFrom.GPS, _gps(tags), UTC
    original = exif.text(tags.photo.get(Base.DateTimeOriginal))
    offset = _offset(exif.text(tags.photo.get(Base.OffsetTimeOriginal)) or "")
    if offset is not None:
        yield TimeFrom.OFFSET, original, offset
    yield TimeFrom.ASSUMED, original, zone


def _gps(tags: Exif) -> str | None:
    """The GPS stamps as one text; None where one is missing."""
    date = exif.text(tags.gps.get(GPS.GPSDateStamp))
    clock = exif.numbers(tags.gps.get(GPS.GPSTimeStamp), 3)
    if date is None or not _DATE.fullmatch(date) or clock is None or min(clock) < 0:
        return None
    return f"{date} {int(clock[0]):02}:{int(clock[1]):02}:{clock[2]:09.6f}"


def _offset(written: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(written)
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-size if found[1] == "-" else size)


def _instant(written: str, zone: tzinfo) -> datetime | None:
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    *parts, fraction = found.groups()
    try:
        local = datetime(*map(int, parts), int((fraction or "").ljust(6, "0")), tzinfo=zone)  # type: ignore[arg-type,misc]
        when = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if when >= _EARLIEST else None

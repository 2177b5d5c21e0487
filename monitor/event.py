"""What an eye reports: a camera, a drone, a satellite.

Conventions: times are UTC, from the source's own clock where it named one (the frame has the time of
receipt). Positions are degrees in the system that stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """What kind of eye reports."""

    VIDEO = "video"
    DRONE = "drone"
    REMOTE = "remote"
    """Remote sensing (遥感): satellites, and lists made of what they see."""


class Datum(StrEnum):
    """The system in which a source gave a position; see `monitor.geodesy`."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    """EPSG:4490; the same as WGS-84 within a few decimetres."""
    GCJ02 = "gcj02"
    """火星坐标: 100 to 700 m away from WGS-84 within China."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is."""

    longitude: float
    latitude: float
    datum: Datum = Datum.WGS84
    """What the source gave it in."""
    accuracy: float | None = None
    """Metres within which it is; None = not known."""
    of_camera: bool = False
    """It is where the one who saw it was, not what was seen."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that may be placed among the media: its bytes are durable, its type and size are known."""

    path: Path
    sha256: str
    size: int
    type: str
    secured: bool = False
    """It is already where it will be kept; only its record is missing."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that belongs to an event, under the name that its source gave it.

    It is moved to its place among the media: two events have two files, even of the same bytes.
    """

    name: str
    file: Examined


@dataclass(frozen=True, slots=True)
class Wind:
    """What carried here what was measured: its source is looked for upwind."""

    direction: float
    """Degrees from north, from where it blows."""
    within: float
    """Metres within which its source is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message of an eye about one happening."""

    key: str
    """Its natural key among the adapter's events: the same again is the same event, to which later
    messages add an end, pictures, details."""
    kind: Kind
    source: str
    """The sender's own name of the camera or aircraft, as the register has it (`cameras.camera`); empty
    in a message that only adds to the event of its key: a picture that comes later, or before it."""
    label: str
    """What was seen, in the source's own word or code, e.g. `fire`, `131588`."""
    start: datetime
    end: datetime | None = None
    """When it was over, where the source says so. None = an instant, or not over as far as is known."""
    silence: timedelta = timedelta(minutes=5)
    """Events of one source and label no further apart than this are one episode."""
    confidence: float | None = None
    """0 to 1."""
    place: Place | None = None
    """Where it is, where the source says so, in the source's own system: the core converts it. Else the
    camera's place of the register counts."""
    sized: bool = False
    """The place's accuracy is how far it reaches from there (a marked area): it is of the one in whose
    boundary the place lies, if it reaches no other's, and of nobody whom it only comes near."""
    wind: Wind | None = None
    """Where it is in nobody's boundary, it is of the one that lies upwind, if it is one alone."""
    owned_only: bool = False
    """Where it is nobody's it is only kept, to be seen, and is no alert."""
    only_kept: bool = False
    """It is no news, wherever it is: only kept, to be seen."""
    usual_at: frozenset[str] = frozenset()
    """The enterprises (uscc) at which it is no news (固定热源): where one of them is within the accuracy
    of its place, and it is no other's, it is only kept."""
    pictures: tuple[Picture, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else the source says of it, as JSON: box, zone, level, the original texts."""
    supplementary: bool = False
    """The source itself says that this comes after the fact (back-fill): it raises no alarm of now."""

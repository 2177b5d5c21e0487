"""What a drone brings home (无人机航测): files of one flight, what each of them says and where.

A survey is known by its adapter and mission, and grows by every delivery that names both: the files of a
flight come one by one, in whatever order, and more than once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from monitor.event import Examined, Place

MOST_FILES = 5_000
"""Files of a mission. A day's flights over a plant are some hundreds of photos, a mapping flight two or
three thousand; what comes beyond is refused, or kept and not read where nobody can be refused."""
TOO_MANY = "too-many-files"
"""The problem of a file beyond that: its mission is full, another is to be begun."""


_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST = 200
"""Characters of a name."""


def without_control(text: str) -> str:
    """A text that any database and page takes: blanks for what is no text."""
    return _NO_TEXT.sub(" ", text)


def line(text: str) -> str:
    """A name that its sender gives, such a text on one line, not too long."""
    return " ".join(without_control(text).split())[:_LONGEST]


class Content(StrEnum):
    """What a file of a survey is."""

    PHOTO = "photo"
    TRACK = "track"
    """Measurements along the flight (走航监测轨迹)."""
    SHAPES = "shapes"
    """Marks on a map: GeoJSON, KML, KMZ."""
    RASTER = "raster"
    """An orthophoto (正射影像)."""
    OTHER = "other"
    """Kept, and not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFile:
    """A file and what was understood of it."""

    file: Examined
    name: str
    """As its sender calls it, without folders."""
    content: Content
    start: datetime | None = None
    """When it was taken, or began; UTC."""
    end: datetime | None = None
    place: Place | None = None
    """Of a photo: what it shows, or else where the camera was (`of_camera`)."""
    trace: str | None = None
    """What of the earth it covers: WKT, WGS-84, longitude first."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else it says, as JSON."""
    drawing: Mapping[str, Any] | None = None
    """What a map shows of it, as JSON: GeoJSON geometries in WGS-84, values along a track."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """What is wrong with it, by name and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one delivery says of a survey."""

    mission: str
    """The sender's name of the flight, or one made of the files' hashes."""
    pilot: str | None = None
    uscc: str | None = None
    """The enterprise that the sender says it is about."""
    files: tuple[SurveyFile, ...] = ()
    expected: int | None = None
    """Files of the flight in all, as far as its sender knows by now."""
    untimed: frozenset[str] = frozenset()
    """Keys of events of the delivery that their source gave no time."""

    def unread(self, problem: str) -> Survey:
        """The same files, with nothing said of them but what is wrong."""
        files = tuple(
            SurveyFile(file=f.file, name=f.name, content=Content.OTHER, problems={problem: 1})
            for f in self.files
        )
        return Survey(mission=self.mission, files=files)

"""EXIF (JEITA CP-3451, Exif 3.0) by Pillow, within a budget of bytes."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image
from PIL.ExifTags import IFD, Base

from adapters.drone.survey.problems import BROKEN
from monitor.survey import without_control

BUDGET = 8 << 20
"""Bytes that are read of one file's EXIF; what points to more is damaged."""
TEXT = 200
"""Characters of a text that are kept."""

_XMP = 700
_one_at_a_time = threading.Lock()
"""What Pillow says of damage are warnings, and catching them is for one thread at a time."""


@dataclass(frozen=True, slots=True)
class Exif:
    """The tags of a file by number, as Pillow gives them: any of them may be of any type."""

    image: Mapping[int, Any] = field(default_factory=dict)
    photo: Mapping[int, Any] = field(default_factory=dict)
    gps: Mapping[int, Any] = field(default_factory=dict)
    damaged: bool = False

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet of a TIFF."""
        packet = self.image.get(_XMP)
        return packet if isinstance(packet, bytes) else None

    @property
    def make(self) -> str | None:
        """The maker (厂商)."""
        return text(self.image.get(Base.Make))

    @property
    def model(self) -> str | None:
        """The camera's model (型号)."""
        return text(self.image.get(Base.Model))


class _Rationed:
    """A file of which only so much can be read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = BUDGET
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._left:
            raise OSError("the EXIF data points to more than there can be")
        self._left -= size
        return self._file.read(size)


def read(file: BinaryIO) -> Exif:
    """The tags of a TIFF structure; raises nothing: what is damaged is left out."""
    with _one_at_a_time, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = Image.Exif()
        try:
            found.load_from_fp(_Rationed(file))  # type: ignore[arg-type]  # it only reads and seeks
            photo, gps = found.get_ifd(IFD.Exif), found.get_ifd(IFD.GPSInfo)
            return Exif(dict(found), photo, gps, damaged=bool(caught))
        except (*BROKEN, OSError):
            return Exif(damaged=True)


def text(value: Any) -> str | None:
    """A tag's text without what is no text; None for none."""
    if not isinstance(value, str):
        return None
    return without_control(value).strip()[:TEXT] or None


def number(value: Any) -> float | None:
    """A tag's finite number."""
    try:
        found = float(value) if not isinstance(value, str | bytes) else math.nan
    except BROKEN:
        return None
    return found if math.isfinite(found) else None


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """A tag's so many finite numbers."""
    if not isinstance(value, tuple) or len(value) != count:
        return None
    found = tuple(each for each in map(number, value) if each is not None)
    return found if len(found) == count else None


def degrees(value: Any, reference: Any) -> float | None:
    """Signed degrees of three numbers and N, S, E or W."""
    parts, side = numbers(value, 3), text(reference)
    if parts is None or side is None or side[0].upper() not in "NSEW":
        return None
    angle = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -angle if side[0].upper() in "SW" else angle

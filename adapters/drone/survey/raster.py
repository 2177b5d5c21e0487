"""Where an orthophoto lies, by its GeoTIFF tags alone: no pixel is read.

TIFF 6.0 and BigTIFF; OGC 19-008r4 (GeoTIFF 1.1): tags 33550, 33922, 34264 and the keys of 34735. A file
that is georeferenced and names no system of coordinates by its EPSG number is not taken for any.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey.problems import Unreadable
from monitor.event import Datum

_WIDTH, _HEIGHT = 256, 257
_SCALE, _TIEPOINT, _TRANSFORMATION, _KEYS = 33550, 33922, 34264, 34735
_WANTED = frozenset({_WIDTH, _HEIGHT, _SCALE, _TIEPOINT, _TRANSFORMATION, _KEYS})
_PLACED = frozenset({_SCALE, _TIEPOINT, _TRANSFORMATION, _KEYS})
_TYPES = {3: "H", 4: "I", 12: "d", 16: "Q"}
_MODEL, _GEOGRAPHIC, _PROJECTED = 1024, 2048, 3072
_BY_MODEL = {1: _PROJECTED, 2: _GEOGRAPHIC}
_ENTRIES, _VALUES = 4_096, 1_024
"""Of a directory; of a tag that is looked at."""
_STEPS = 9
"""Points of an edge: a straight one is bent in another projection."""
_CGCS2000 = 4490


@dataclass(frozen=True, slots=True)
class Raster:
    """An orthophoto by what its file says of it."""

    width: int
    height: int
    epsg: int
    system: str
    """The name of its system of coordinates."""
    datum: Datum
    footprint: BaseGeometry
    """Its edge, WGS-84 degrees."""


def read(path: Path) -> Raster | None:
    """Where a TIFF lies; None for one that is not georeferenced: a picture.

    Raises Unreadable, and OSError for what cannot be opened.
    """
    try:
        with path.open("rb") as file:
            tags = _tags(file)
        return _raster(tags) if _PLACED & tags.keys() else None
    except (struct.error, OverflowError, IndexError, ValueError):
        raise Unreadable("broken") from None


def _tags(file: BinaryIO) -> Mapping[int, tuple[Any, ...]]:
    """The tags of the first directory that are looked at."""
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    version = struct.unpack_from(f"{order}H", head, 2)[0] if order else 0
    if version not in (42, 43):
        raise Unreadable("unknown-type")
    big = version == 43
    start = (
        struct.unpack_from(f"{order}Q", head, 8)
        if big
        else struct.unpack_from(f"{order}I", head, 4)
    )
    file.seek(start[0])
    layout = f"{order}HHQ8s" if big else f"{order}HHI4s"
    count = struct.unpack(f"{order}{'Q' if big else 'H'}", file.read(8 if big else 2))[0]
    if count > _ENTRIES:
        raise Unreadable("broken")
    entries = file.read(count * struct.calcsize(layout))
    found = {}
    for tag, kind, values, inline in struct.iter_unpack(layout, entries):
        if tag in _WANTED and kind in _TYPES and 0 < values <= _VALUES:
            found[tag] = _values(file, order or "<", kind, values, inline)
    return found


def _values(file: BinaryIO, order: str, kind: int, count: int, inline: bytes) -> tuple[Any, ...]:
    layout = f"{order}{count}{_TYPES[kind]}"
    size = struct.calcsize(layout)
    if size > len(inline):
        file.seek(struct.unpack(f"{order}{'Q' if len(inline) == 8 else 'I'}", inline)[0])
        inline = file.read(size)
    return struct.unpack_from(layout, inline)


def _raster(tags: Mapping[int, tuple[Any, ...]]) -> Raster:
    epsg = _epsg(tags.get(_KEYS, ()))
    width, height = int(tags[_WIDTH][0]), int(tags[_HEIGHT][0])
    x, y = _placed(tags, *_edge(width, height))
    try:
        crs = pyproj.CRS.from_epsg(epsg)
        to_wgs84 = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
        longitude, latitude = to_wgs84.transform(x, y)
    except (CRSError, ProjError):
        raise Unreadable("other-crs") from None
    if not (np.all(np.isfinite(longitude)) and np.all(np.isfinite(latitude))):
        raise Unreadable("other-crs")
    geodetic = crs.geodetic_crs
    chinese = geodetic is not None and geodetic.to_epsg() == _CGCS2000
    return Raster(
        width=width,
        height=height,
        epsg=epsg,
        system=crs.name,
        datum=Datum.CGCS2000 if chinese else Datum.WGS84,
        footprint=shapely.make_valid(shapely.Polygon(np.column_stack((longitude, latitude)))),
    )


def _epsg(keys: tuple[Any, ...]) -> int:
    """The number of its system, from the directory of geo keys; raises Unreadable where there is none."""
    held = {
        keys[at]: keys[at + 3] for at in range(4, len(keys) - 3, 4) if keys[at + 1] == 0
    }  # those whose value stands in the directory itself
    model = _BY_MODEL.get(held.get(_MODEL, 0))
    code = held.get(model, 0) if model is not None else 0
    if not 1024 <= code < 32767:  # 32767: defined by the user
        raise Unreadable("no-crs")
    return int(code)


def _edge(width: int, height: int) -> tuple[Any, Any]:
    """Points along the edge of the picture, in pixels, round and back."""
    t = np.linspace(0, 1, _STEPS)[:-1]
    zero, one = np.zeros_like(t), np.ones_like(t)
    column = np.concatenate((t, one, 1 - t, zero)) * width
    row = np.concatenate((zero, t, one, 1 - t)) * height
    return column, row


def _placed(tags: Mapping[int, tuple[Any, ...]], column: Any, row: Any) -> tuple[Any, Any]:
    """From pixels to the file's own coordinates (OGC 19-008r4, clause B.6)."""
    matrix, scale, tie = (tags.get(tag, ()) for tag in (_TRANSFORMATION, _SCALE, _TIEPOINT))
    numbers = (*matrix, *scale, *tie)
    if not all(math.isfinite(number) for number in numbers):
        raise Unreadable("broken")
    if len(matrix) == 16:
        x = matrix[0] * column + matrix[1] * row + matrix[3]
        return x, matrix[4] * column + matrix[5] * row + matrix[7]
    if len(scale) >= 2 and len(tie) >= 6:
        return tie[3] + (column - tie[0]) * scale[0], tie[4] - (row - tie[1]) * scale[1]
    raise Unreadable("broken")

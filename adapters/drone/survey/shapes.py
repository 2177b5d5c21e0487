"""Shapes that a survey marked: GeoJSON (RFC 7946), KML 2.2 (OGC 07-147r2) and KMZ, as features.

Both formats are WGS-84 with longitude first. Altitudes are dropped from the shapes and kept as a
property. Texts come from strangers: whoever shows them escapes them (KML descriptions are HTML).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from adapters.drone.survey import archive, kml
from adapters.drone.survey.geometry import KINDS, Budget, NoShape, shape
from adapters.drone.survey.problems import Unreadable
from monitor.survey import without_control

BYTES = 8 << 20
"""Of the text; parsed, it takes some forty times as much memory."""
UNPACKED = 256 << 20
"""Of a KMZ, which may bring its pictures; only its KML is unpacked."""
FEATURES = 10_000
PROPERTIES = 50
NAME, TEXT = 200, 2_000
"""Characters of a name, and of a description or property."""
ALTITUDE = "geometry_altitude"
"""The property with the least and the greatest altitude of a shape, in metres."""

_LARGEST = 1e15
_SAME_AS_WGS84 = ("CRS84", "4326", "4490")


@dataclass(frozen=True, slots=True)
class Feature:
    """Something marked on the map."""

    geometry: BaseGeometry
    """WGS-84 degrees, longitude first, without altitude."""
    name: str | None
    description: str | None
    properties: Mapping[str, Any]
    """Texts, numbers, true and false."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a file marks."""

    features: tuple[Feature, ...]
    problems: Mapping[str, int]
    """How often each was met."""


@dataclass(slots=True)
class _Reading:
    budget: Budget = field(default_factory=Budget)
    problems: Counter[str] = field(default_factory=Counter)

    def cut(self, value: Any, limit: int) -> str | None:
        """A text of so many characters at most; None for none."""
        if not isinstance(value, str):
            return None
        text = without_control(value).strip()
        if len(text) > limit:
            self.problems["shortened"] += 1
        return text[:limit] or None


def read(path: Path) -> Shapes:
    """The features of a GeoJSON, KML or KMZ file, by its content.

    Raises Unreadable, and OSError for what cannot be opened.
    """
    data = _content(path)
    reading = _Reading()
    features = []
    for count, each in enumerate(_features(data)):
        if count >= FEATURES:
            raise Unreadable("too-many-features")
        feature = _feature(each, reading)
        if feature is not None:
            features.append(feature)
    return Shapes(tuple(features), dict(reading.problems))


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(4)
        if data != b"PK\x03\x04":
            data += file.read(BYTES)
            if len(data) > BYTES:
                raise Unreadable("too-large")
            return data
    with archive.opened(path, UNPACKED) as kmz:
        return archive.first(kmz, lambda name: name.lower().endswith(".kml"), BYTES)


def _features(data: bytes) -> Iterator[Mapping[str, Any]]:
    """GeoJSON's features; a KML's as if they were."""
    start = data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]  # also behind a mark of UTF-16
    if start == b"<":
        return kml.features(data)
    if start != b"{":
        raise Unreadable("unknown-type")
    return _geojson(data)


def _geojson(data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        found = json.loads(text, parse_constant=lambda _nan: None)
    except RecursionError:
        raise Unreadable("too-nested") from None
    except ValueError:  # also text that is not UTF-8, and numbers of thousands of digits
        raise Unreadable("broken") from None
    _check_crs(found.get("crs"))
    return (each for each in _members(found) if isinstance(each, dict))


def _members(found: Mapping[str, Any]) -> list[Any]:
    """The features of any of RFC 7946's objects: a geometry alone is one without properties."""
    kind = found.get("type")
    if kind == "FeatureCollection":
        features = found.get("features")
        return features if isinstance(features, list) else []
    if kind == "Feature":
        return [found]
    if kind in KINDS:
        return [{"geometry": found}]
    raise Unreadable("unknown-type")


def _check_crs(crs: Any) -> None:
    """RFC 7946 knows one system; its predecessor of 2008, which programs still write, any."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name.endswith(_SAME_AS_WGS84):
        raise Unreadable("other-crs")


def _feature(written: Mapping[str, Any], reading: _Reading) -> Feature | None:
    found = written.get("properties")
    properties = _properties(found if isinstance(found, dict) else {}, reading)
    try:
        made = shape(written.get("geometry"), reading.budget)
    except NoShape as no_shape:
        reading.problems[no_shape.problem] += 1
        return None
    reading.problems.update(made.problems)
    if made.altitudes is not None:
        properties[ALTITUDE] = list(made.altitudes)
    name, description = (properties.get(key) for key in ("name", "description"))
    return Feature(
        geometry=made.geometry,
        name=reading.cut(name, NAME),
        description=reading.cut(description, TEXT),
        properties=properties,
    )


def _properties(found: Mapping[str, Any], reading: _Reading) -> dict[str, Any]:
    """The scalar properties, so many at most; lists and objects are left out."""
    kept: dict[str, Any] = {}
    for key, value in found.items():
        name = reading.cut(key, NAME)
        scalar = reading.cut(value, TEXT) if isinstance(value, str) else _number(value)
        if name is None or scalar is None:
            continue
        if len(kept) >= PROPERTIES:
            reading.problems["shortened"] += 1
            break
        kept[name] = scalar
    return kept


def _number(value: Any) -> float | None:
    """A number (true and false are some) that any database takes."""
    sound = isinstance(value, int | float) and -_LARGEST <= value <= _LARGEST
    return value if sound else None

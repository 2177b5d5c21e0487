"""GeoJSON's geometries (RFC 7946 3.1) as shapes in the plane of degrees, whatever stands in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey.problems import BROKEN, Unreadable
from monitor.geodesy import near_china

POINTS = 200_000
"""Of all shapes of a file."""

_LEVELS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""How many lists stand around the positions."""
KINDS = (*_LEVELS, "GeometryCollection")
"""The types of geometries."""
_NESTED = 4
"""How deep collections of collections may be."""


class NoShape(Exception):
    """No shape can be made; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class Budget:
    """How many points a file's shapes may still have."""

    left: int = POINTS

    def spend(self) -> None:
        """Take one; raises Unreadable when there are none left."""
        self.left -= 1
        if self.left < 0:
            raise Unreadable("too-many-points")


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape and what was found on the way."""

    geometry: BaseGeometry
    altitudes: tuple[float, float] | None
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    budget: Budget
    positions: list[list[float]] = field(default_factory=list)
    """Every position: longitude, latitude; the shapes hold these very lists."""
    altitudes: list[float] = field(default_factory=list)


def shape(written: Any, budget: Budget) -> Shape:
    """The shape of a geometry; raises NoShape, and Unreadable where the file's points run out."""
    reading = _Reading(budget)
    plain = _plain(written, reading, _NESTED)
    if not reading.positions:
        raise NoShape("no-geometry")
    problems = _ordered(reading.positions)
    try:
        made = shapely.geometry.shape(plain)
        valid = made.is_valid
    except (*BROKEN, ShapelyError):
        raise NoShape("bad-coordinates") from None
    heights = reading.altitudes
    return Shape(
        geometry=made,
        altitudes=(min(heights), max(heights)) if heights else None,
        problems=problems if valid else (*problems, "invalid-shape"),
    )


def _plain(written: Any, reading: _Reading, depth: int) -> Mapping[str, Any]:
    """A geometry of what is known and checked alone."""
    kind = written.get("type") if isinstance(written, dict) else None
    if not isinstance(kind, str) or depth == 0:
        raise NoShape("no-geometry")
    if kind == "GeometryCollection":
        members = written.get("geometries")
        if not isinstance(members, list):
            raise NoShape("no-geometry")
        return {"type": kind, "geometries": [_plain(m, reading, depth - 1) for m in members]}
    if kind not in _LEVELS:
        raise NoShape("no-geometry")
    return {
        "type": kind,
        "coordinates": _nested(written.get("coordinates"), _LEVELS[kind], reading),
    }


def _nested(written: Any, levels: int, reading: _Reading) -> list[Any]:
    if not isinstance(written, list):
        raise NoShape("bad-coordinates")
    if levels == 0:
        return _position(written, reading)
    return [_nested(each, levels - 1, reading) for each in written]


def _position(written: list[Any], reading: _Reading) -> list[float]:
    """Longitude and latitude; what follows them is an altitude, or nobody's business."""
    reading.budget.spend()
    numbers = [_number(each) for each in written[:3]]
    if len(numbers) < 2:
        raise NoShape("bad-coordinates")
    if len(numbers) == 3:
        reading.altitudes.append(numbers.pop())
    reading.positions.append(numbers)
    return numbers


def _number(written: Any) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise NoShape("bad-coordinates")
    try:
        number = float(written)
    except OverflowError:
        raise NoShape("bad-coordinates") from None
    if not math.isfinite(number):
        raise NoShape("bad-coordinates")
    return number


def _ordered(positions: list[list[float]]) -> tuple[str, ...]:
    """Turn positions round, in place, that can only be latitude before longitude.

    That is sure where a "latitude" is beyond 90°, and taken for sure where all lie in China that way
    and none does as it is written.
    """
    x, y = np.array(positions).T
    possible = bool(np.all(np.abs(x) <= 180) & np.all(np.abs(y) <= 90))
    swapped = bool(np.all(np.abs(y) <= 180) & np.all(np.abs(x) <= 90))
    homeward = bool(np.all(near_china(y, x)) and not np.any(near_china(x, y)))
    if swapped and (homeward or not possible):
        for position in positions:
            position.reverse()
        return ("swapped-order",)
    if not possible:
        raise NoShape("bad-coordinates")
    return ()

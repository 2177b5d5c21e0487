"""Whose an event is: by its camera, or by the boundary that contains its place. Pure.

Nobody is accused by nearness: what lies in no boundary belongs to nobody, and the nearest enterprise is
named with its distance for whoever looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely import STRtree

from monitor.event import Event, Place, Wind
from monitor.geodesy import Plane, to_wgs84
from monitor.register import Camera, Enterprise, Register

_DEGREE = 110_500.0
"""Metres of a degree, at the least: what is looked for is looked for a little farther."""
_SPREAD = 30.0
"""Degrees to either side of the mean wind in which a source is looked for: the wind turns while it is
measured. A judgement; a plume at a point in time is narrower."""
_EDGE = 0.01
"""A boundary is as wide as a centimetre: who stands on it is on both sides."""


class Placed(StrEnum):
    """How an event came to its enterprise."""

    CAMERA = "camera"
    """The register says where the camera stands."""
    INSIDE = "inside"
    """The place is within the enterprise's boundary, and no other's."""
    ACCURACY = "accuracy"
    """The place is as near to this boundary as it is accurate, and to no other."""
    LEE = "lee"
    """What was measured came with the wind, and upwind lies this boundary and no other
    enterprise."""
    NEAR = "near"
    """In nobody's boundary, or in several's: the nearest enterprise is named, and it is not its event."""
    NOWHERE = "nowhere"
    """The event has no place, and its camera is not in the register."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where an event is and whose it is; `enterprise` is the nearest where it is nobody's."""

    placed: Placed
    place: Place | None = None
    enterprise: Enterprise | None = None
    distance: float | None = None
    """Metres to the nearest enterprise's boundary, or to its point where it has none."""
    reached: frozenset[str] = frozenset()
    """The enterprises (uscc) that are within the accuracy of the place, boundary or point."""

    @property
    def owner(self) -> Enterprise | None:
        """Whose the event is."""
        return None if self.placed is Placed.NEAR else self.enterprise


class Placing:
    """The enterprises of a register by where they are."""

    def __init__(self, register: Register) -> None:
        self._register = register
        shaped = [(e, _shape(e)) for e in register.enterprises]
        known = [(e, shape) for e, shape in shaped if shape is not None]
        self._enterprises = [e for e, _ in known]
        self._shapes: list[Any] = [shape for _, shape in known]
        self._tree = STRtree(self._shapes)

    def locate(self, adapter: str, event: Event) -> Location:
        """Whose an event of an adapter is."""
        camera = self._register.camera(adapter, event.source)
        owner = self._register.enterprise(camera.uscc) if camera else None
        place = in_wgs84(event.place) if event.place else _of(camera)
        if owner is not None:
            return Location(Placed.CAMERA, place, owner)
        if place is None:
            return Location(Placed.NOWHERE)
        return self._around(place, sized=event.sized, wind=event.wind)

    def at(self, place: Place) -> Location:
        """Whose a place is."""
        return self._around(in_wgs84(place))

    def covered(self, trace: Any) -> list[Enterprise]:
        """The enterprises whose boundaries a shape (WGS-84 degrees) touches."""
        if not self._shapes:
            return []
        parts = shapely.get_parts(shapely.get_parts(trace))  # no predicate takes collections
        touched = np.unique(self._tree.query(parts, predicate="intersects")[1]).tolist()
        return [self._enterprises[n] for n in touched if self._shapes[n].area > 0]

    def _around(self, place: Place, *, sized: bool = False, wind: Wind | None = None) -> Location:
        near = self._nearest(place)
        if not near:
            return Location(Placed.NOWHERE, place)
        reach = (place.accuracy or 0) + _EDGE
        reached = frozenset(e.uscc for metres, e, _ in near if metres <= reach)
        about = [(metres, e) for metres, e, area in near if area and metres <= reach]
        alone = len(about) == 1  # a place on the edge of two is neither's
        if alone and (about[0][0] <= _EDGE or not sized):
            metres, owner = about[0]
            placed = Placed.INSIDE if metres <= _EDGE else Placed.ACCURACY
            return Location(placed, place, owner, metres, reached)
        upwind = [] if about or wind is None else self._upwind(place, wind)
        if len(upwind) == 1 and upwind[0][2]:
            return Location(Placed.LEE, place, upwind[0][1], upwind[0][0], reached)
        return Location(Placed.NEAR, place, near[0][1], near[0][0], reached)

    def _upwind(self, place: Place, wind: Wind) -> Sequence[tuple[float, Enterprise, bool]]:
        """Distance, enterprise, whether it has a boundary: of those in the sector the wind comes from.

        One that is registered as a point alone is none that it could be of, but one it could come from.
        """
        angles = np.radians(np.linspace(wind.direction - _SPREAD, wind.direction + _SPREAD, 13))
        arc = wind.within * np.column_stack((np.sin(angles), np.cos(angles)))
        sector = shapely.Polygon([(0.0, 0.0), *arc.tolist()])
        return [
            (metres, self._enterprises[n], self._shapes[n].area > 0)
            for n in self._within(place, wind.within)
            if _flat(place, self._shapes[n]).intersects(sector)
            and (metres := _metres(place, self._shapes[n])) <= wind.within
        ]

    def _within(self, place: Place, metres: float) -> list[int]:
        """The numbers of shapes that may be so near to a place."""
        point = shapely.Point(place.longitude, place.latitude)
        reach = _degrees(metres, place.latitude)
        return sorted(self._tree.query(point, predicate="dwithin", distance=reach).tolist())

    def _nearest(self, place: Place) -> Sequence[tuple[float, Enterprise, bool]]:
        """Distance, enterprise, whether it has a boundary: of the nearest ones, the nearest first."""
        if not self._shapes:
            return []
        point = shapely.Point(place.longitude, place.latitude)
        found = set(self._within(place, max(place.accuracy or 0.0, 2_000.0)))
        found.update(self._tree.query_nearest(point).tolist())
        ranked = [
            (_metres(place, self._shapes[n]), n, self._shapes[n].area > 0) for n in sorted(found)
        ]
        return [(metres, self._enterprises[n], area) for metres, n, area in sorted(ranked)]


def _degrees(metres: float, latitude: float) -> float:
    """Degrees within which all is that is so many metres away, at the least."""
    return metres / (_DEGREE * max(math.cos(math.radians(latitude)), 0.01))


def _metres(place: Place, shape: Any) -> float:
    """From a place to a shape."""
    return float(shapely.distance(_flat(place, shape), shapely.Point(0, 0)))


def _flat(place: Place, shape: Any) -> Any:
    """A shape in metres around a place, in the plane that touches the earth there."""
    plane = Plane(place.longitude, place.latitude)
    return shapely.transform(shape, lambda at: np.column_stack(plane.project(at[:, 0], at[:, 1])))


def _shape(enterprise: Enterprise) -> Any:
    """Boundary or point of an enterprise; the register checks boundaries when they come in."""
    if enterprise.boundary:
        return shapely.from_wkt(enterprise.boundary, on_invalid="ignore")
    if enterprise.longitude is None or enterprise.latitude is None:
        return None
    return shapely.Point(enterprise.longitude, enterprise.latitude)


def in_wgs84(place: Place) -> Place:
    """Where a place is in our own system; `datum` still says what the source gave it in."""
    longitude, latitude = to_wgs84(place.longitude, place.latitude, place.datum)
    return replace(place, longitude=longitude, latitude=latitude)


def _of(camera: Camera | None) -> Place | None:
    if camera is None or camera.longitude is None or camera.latitude is None:
        return None
    return Place(longitude=camera.longitude, latitude=camera.latitude, of_camera=True)


_last: list[tuple[Register, Placing]] = []


def placing_of(register: Register) -> Placing:
    """The enterprises of a register by where they are, made once for each register."""
    if not _last or _last[0][0] is not register:
        _last[:] = [(register, Placing(register))]
    return _last[0][1]

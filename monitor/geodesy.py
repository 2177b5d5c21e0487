"""Positions on the earth: datums, distances, a local plane, and where a camera's view meets the ground.

Positions are longitude and latitude in degrees of WGS-84 unless a name says otherwise; lengths are
metres; bearings are degrees clockwise from north. The figures of WGS-84 are those of NGA.STND.0036.
CGCS2000 (GB 22021) is taken as WGS-84: the two ellipsoids differ by a tenth of a millimetre, the frames
by the plate's motion since 2000, some decimetres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.event import Datum, Place

Array: TypeAlias = NDArray[np.float64]

_A: Final = 6_378_137.0
_FLATTENING: Final = 1 / 298.257223563
_E2: Final = _FLATTENING * (2 - _FLATTENING)
_B: Final = _A * (1 - _FLATTENING)
_MEAN_RADIUS: Final = 6_371_008.8

# --- 火星坐标 ------------------------------------------------------------------------------------

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_KRASSOVSKY_A: Final = 6_378_245.0
_KRASSOVSKY_E2: Final = 0.00669342162296594323
_ROUNDS: Final = 4


def near_china(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.bool_]:
    """Whether positions lie in the rectangle around China outside which GCJ-02 shifts nothing."""
    x, y = _array(longitude), _array(latitude)
    return (x >= _WEST) & (x <= _EAST) & (y >= _SOUTH) & (y <= _NORTH)


def to_gcj02(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Array, Array]:
    """WGS-84 to GCJ-02, by the algorithm that has been public since 2010; unchanged outside China.

    A shift of some hundred metres on Krassovsky's ellipsoid: a polynomial and sines of the position.
    """
    x, y = _array(longitude), _array(latitude)
    east, north = _shift(x, y, near_china(x, y))
    return x + east, y + north


def wgs84_of(longitude: ArrayLike, latitude: ArrayLike, datum: Datum) -> tuple[Array, Array]:
    """Positions in any datum as WGS-84; the inverse of GCJ-02 by fixed-point rounds, to centimetres."""
    x, y = _array(longitude), _array(latitude)
    if datum is not Datum.GCJ02:
        return x, y
    inside = near_china(x, y)
    found_x, found_y = x, y
    for _ in range(_ROUNDS):
        east, north = _shift(found_x, found_y, inside)
        found_x, found_y = x - east, y - north
    return found_x, found_y


def to_wgs84(longitude: float, latitude: float, datum: Datum) -> tuple[float, float]:
    """One position in any datum as WGS-84: longitude, latitude."""
    x, y = wgs84_of(longitude, latitude, datum)
    return float(x), float(y)


def _shift(longitude: Array, latitude: Array, inside: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Degrees east and north by which GCJ-02 moves what is `inside`."""
    x, y = np.where(inside, longitude - 105, 0.0), np.where(inside, latitude - 35, 0.0)
    root = np.sqrt(np.abs(x))
    fine = _waves(x, (20, 6), (20, 2))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + fine
    east += _waves(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + fine
    north += _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))
    parallel, meridian = _degree(y + 35, _KRASSOVSKY_A, _KRASSOVSKY_E2)
    return np.where(inside, east / parallel, 0.0), np.where(inside, north / meridian, 0.0)


def _waves(at: Array, *waves: tuple[float, float]) -> Array:
    """Two thirds of a sum of sines, each of an amplitude in metres and half-turns per degree."""
    total = np.zeros_like(at)
    for amplitude, frequency in waves:
        total = total + amplitude * np.sin(math.pi * frequency * at)
    return total * 2 / 3


def _degree(latitude: Array, a: float, e2: float) -> tuple[Array, Array]:
    """Metres of a degree along the parallel and along the meridian of an ellipsoid."""
    phi = np.radians(latitude)
    w = np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return np.radians(a / w * np.cos(phi)), np.radians(a * (1 - e2) / w**3)


# --- distances and the plane ----------------------------------------------------------------------


def distances(
    longitude: ArrayLike, latitude: ArrayLike, other_longitude: ArrayLike, other_latitude: ArrayLike
) -> Array:
    """Metres between positions, element by element.

    The chord through the ellipsoid, bent to the mean radius: within 1e-6 up to 100 km, 1e-3 to 3000 km.
    """
    here = _cartesian(_array(longitude), _array(latitude))
    there = _cartesian(_array(other_longitude), _array(other_latitude))
    chord = np.sqrt(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))
    return _array(2 * _MEAN_RADIUS * np.arcsin(np.minimum(chord / (2 * _MEAN_RADIUS), 1)))


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two positions, each (longitude, latitude)."""
    return float(distances(*one, *other))


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane that touches the ellipsoid at a point: x east and y north of it, in metres.

    Lengths in it are true to 1e-5 within 30 km of the point, to 1e-4 within 100 km.
    """

    longitude: float
    latitude: float

    def project(self, longitude: ArrayLike, latitude: ArrayLike) -> tuple[Array, Array]:
        """Positions as x, y."""
        there = _cartesian(_array(longitude), _array(latitude))
        here = _cartesian(_array(self.longitude), _array(self.latitude))
        difference = [a - b for a, b in zip(there, here, strict=True)]
        east, north, _ = self._axes()
        return _along(difference, east), _along(difference, north)

    def unproject(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Points of the plane as longitude, latitude; NaN for those beyond the earth's edge."""
        origin = _cartesian(_array(self.longitude), _array(self.latitude))
        east, north, up = self._axes()
        flat = [
            o + _array(x) * e + _array(y) * n for o, e, n in zip(origin, east, north, strict=True)
        ]
        drop = _drop(flat, up)
        px, py, pz = (f + drop * u for f, u in zip(flat, up, strict=True))
        latitude = np.arctan2(pz, (1 - _E2) * np.hypot(px, py))
        return np.degrees(np.arctan2(py, px)), np.degrees(latitude)

    def _axes(self) -> tuple[tuple[float, ...], ...]:
        """East, north and up as unit vectors of the earth's frame."""
        lam, phi = math.radians(self.longitude), math.radians(self.latitude)
        sl, cl, sp, cp = math.sin(lam), math.cos(lam), math.sin(phi), math.cos(phi)
        return (-sl, cl, 0.0), (-sp * cl, -sp * sl, cp), (cp * cl, cp * sl, sp)


def _drop(flat: Sequence[Array], up: Sequence[float]) -> Array:
    """How far along `up` the ellipsoid is from points of the plane: the root nearest to none."""
    scales = (_A, _A, _B)
    point = [f / s for f, s in zip(flat, scales, strict=True)]
    axis = [_array(u / s) for u, s in zip(up, scales, strict=True)]
    a, b, c = _along(axis, axis), _along(point, axis), _along(point, point) - 1
    with np.errstate(invalid="ignore"):
        return _array(-c / (b + np.sqrt(b * b - a * c)))


def point_at(
    longitude: float, latitude: float, bearing: float, metres: float
) -> tuple[float, float]:
    """The position at a bearing and a distance, to 1e-5 of it; for distances up to 100 km."""
    reach = _MEAN_RADIUS * math.sin(metres / _MEAN_RADIUS)
    angle = math.radians(bearing)
    x, y = Plane(longitude, latitude).unproject(reach * math.sin(angle), reach * math.cos(angle))
    return float(x), float(y)


def _cartesian(longitude: Array, latitude: Array) -> tuple[Array, Array, Array]:
    """Earth-centred coordinates of points on the ellipsoid."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    n = _A / np.sqrt(1 - _E2 * np.sin(phi) ** 2)
    return n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - _E2) * np.sin(phi)


def _along(vector: Sequence[Array], axis: Sequence[Array | float]) -> Array:
    """The scalar product of what was given by its coordinates."""
    return _array(sum(a * b for a, b in zip(vector, axis, strict=True)))


def _array(numbers: ArrayLike) -> Array:
    return np.asarray(numbers, dtype=np.float64)


# --- the view of a camera -------------------------------------------------------------------------

LEAST_DEPRESSION: Final = 3.0
"""Degrees below the horizon at which a view, at the worst of its error, still meets the ground."""


def view_on_ground(
    camera: Place,
    height: float,
    yaw: float,
    pitch: float,
    *,
    angle_error: float,
    height_error: float,
) -> Place | None:
    """Where the middle of a picture is on level ground; None at, near or above the horizon.

    `height` above that ground in metres; `yaw` from true north, `pitch` from the horizon, −90 = down,
    in degrees. The accuracy is of the camera's own, what `angle_error` in both angles comes to at the
    worst, and `height_error`; the errors are taken as independent of each other.
    """
    depression = -pitch
    lowest = min(depression, 180 - depression) - angle_error
    if not (height > 0 and lowest >= LEAST_DEPRESSION):
        return None
    reach = height / math.tan(math.radians(depression))
    longitude, latitude = point_at(camera.longitude, camera.latitude, yaw, reach)
    radial = height / math.tan(math.radians(lowest)) - abs(reach)
    sideways = abs(reach) * math.radians(angle_error)
    risen = height_error * abs(reach) / height
    accuracy = math.hypot(camera.accuracy or 0.0, radial, sideways, risen)
    return Place(longitude=longitude, latitude=latitude, datum=camera.datum, accuracy=accuracy)

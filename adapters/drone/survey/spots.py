"""Hot spots of a track: where and when more was measured than a threshold.

Points above the threshold belong together where each is near another in space and in time. How near
is a judgement, and the caller's: some hundred metres from its source a plume is some tens of metres
wide, and a sniffer crosses it in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey.quantity import Unit, factor
from adapters.drone.survey.track import Series, Track
from monitor.clock import from_ms
from monitor.event import Place
from monitor.geodesy import Array, Plane

GAP_METRES: Final = 50.0
GAP_SECONDS: Final = 60.0
LOOKED_BACK: Final = 1_000
"""Points above the threshold with which each is compared at most, the latest before it: 16 a second for
a minute."""

STEADY: Final = 0.8
"""The least length of the mean of unit vectors at which a mean wind has a direction. By Yamartino's
formula (J. Climate Appl. Meteor. 23, 1984, 1362) it is 0.8 where directions scatter by 38°: more, and
the source lies about as often outside as inside of the 30° to either side in which it is looked for."""
CALM: Final = 1.0
"""Metres a second of mean speed below which a wind has no direction, nor has one whose speed was not
measured. A judgement: a light wind meanders, and what a drone measures of it is its own rotors' and
its own way's."""
FEWEST: Final = 3
"""Measured directions below which there is no mean: one or two agree by chance."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above what a value is hot."""

    value: float
    unit: Unit
    """Of the same kind as the track's: no threshold in ppm says anything of ppm·m."""


@dataclass(frozen=True, slots=True)
class Wind:
    """The mean wind."""

    speed: float | None
    """Metres a second."""
    direction: float | None
    """Degrees, from where it blows; None where it has none that holds: see `STEADY`, `CALM`, `FEWEST`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One hot spot."""

    pollutant: str
    unit: Unit
    """Of peak and mean: the track's own."""
    peak: float
    mean: float
    """Of the values above the threshold."""
    peak_at: Place
    centre: Place
    """The middle of its points; its accuracy is the distance of the farthest of them, in metres."""
    outline: BaseGeometry
    """The convex hull of its points, WGS-84: a point or a line where they are few or in a row."""
    start: datetime
    end: datetime
    points: int
    wind: Wind | None


def spots(
    track: Track,
    thresholds: Mapping[str, Threshold],
    *,
    gap_metres: float = GAP_METRES,
    gap_seconds: float = GAP_SECONDS,
) -> list[Spot]:
    """The hot spots of every series that has a threshold of its kind, each series' in order of time.

    `thresholds` by the pollutant.
    """
    plane = Plane(float(np.median(track.longitudes)), float(np.median(track.latitudes)))
    x, y = plane.project(track.longitudes, track.latitudes)
    found = []
    for series in track.series:
        hot = np.flatnonzero(_above(series, thresholds.get(series.pollutant)))
        labels = _labels(x[hot], y[hot], track.times_ms[hot] / 1000, gap_metres, gap_seconds)
        found += [_spot(track, series, plane, x, y, hot[group]) for group in _groups(labels)]
    return found


def _above(series: Series, threshold: Threshold | None) -> NDArray[np.bool_]:
    scale = None if threshold is None else factor(threshold.unit, series.unit)
    if threshold is None or scale is None:
        return np.zeros(series.values.shape, dtype=np.bool_)
    above: NDArray[np.bool_] = series.values > threshold.value * scale  # never for NaN
    return above


def _labels(x: Array, y: Array, seconds: Array, metres: float, gap: float) -> NDArray[np.int64]:
    """The same number for points that a chain of near ones joins; points in the order of time."""
    leaders = np.arange(len(x))
    first = np.searchsorted(seconds, seconds - gap)
    for n in range(1, len(x)):
        start = max(int(first[n]), n - LOOKED_BACK)
        near = start + np.flatnonzero(np.hypot(x[start:n] - x[n], y[start:n] - y[n]) <= metres)
        for other in {_leader(leaders, int(each)) for each in set(leaders[near].tolist())}:
            _join(leaders, other, n)
    return np.array([_leader(leaders, n) for n in range(len(x))], dtype=np.int64)


def _leader(leaders: NDArray[np.int64], n: int) -> int:
    """The earliest point that `n` is known to belong to; shortens the way there."""
    while leaders[n] != n:
        leaders[n] = leaders[leaders[n]]
        n = int(leaders[n])
    return n


def _join(leaders: NDArray[np.int64], one: int, other: int) -> None:
    one, other = _leader(leaders, one), _leader(leaders, other)
    leaders[max(one, other)] = min(one, other)


def _groups(labels: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The points of each label, in the order of time; the groups in that of their first points."""
    if labels.size:
        order = np.argsort(labels, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _spot(
    track: Track, series: Series, plane: Plane, x: Array, y: Array, at: NDArray[np.int64]
) -> Spot:
    values = series.values[at]
    middle = float(np.mean(x[at])), float(np.mean(y[at]))
    radius = float(np.max(np.hypot(x[at] - middle[0], y[at] - middle[1])))
    longitude, latitude = plane.unproject(*middle)
    peak = at[int(np.argmax(values))]
    positions = np.column_stack((track.longitudes[at], track.latitudes[at]))
    return Spot(
        pollutant=series.pollutant,
        unit=series.unit,
        peak=float(np.max(values)),
        mean=float(np.mean(values)),
        peak_at=_place(track, float(track.longitudes[peak]), float(track.latitudes[peak])),
        centre=_place(track, float(longitude), float(latitude), radius),
        outline=shapely.MultiPoint(positions).convex_hull,
        start=from_ms(int(track.times_ms[at[0]])),
        end=from_ms(int(track.times_ms[at[-1]])),
        points=len(at),
        wind=_wind(track, slice(int(at[0]), int(at[-1]) + 1)),
    )


def _place(track: Track, x: float, y: float, accuracy: float | None = None) -> Place:
    return Place(longitude=x, latitude=y, datum=track.datum, accuracy=accuracy)


def _wind(track: Track, during: slice) -> Wind | None:
    """The wind while a spot was flown through: the mean speed, and the mean of unit vectors.

    It has a direction where that was measured at `FEWEST` points or more, the mean vector is at least
    `STEADY` long and the mean speed was measured and is at least `CALM`.
    """
    speed = _mean(None if track.wind_speeds is None else track.wind_speeds[during])
    calm = speed is None or speed < CALM
    turned = track.wind_directions
    direction = None if turned is None or calm else _direction(turned[during])
    return None if speed is None and direction is None else Wind(speed, direction)


def _direction(turned: Array) -> float | None:
    """Degrees of the mean of unit vectors; None of too few, or where they do not agree."""
    radians = np.radians(turned[~np.isnan(turned)])
    if radians.size < FEWEST:
        return None
    east, north = float(np.mean(np.sin(radians))), float(np.mean(np.cos(radians)))
    if math.hypot(east, north) < STEADY:
        return None
    return math.degrees(math.atan2(east, north)) % 360


def _mean(values: Array | None) -> float | None:
    known = None if values is None else values[~np.isnan(values)]
    return None if known is None or not known.size else float(np.mean(known))

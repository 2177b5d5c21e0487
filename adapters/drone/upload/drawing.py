"""What a map shows of a track, of marks, of an orthophoto: bounded, in WGS-84. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey.track import Track

POINTS = 2_000
"""Of a track."""
SERIES = 8
FEATURES, VERTICES = 500, 5_000
"""Of a file's marks."""
TRACE = 20_000
"""Vertices of what a file covers."""
_TOLERANCE = 1e-5
"""Degrees, about a metre."""


def track(found: Track) -> dict[str, Any]:
    """Points with their values (null where there is none), the highest of each stretch kept."""
    shown = found.series[:SERIES]
    at = _kept(found, [series.values for series in shown])
    columns = [found.longitudes[at].round(6), found.latitudes[at].round(6)]
    columns += [_significant(series.values[at]) for series in shown]
    rows = np.column_stack(columns)
    return {
        "series": [{"pollutant": s.pollutant, "unit": s.unit.name} for s in shown],
        "points": [[None if np.isnan(v) else v for v in row] for row in rows.tolist()],
    }


def _kept(found: Track, values: Iterable[Any]) -> Any:
    """The indices of the points that are shown."""
    count = len(found.times_ms)
    if count <= POINTS:
        return np.arange(count)
    stretches = np.array_split(np.arange(count), POINTS // 2)
    kept = {int(stretch[0]) for stretch in stretches}
    for series in list(values)[:1]:
        known = np.where(np.isnan(series), -np.inf, series)
        kept |= {int(stretch[int(np.argmax(known[stretch]))]) for stretch in stretches}
    return np.array(sorted(kept))


def _significant(values: Any) -> Any:
    return np.array([float(f"{value:.5g}") for value in values.tolist()])


def marks(features: Iterable[tuple[BaseGeometry, str | None]]) -> dict[str, Any]:
    """Marked shapes and their labels, simplified."""
    shown: list[dict[str, Any]] = []
    left = VERTICES
    for geometry, label in features:
        simple = geometry.simplify(_TOLERANCE)
        left -= int(shapely.get_num_coordinates(simple))
        if left < 0 or len(shown) >= FEATURES:
            break
        shown.append({"geometry": _plain(simple), "label": label})
    return {"features": shown}


def outline(geometry: BaseGeometry) -> dict[str, Any]:
    """An edge."""
    return {"features": [{"geometry": _plain(geometry), "label": None}]}


def _plain(geometry: BaseGeometry) -> Mapping[str, Any]:
    found: Mapping[str, Any] = shapely.geometry.mapping(
        shapely.set_precision(geometry, 1e-6, mode="pointwise")
    )
    return found


def trace(geometry: BaseGeometry) -> str | None:
    """What a file covers, as WKT; of too many vertices, the hull of it."""
    if geometry.is_empty:
        return None
    simple = geometry.simplify(_TOLERANCE)
    if shapely.get_num_coordinates(simple) > TRACE:
        simple = simple.convex_hull
    return str(shapely.to_wkt(simple, rounding_precision=7))

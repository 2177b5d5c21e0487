"""From hot spots and marks to events. Pure.

A hot spot is where its highest value was measured; where that is in nobody's boundary, the wind says
where to look. One that is nobody's even then is kept and accuses nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey.shapes import Feature
from adapters.drone.survey.sight import UNCORRECTED
from adapters.drone.survey.spots import Spot, Threshold, Wind
from adapters.drone.upload.config import Config
from monitor.event import Datum, Event, Kind, Picture, Place
from monitor.event import Wind as Upwind
from monitor.geodesy import distances, to_gcj02

MOST = 500
"""Findings of a file."""
_TIMES = ("time", "timestamp", "datetime", "时间")
_LABEL = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that findings are of."""

    mission: str
    picture: Picture
    received_at: datetime
    zone: tzinfo
    config: Config


def of_spot(origin: Origin, spot: Spot, threshold: Threshold) -> Event:
    """The event of a hot spot."""
    limit = f"{threshold.value:g} {threshold.unit.name}"
    start = int(spot.start.timestamp() * 1000)
    return Event(
        key=f"{origin.picture.file.sha256}/{spot.pollutant[:64]}/{spot.unit.name}/{start}",
        kind=Kind.DRONE,
        source=origin.mission,
        label=f"{spot.pollutant} > {limit}",
        start=spot.start,
        end=spot.end,
        place=_as_given(spot.peak_at),
        wind=_upwind(spot.wind, origin.config.upwind_metres),
        owned_only=True,
        pictures=(origin.picture,),
        details=_said(spot, limit),
    )


def _said(spot: Spot, limit: str) -> Mapping[str, Any]:
    wind = spot.wind
    return {
        "pollutant": spot.pollutant,
        "peak": spot.peak,
        "mean": spot.mean,
        "unit": spot.unit.name,
        "threshold": limit,
        "points": spot.points,
        "centre": {"longitude": spot.centre.longitude, "latitude": spot.centre.latitude},
        "radius": spot.centre.accuracy,
        "outline": shapely.to_wkt(spot.outline, rounding_precision=6),
        "wind": wind and {"speed": wind.speed, "direction": wind.direction},
    }


def _upwind(wind: Wind | None, within: float) -> Upwind | None:
    if wind is None or wind.direction is None or not within:
        return None
    return Upwind(wind.direction, within)


def _as_given(place: Place) -> Place:
    """A track's position, which is in WGS-84, in the system of its source."""
    x, y = place.longitude, place.latitude
    if place.datum is Datum.GCJ02:
        x, y = map(float, to_gcj02(x, y))
    return Place(longitude=x, latitude=y, datum=place.datum, accuracy=UNCORRECTED)


def label_of(feature: Feature, config: Config) -> str | None:
    """What marks a shape as a finding, if anything does."""
    for name in config.labels:
        written = feature.properties.get(name)
        if isinstance(written, str) and written:
            return written[:_LABEL]
    named_point = config.named_points and feature.geometry.geom_type == "Point"
    return feature.name if named_point else None


def of_features(
    origin: Origin, features: Iterator[tuple[Feature, str]]
) -> Iterator[tuple[Event, bool]]:
    """The events of marked shapes, and whether their file gives them a time."""
    for number, (feature, label) in enumerate(features):
        at = _time(feature.properties, origin.zone)
        place = _middle(feature.geometry, origin.config.datum)
        event = Event(
            key=f"{origin.picture.file.sha256}/{number}",
            kind=Kind.DRONE,
            source=origin.mission,
            label=label,
            start=at or origin.received_at,
            place=place,
            sized=place.accuracy is not None,
            pictures=(origin.picture,),
            details={
                "name": feature.name,
                "description": feature.description,
                "shape": feature.geometry.geom_type,
                "properties": {
                    key: value
                    for key, value in feature.properties.items()
                    if key not in ("name", "description")
                },
                "time_known": at is not None,
            },
        )
        yield event, at is not None


def _middle(shape: BaseGeometry, datum: Datum) -> Place:
    """A point of a shape; its accuracy is the distance of the farthest vertex. A point has none."""
    point = shape.representative_point()
    reach = None
    if shape.geom_type != "Point":
        at = shapely.get_coordinates(shape)
        reach = float(np.max(distances(at[:, 0], at[:, 1], point.x, point.y)))
    return Place(longitude=point.x, latitude=point.y, datum=datum, accuracy=reach)


def _time(properties: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    written = next((properties[name] for name in _TIMES if name in properties), None)
    if not isinstance(written, str) or not re.match(r"\d{4}-", written):
        return None
    try:
        at = datetime.fromisoformat(written.strip())
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year >= 2000 else None

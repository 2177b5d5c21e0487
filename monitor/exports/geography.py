"""What lies where, as GeoJSON (RFC 7946): WGS-84, longitude first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MEDIA_TYPE = "application/geo+json"


def feature(
    number: int | str, longitude: float, latitude: float, properties: Mapping[str, Any]
) -> dict[str, Any]:
    """A point and what stands there."""
    return {
        "type": "Feature",
        "id": number,
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": dict(properties),
    }


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features together."""
    return {"type": "FeatureCollection", "features": list(features)}

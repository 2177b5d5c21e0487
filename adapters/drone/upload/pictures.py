"""What is kept of a photo besides its bytes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.drone.survey.photo import Photo
from adapters.drone.survey.sight import Sight
from monitor.event import Place
from monitor.geodesy import to_wgs84


def position(place: Place) -> tuple[float, float]:
    """Longitude and latitude in WGS-84."""
    return to_wgs84(place.longitude, place.latitude, place.datum)


def described(photo: Photo, seen: Sight | None) -> Mapping[str, Any]:
    """Camera, view and state of a photo, as JSON, without what it does not say.

    `placed`: how its place was found: `laser`, `projected` or, said as such, the `camera`'s own.
    """
    said = {
        "placed": None if seen is None else seen.how.value,
        "camera": _camera(photo),
        "yaw": photo.yaw,
        "pitch": photo.pitch,
        "lens": photo.lens and photo.lens.value,
        "thermal_raw": photo.radiometric or None,
        "orientation": photo.orientation,
        "model": photo.model,
        "aircraft": photo.aircraft_serial,
        "camera_serial": photo.camera_serial,
        "time_from": photo.time_from and photo.time_from.value,
        "time_text": photo.time_text,
        "laser_metres": photo.laser and photo.laser.distance,
        "rtk": None if photo.rtk is None else photo.rtk.flag,
    }
    return {name: value for name, value in said.items() if value is not None}


def _camera(photo: Photo) -> Mapping[str, Any] | None:
    if photo.camera is None:
        return None
    longitude, latitude = position(photo.camera)
    above = photo.altitude_above
    return {
        "longitude": longitude,
        "latitude": latitude,
        "datum": photo.camera.datum.value,
        "altitude": photo.altitude,
        "altitude_above": above and above.value,
        "height": photo.height,
    }

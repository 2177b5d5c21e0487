"""Where what a photo shows is: the laser's target, else the view met with the ground, else the camera."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from adapters.drone.survey.photo import Photo
from monitor.event import Place
from monitor.geodesy import view_on_ground

ANGLE_ERROR = 2.0
"""Degrees by which a gimbal's yaw or pitch may be wrong; the yaw is the aircraft's compass's. A
judgement: makers state the gimbal's jitter (0.01°), not this."""
UNCORRECTED = 5.0
"""Metres within which a position of satellites alone is, where the file says nothing."""
RELIEF = 20.0
"""Metres by which the ground may be lower or higher than where the aircraft took off, unless the caller
knows better: RelativeAltitude is the height above take-off."""
ONE_TRIGGER = timedelta(seconds=1)
"""Within which a payload's cameras take their pictures of one trigger; their clocks count seconds."""


class How(StrEnum):
    """How a place was found."""

    LASER = "laser"
    PROJECTED = "projected"
    CAMERA = "camera"
    """It is the camera's own (`Place.of_camera`)."""


class Sight(NamedTuple):
    """Where the middle of a photo is."""

    place: Place
    how: How


def sight(photo: Photo, relief: float = RELIEF) -> Sight | None:
    """The best place of what is in the middle of a photo; None where nothing says where.

    `relief`: metres by which the ground there may differ from the place of take-off.
    """
    return _by_laser(photo) or _projected(photo, relief) or _of_camera(photo)


def _by_laser(photo: Photo) -> Sight | None:
    """The target is as good as the camera's position, and the angle over the distance."""
    laser = photo.laser
    if laser is None:
        return None
    sideways = (laser.distance or 0.0) * math.radians(ANGLE_ERROR)
    accuracy = math.hypot(_own_accuracy(photo), sideways)
    found = Place(longitude=laser.longitude, latitude=laser.latitude, accuracy=accuracy)
    return Sight(found, How.LASER)


def _projected(photo: Photo, relief: float) -> Sight | None:
    if photo.camera is None or photo.height is None or photo.yaw is None or photo.pitch is None:
        return None
    found = view_on_ground(
        replace(photo.camera, accuracy=_own_accuracy(photo)),
        photo.height,
        photo.yaw,
        photo.pitch,
        angle_error=ANGLE_ERROR,
        height_error=relief,
    )
    return None if found is None else Sight(found, How.PROJECTED)


def _of_camera(photo: Photo) -> Sight | None:
    return None if photo.camera is None else Sight(photo.camera, How.CAMERA)


def _own_accuracy(photo: Photo) -> float:
    stated = None if photo.camera is None else photo.camera.accuracy
    return UNCORRECTED if stated is None else stated


def triggers(photos: Iterable[Photo]) -> list[tuple[Photo, ...]]:
    """Photos that one trigger took (wide, zoom, thermal): one aircraft, one second, each lens once.

    In the order of time; those without a time or a serial number stand alone, at the end.
    """
    groups: list[list[Photo]] = []
    for photo in sorted(photos, key=_order):
        if groups and _together(groups[-1], photo):
            groups[-1].append(photo)
        else:
            groups.append([photo])
    return [tuple(group) for group in groups]


def _order(photo: Photo) -> tuple[bool, str, float, str]:
    serial, when = _serial(photo), photo.taken_at
    known = serial is not None and when is not None
    return not known, serial or "", when.timestamp() if when else 0.0, str(photo.path)


def _serial(photo: Photo) -> str | None:
    return photo.aircraft_serial or photo.camera_serial


def _together(group: list[Photo], photo: Photo) -> bool:
    first = group[0]
    if first.taken_at is None or photo.taken_at is None or _serial(photo) is None:
        return False
    near = photo.taken_at - first.taken_at <= ONE_TRIGGER
    new = photo.lens is not None and photo.lens not in {other.lens for other in group}
    return near and new and _serial(photo) == _serial(first)

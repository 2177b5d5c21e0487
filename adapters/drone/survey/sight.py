"""Where what a photo shows is: the laser's target, else the view met with the ground, else the camera."""

from __future__ import annotations

import math
from dataclasses import replace
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

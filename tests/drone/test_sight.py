"""Where what a photo shows is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from adapters.drone.survey.headers import Type
from adapters.drone.survey.photo import Laser, Photo
from adapters.drone.survey.sight import How, sight
from monitor.event import Place
from monitor.geodesy import Plane

AT = Place(longitude=112.55, latitude=37.87, accuracy=0.1, of_camera=True)


def photo(name: str = "a.jpg", **more: Any) -> Photo:
    found = {"camera": AT, "height": 100.0, "yaw": 90.0, "pitch": -45.0}
    return Photo(path=Path(name), type=Type.JPEG, **found | more)


def test_the_laser_before_all() -> None:
    found = sight(photo(laser=Laser(112.5512, 37.87, 141.0, None)))
    assert found is not None
    assert found.how is How.LASER
    assert (found.place.longitude, found.place.of_camera) == (112.5512, False)
    assert found.place.accuracy == pytest.approx(141 * math.radians(2), abs=0.1)


def test_the_view_met_with_the_ground() -> None:
    found = sight(photo())
    assert found is not None
    assert found.how is How.PROJECTED
    x, y = Plane(112.55, 37.87).project(found.place.longitude, found.place.latitude)
    assert (float(x), float(y)) == pytest.approx((100, 0), abs=0.1)
    assert not found.place.of_camera


def test_take_off_is_not_the_ground_below_and_the_accuracy_says_so() -> None:
    level, hills = sight(photo(), relief=0), sight(photo(), relief=40)
    assert level is not None
    assert hills is not None
    assert level.place.accuracy == pytest.approx(8, abs=1)
    assert hills.place.accuracy == pytest.approx(40, abs=2)


def test_a_camera_of_unknown_accuracy_is_not_taken_for_exact() -> None:
    found = sight(photo(camera=Place(longitude=112.55, latitude=37.87), pitch=-90.0))
    assert found is not None
    assert found.place.accuracy is not None
    assert found.place.accuracy > 5


@pytest.mark.parametrize(
    "change", [{"pitch": 0.0}, {"pitch": None}, {"height": None}, {"yaw": None}, {"height": -3.0}]
)
def test_else_the_camera_which_says_so(change: dict[str, Any]) -> None:
    found = sight(photo(**change))
    assert found == (AT, How.CAMERA)


def test_nothing_says_where() -> None:
    assert sight(photo(camera=None)) is None

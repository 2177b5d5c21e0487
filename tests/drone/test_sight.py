"""Where what a photo shows is, and which photos one trigger took."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.drone.survey.headers import Type
from adapters.drone.survey.photo import Laser, Lens, Photo
from adapters.drone.survey.sight import How, sight, triggers
from monitor.event import Place
from monitor.geodesy import Plane

AT = Place(longitude=112.55, latitude=37.87, accuracy=0.1, of_camera=True)
NOON = datetime(2026, 8, 1, 4, tzinfo=UTC)


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


def taken(name: str, lens: Lens | None, second: float, serial: str | None = "S1") -> Photo:
    when = NOON + timedelta(seconds=second)
    return photo(name, lens=lens, taken_at=when, aircraft_serial=serial)


def grouped(*photos: Photo) -> list[str]:
    return ["".join(str(each.path) for each in group) for group in triggers(photos)]


def test_the_lenses_of_one_trigger_belong_together() -> None:
    wide, zoom, thermal = Lens.WIDE, Lens.ZOOM, Lens.THERMAL
    first = taken("w", wide, 0), taken("z", zoom, 0.2), taken("t", thermal, 1)
    assert grouped(*first, taken("W", wide, 2), taken("T", thermal, 2)) == ["wzt", "TW"]


def test_the_same_lens_again_is_the_next_trigger() -> None:
    assert grouped(taken("a", Lens.WIDE, 0), taken("b", Lens.WIDE, 0.5)) == ["a", "b"]


def test_another_aircraft_is_another_trigger() -> None:
    one, other = taken("a", Lens.WIDE, 0), taken("b", Lens.ZOOM, 0, "S2")
    assert grouped(one, other) == ["a", "b"]


def test_what_says_neither_time_nor_serial_stands_alone() -> None:
    unknown = photo("u", lens=Lens.ZOOM)
    nameless = taken("n", Lens.WIDE, 0, None), taken("m", Lens.ZOOM, 0, None)
    assert sorted(grouped(unknown, *nameless, taken("a", Lens.WIDE, 0))) == ["a", "m", "n", "u"]
    assert grouped(taken("a", None, 0), taken("b", None, 0)) == ["a", "b"]

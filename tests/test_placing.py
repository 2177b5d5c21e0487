"""Whose an event is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.event import Datum, Event, Kind, Place, Wind
from monitor.placing import Location, Placed, Placing, placing_of
from monitor.register import Camera, Enterprise, Register

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def square(west: float, south: float, size: float = 0.01) -> str:
    east, north = west + size, south + size
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))"


STEEL = Enterprise(uscc="1", name="示例钢厂", district="东区", boundary=square(112.10, 36.10))
COKE = Enterprise(uscc="2", name="示例焦化", district="西区", boundary=square(112.11, 36.10))
MILL = Enterprise(uscc="3", name="示例面粉厂", district="东区", longitude=112.2, latitude=36.2)
REGISTER = Register(
    enterprises=(STEEL, COKE, MILL, Enterprise(uscc="4", name="无位置", district="东区")),
    cameras=(
        Camera(camera="gate", uscc="2", adapter="eyes", longitude=112.105, latitude=36.105),
        Camera(camera="bare", uscc="3", adapter="eyes"),
    ),
)


def located(longitude: float | None = None, latitude: float = 36.105, **more: Any) -> Location:
    place = None
    if longitude is not None:
        place = Place(longitude=longitude, latitude=latitude, accuracy=more.pop("accuracy", None))
    event = Event(
        key="k",
        kind=Kind.VIDEO,
        source=more.pop("source", "?"),
        label="fire",
        start=AT,
        place=place,
    )
    return Placing(REGISTER).locate("eyes", event)


def test_the_register_says_whose_a_camera_is_wherever_it_looks() -> None:
    found = located(source="gate")
    assert (found.placed, found.owner) == (Placed.CAMERA, COKE)
    assert found.place is not None
    assert found.place.of_camera
    seen = located(112.2, source="gate")
    assert (seen.owner, seen.place and seen.place.of_camera) == (COKE, False)
    assert located(source="bare").place is None


def test_who_has_it_within_his_boundary_has_it() -> None:
    found = located(112.104)
    assert (found.placed, found.owner, found.distance) == (Placed.INSIDE, STEEL, 0.0)


def test_what_lies_between_two_is_neithers() -> None:
    on_the_edge = located(112.11)
    assert (on_the_edge.placed, on_the_edge.owner) == (Placed.NEAR, None)
    unsure = located(112.1099, accuracy=30)
    assert (unsure.placed, unsure.owner) == (Placed.NEAR, None)
    assert unsure.enterprise == STEEL  # the nearest is named


def test_the_accuracy_of_a_position_counts() -> None:
    assert located(112.0999, accuracy=5).owner is None
    near = located(112.0999, accuracy=20)  # 9 m outside
    assert (near.placed, near.owner) == (Placed.ACCURACY, STEEL)


def test_the_nearest_is_named_with_its_distance_and_not_accused() -> None:
    found = located(112.2, 36.21)
    assert (found.placed, found.owner, found.enterprise) == (Placed.NEAR, None, MILL)
    assert found.distance is not None
    assert abs(found.distance - 1_109.7) < 1
    assert located(112.2, 36.2, accuracy=50).owner is None  # a point has no boundary to be within
    assert located(-70.0, -33.0).enterprise is not None


def test_a_place_in_gcj02_is_where_it_really_is() -> None:
    shifted = Place(longitude=112.1101, latitude=36.1057, datum=Datum.GCJ02)  # some 550 m away
    event = Event(key="k", kind=Kind.VIDEO, source="?", label="fire", start=AT, place=shifted)
    found = Placing(REGISTER).locate("eyes", event)
    assert (found.owner, found.place and found.place.datum) == (STEEL, Datum.GCJ02)
    assert found.place is not None
    assert 112.103 < found.place.longitude < 112.106


def test_what_cannot_be_placed() -> None:
    assert located() == Location(Placed.NOWHERE)
    assert Placing(Register()).locate("eyes", _at(1.0, 2.0)).placed is Placed.NOWHERE


def _at(longitude: float, latitude: float, accuracy: float | None = None) -> Event:
    place = Place(longitude=longitude, latitude=latitude, accuracy=accuracy)
    return Event(key="k", kind=Kind.DRONE, source="d", label="x", start=AT, place=place)


def _from_the_east(*more: Enterprise) -> Location:
    """A plume 90 m west of the steelworks, the wind from the east."""
    event = Event(
        key="k",
        kind=Kind.DRONE,
        source="d",
        label="x",
        start=AT,
        place=Place(longitude=112.099, latitude=36.105),
        wind=Wind(90.0, 300.0),
    )
    return Placing(Register(enterprises=(STEEL, *more))).locate("drones", event)


def test_upwind_is_one_alone_only_where_no_point_lies_there_either() -> None:
    assert (_from_the_east().placed, _from_the_east().owner) == (Placed.LEE, STEEL)
    near = Enterprise(uscc="5", name="近", district="东区", longitude=112.0995, latitude=36.105)
    found = _from_the_east(near)
    assert (found.placed, found.owner, found.enterprise) == (Placed.NEAR, None, near)
    behind = Enterprise(uscc="6", name="后", district="东区", longitude=112.102, latitude=36.105)
    assert _from_the_east(behind).placed is Placed.NEAR  # 270 m, still within reach
    lee = Enterprise(uscc="7", name="下风", district="东区", longitude=112.0985, latitude=36.105)
    far = Enterprise(uscc="8", name="远", district="东区", longitude=112.1024, latitude=36.105)
    assert _from_the_east(lee, far).owner == STEEL


def test_what_reaches_far_is_of_whom_it_lies_in_and_not_of_whom_it_comes_near() -> None:
    def placed(longitude: float, accuracy: float) -> tuple[Placed, Enterprise | None]:
        event = replace(_at(longitude, 36.105, accuracy), sized=True)
        found = Placing(REGISTER).locate("drones", event)
        return found.placed, found.owner

    assert placed(112.104, 200) == (Placed.INSIDE, STEEL)
    assert placed(112.109, 200) == (Placed.NEAR, None)
    assert placed(112.099, 200) == (Placed.NEAR, None)
    assert _at_accuracy(112.099, 200).owner == STEEL  # of a point that is so unsure


def _at_accuracy(longitude: float, accuracy: float) -> Location:
    return Placing(REGISTER).locate("drones", _at(longitude, 36.105, accuracy))


@given(
    st.floats(112.08, 112.14),
    st.floats(36.08, 36.13),
    st.one_of(st.none(), st.floats(0, 3_000)),
)
def test_an_owner_is_within_the_accuracy_and_alone_there(
    longitude: float, latitude: float, accuracy: float | None
) -> None:
    found = placing_of(REGISTER).locate("drones", _at(longitude, latitude, accuracy))
    inside = [
        each
        for each, west in ((STEEL, 112.10), (COKE, 112.11))
        if west <= longitude <= west + 0.01 and 36.10 <= latitude <= 36.11
    ]
    if found.owner is not None:
        assert found.distance is not None
        assert found.distance <= (accuracy or 0) + 0.01
        assert inside in ([], [found.owner])
    elif accuracy is None:
        assert len(inside) != 1 or abs(longitude - 112.11) < 1e-6

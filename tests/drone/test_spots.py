"""Hot spots of a track: what belongs together, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.drone.survey.quantity import Unit, unit
from adapters.drone.survey.spots import Spot, Threshold, Wind, spots
from adapters.drone.survey.track import Series, Track
from monitor.clock import to_ms
from monitor.event import Datum
from monitor.geodesy import Plane, distance

NOON = datetime(2026, 8, 1, 4, tzinfo=UTC)
UNTIMED = settings(deadline=None)
HERE = Plane(112.55, 37.87)


def known(name: str) -> Unit:
    found = unit(name)
    assert found is not None
    return found


def track(
    seconds: list[float], x: list[float], values: list[float], name: str = "ppm", **more: Any
) -> Track:
    longitudes, latitudes = HERE.unproject(x, [0.0] * len(x))
    found = {
        "times_ms": np.array([to_ms(NOON) + round(each * 1000) for each in seconds]),
        "longitudes": longitudes,
        "latitudes": latitudes,
        "datum": Datum.WGS84,
        "heights": None,
        "height_above": None,
        "series": (Series("CH4", known(name), np.array(values, dtype=np.float64)),),
        "wind_speeds": None,
        "wind_directions": None,
        "problems": {},
    }
    return Track(**found | more)


def found(flight: Track, value: float = 10, name: str = "ppm", **gaps: float) -> list[Spot]:
    return spots(flight, {"CH4": Threshold(value, known(name))}, **gaps)


def test_a_spot_and_what_is_said_of_it() -> None:
    flight = track([0, 1, 2, 3, 4], [0, 10, 20, 30, 40], [2, 11, 30, 13, np.nan])
    (spot,) = found(flight)
    assert (spot.pollutant, spot.unit.name) == ("CH4", "ppm")
    assert (spot.peak, spot.mean, spot.points) == (30, 18, 3)
    assert (spot.start, spot.end) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))
    centre = (spot.centre.longitude, spot.centre.latitude)
    assert float(HERE.project(*centre)[0]) == pytest.approx(20, abs=0.01)
    assert spot.centre.accuracy == pytest.approx(10, abs=0.01)
    assert distance((spot.peak_at.longitude, spot.peak_at.latitude), centre) < 0.01
    left, _, right, _ = spot.outline.bounds
    assert (left, right) == (flight.longitudes[1], flight.longitudes[3])
    assert spot.wind is None


def test_nothing_above_is_no_spot() -> None:
    flight = track([0, 1], [0, 10], [10, np.nan])
    assert found(flight) == []
    assert spots(flight, {"SO2": Threshold(1, known("ppm"))}) == []


@pytest.mark.parametrize(
    ("seconds", "x", "count"),
    [
        ([0, 60], [0, 50], 1),
        ([0, 60], [0, 50.5], 2),
        ([0, 60.5], [0, 0], 2),
        ([0, 30, 60, 90], [0, 40, 80, 120], 1),
        ([0, 1, 2, 3], [0, 200, 10, 210], 2),
        ([0, 1, 2], [0, 80, 40], 1),
    ],
)
def test_points_near_in_space_and_time_belong_together(
    seconds: list[float], x: list[float], count: int
) -> None:
    groups = found(track(seconds, x, [20.0] * len(x)), gap_metres=50.01)
    assert len(groups) == count
    assert sum(spot.points for spot in groups) == len(x)


def test_a_threshold_in_another_unit_of_the_same_kind() -> None:
    flight = track([0, 1], [0, 10], [9000, 11_000], "ppb")
    assert [spot.peak for spot in found(flight, 10, "ppm")] == [11_000]


@pytest.mark.parametrize("name", ["ppm·m", "mg/m3"])
def test_a_threshold_of_another_kind_says_nothing(name: str) -> None:
    assert found(track([0], [0], [1e6]), 1, name) == []


def wind(speeds: list[float] | None, directions: list[float] | None) -> Wind | None:
    """Of a spot that all of a track's points but the first are in."""
    count = len(speeds or directions or ())
    flight = track(
        [float(n) for n in range(count + 1)],
        [0.0] * (count + 1),
        [0.0] + [20.0] * count,
        wind_speeds=None if speeds is None else np.array([9, *speeds]),
        wind_directions=None if directions is None else np.array([90, *directions]),
    )
    (spot,) = found(flight)
    return spot.wind


def test_the_wind_while_it_was_flown_through() -> None:
    blown = wind([2, 4, 3, np.nan], [350, 10, 0, np.nan])
    assert blown is not None
    assert blown.speed == 3
    assert blown.direction is not None
    assert (blown.direction + 180) % 360 == pytest.approx(180)


@pytest.mark.parametrize(
    ("speeds", "directions"),
    [
        ([2, 2, 2, 2], [0, 180, 0, 180]),  # cancels out
        ([2, 2, 2, 2], [0, 80, 0, 80]),  # |mean| = cos 40°, under STEADY
        ([2, 2, 2], [0, 120, 240]),
        ([2, 2], [0, 0]),  # too few
        ([2, 2, 2], [0, 0, np.nan]),
        ([2, 2, 2], [np.nan] * 3),
        ([2, 2, 2], None),
        ([1.1, 0.9, 0.8], [0, 0, 0]),  # calm
        (None, [0, 0, 0]),  # calm or not: who knows
        ([np.nan] * 3, [0, 0, 0]),
    ],
)
def test_a_wind_without_a_direction(
    speeds: list[float] | None, directions: list[float] | None
) -> None:
    blown = wind(speeds, directions)
    assert blown is None or blown.direction is None


@pytest.mark.parametrize("directions", [[0, 70, 0, 70], [30, 40, 50]])
def test_a_wind_that_holds_has_one(directions: list[float]) -> None:
    blown = wind([1.0] * len(directions), directions)
    assert blown is not None
    assert blown.direction == pytest.approx(sum(directions) / len(directions))


@UNTIMED
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(-300, 300), st.floats(0, 20)), max_size=25
    ).map(sorted)
)
def test_groups_are_what_every_pair_says(points: list[tuple[int, int, float]]) -> None:
    seconds, x, values = ([float(each[n]) for each in points] for n in range(3))
    groups = found(track(seconds, x, values), gap_metres=50.5) if points else []
    hot = [each for each in points if each[2] > 10]
    assert sorted(spot.points for spot in groups) == sorted(_by_pairs(hot))
    assert all(spot.start <= spot.end and spot.mean <= spot.peak + 1e-9 for spot in groups)


def _by_pairs(points: list[tuple[int, int, float]]) -> list[int]:
    """The sizes of the groups, by looking at every pair until nothing changes."""
    left, sizes = set(range(len(points))), []
    while left:
        group = {left.pop()}
        while more := {b for b in left for a in group if _near(points[a], points[b])}:
            group |= more
            left -= more
        sizes.append(len(group))
    return sizes


def _near(one: tuple[int, int, float], other: tuple[int, int, float]) -> bool:
    return abs(one[0] - other[0]) <= 60 and abs(one[1] - other[1]) <= 50.5

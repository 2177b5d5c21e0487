"""Positions: against surveyed lines and published points, and what must hold of any position."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.event import Datum, Place
from monitor.geodesy import (
    LEAST_DEPRESSION,
    Plane,
    distance,
    distances,
    near_china,
    point_at,
    to_gcj02,
    to_wgs84,
    view_on_ground,
    wgs84_of,
)

UNTIMED = settings(deadline=None)
longitudes, latitudes = st.floats(-180, 180), st.floats(-89, 89)
in_china = st.tuples(st.floats(73, 135), st.floats(2, 55))
"""Well within the rectangle, so that the shifted point is in it as well."""


def dms(degrees: int, minutes: int, seconds: float) -> float:
    return math.copysign(abs(degrees) + minutes / 60 + seconds / 3600, degrees)


FLINDERS_PEAK = (dms(144, 25, 29.52440), dms(-37, 57, 3.72030))
BUNINYONG = (dms(143, 55, 35.38390), dms(-37, 39, 10.15610))
"""The worked example of the Geocentric Datum of Australia Technical Manual (ICSM), chapter 4, on
GRS80, which is WGS-84 but for a tenth of a millimetre."""


def test_a_surveyed_line() -> None:
    assert distance(FLINDERS_PEAK, BUNINYONG) == pytest.approx(54_972.271, abs=0.01)


def test_a_point_at_a_bearing_and_a_distance() -> None:
    found = point_at(*FLINDERS_PEAK, dms(306, 52, 5.37), 54_972.271)
    assert distance(found, BUNINYONG) < 0.5


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((0, 0), (1, 0), 111_319.491),  # 2πa/360 of NGA.STND.0036
        ((0, 0), (0, 1), 110_574.389),  # meridian arc of WGS-84 (NGA, Length of a degree)
        ((179.5, 0), (-179.5, 0), 111_319.491),
        ((10, 90), (-100, 90), 0),
        ((112.5, 37.9), (112.5, 37.9), 0),
    ],
)
def test_known_distances(
    one: tuple[float, float], other: tuple[float, float], metres: float
) -> None:
    assert distance(one, other) == pytest.approx(metres, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [  # the test points of github.com/googollee/eviltransform (python/test.py)
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_points_of_gcj02(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    there = tuple(map(float, to_gcj02(*wgs84)))
    assert there == pytest.approx(gcj02, abs=1e-9)
    assert distance(to_wgs84(*gcj02, Datum.GCJ02), wgs84) < 0.01


@UNTIMED
@given(in_china)
def test_gcj02_and_back_to_centimetres(point: tuple[float, float]) -> None:
    x, y = to_gcj02(*point)
    shift = float(distances(*point, x, y))
    assert 0 < shift < 1000
    assert distance(to_wgs84(float(x), float(y), Datum.GCJ02), point) < 0.01


@UNTIMED
@given(st.floats(-180, 71) | st.floats(138, 180), latitudes)
def test_outside_china_nothing_is_moved(longitude: float, latitude: float) -> None:
    assert not near_china(longitude, latitude)
    assert to_wgs84(longitude, latitude, Datum.GCJ02) == (longitude, latitude)
    assert tuple(map(float, to_gcj02(longitude, latitude))) == (longitude, latitude)


@UNTIMED
@given(longitudes, latitudes, st.sampled_from([Datum.WGS84, Datum.CGCS2000]))
def test_the_other_datums_stay_as_they_are(x: float, y: float, datum: Datum) -> None:
    assert to_wgs84(x, y, datum) == (x, y)


def test_many_at_once_with_some_that_are_none() -> None:
    x, y = np.array([116.4, 2.3, np.nan]), np.array([39.9, 48.9, 30.0])
    found = wgs84_of(x, y, Datum.GCJ02)
    assert tuple(found[0][:2]) == (to_wgs84(116.4, 39.9, Datum.GCJ02)[0], 2.3)
    assert np.isnan(found[0][2])


small = st.floats(-25_000, 25_000)


@UNTIMED
@given(longitudes, latitudes, small, small)
def test_the_plane_and_back(longitude: float, latitude: float, x: float, y: float) -> None:
    plane = Plane(longitude, latitude)
    there = plane.project(*plane.unproject(x, y))
    assert (float(there[0]), float(there[1])) == pytest.approx((x, y), abs=1e-3)


@UNTIMED
@given(longitudes, st.floats(-85, 85), small, small)
def test_lengths_in_the_plane_are_those_on_the_earth(
    longitude: float, latitude: float, x: float, y: float
) -> None:
    away = Plane(longitude, latitude).unproject(x, y)
    found = float(distances(longitude, latitude, *away))
    assert found == pytest.approx(math.hypot(x, y), rel=1e-5, abs=1e-3)


def test_beyond_the_edge_of_the_earth_is_nothing() -> None:
    assert np.isnan(Plane(112, 37).unproject(7e6, 0)[0])


@UNTIMED
@given(longitudes, st.floats(-85, 85), st.floats(0, 360), st.floats(1, 50_000))
def test_a_bearing_there_and_its_distance(
    longitude: float, latitude: float, bearing: float, metres: float
) -> None:
    found = point_at(longitude, latitude, bearing, metres)
    assert distance((longitude, latitude), found) == pytest.approx(metres, rel=1e-5)
    x, y = Plane(longitude, latitude).project(*found)
    turned = math.degrees(math.atan2(x, y)) - bearing
    assert (turned + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


# --- the view of a camera -------------------------------------------------------------------------

CAMERA = Place(longitude=112.55, latitude=37.87, accuracy=2.0, of_camera=True)


def view(pitch: float, yaw: float = 0.0, height: float = 100.0, error: float = 1.0) -> Place | None:
    return view_on_ground(CAMERA, height, yaw, pitch, angle_error=error, height_error=0)


def test_straight_down_is_below_the_camera() -> None:
    seen = view(-90)
    assert seen is not None
    assert (seen.longitude, seen.latitude) == pytest.approx((112.55, 37.87), abs=1e-9)
    assert seen.accuracy == pytest.approx(math.hypot(2, 100 * math.tan(math.radians(1))))
    assert not seen.of_camera


@pytest.mark.parametrize(("yaw", "east", "north"), [(0, 0, 1), (90, 1, 0), (-90, -1, 0)])
def test_a_view_at_45_degrees_is_as_far_as_it_is_high(yaw: float, east: int, north: int) -> None:
    seen = view(-45, yaw)
    assert seen is not None
    x, y = Plane(112.55, 37.87).project(seen.longitude, seen.latitude)
    assert (float(x), float(y)) == pytest.approx((100 * east, 100 * north), abs=0.01)


def test_past_the_nadir_the_view_is_behind() -> None:
    seen = view(-135)
    assert seen is not None
    assert float(Plane(112.55, 37.87).project(seen.longitude, seen.latitude)[1]) == pytest.approx(
        -100, abs=0.01
    )


@pytest.mark.parametrize("pitch", [30, 0, -1, -LEAST_DEPRESSION - 0.9, -179])
def test_at_and_near_the_horizon_is_nothing(pitch: float) -> None:
    assert view(pitch) is None


@pytest.mark.parametrize("height", [0, -5, math.nan])
def test_no_height_no_view(height: float) -> None:
    assert view(-45, height=height) is None


def test_the_height_of_the_ground_shifts_the_view() -> None:
    seen = view_on_ground(CAMERA, 100, 0, -45, angle_error=0, height_error=20)
    assert seen is not None
    assert seen.accuracy == pytest.approx(math.hypot(2, 20))


@UNTIMED
@given(
    st.floats(10, 500),
    st.floats(-90, -10),
    st.floats(-180, 180),
    st.floats(-1, 1),
    st.floats(-1, 1),
)
def test_wrong_angles_stay_within_the_accuracy(
    height: float, pitch: float, yaw: float, more_yaw: float, more_pitch: float
) -> None:
    seen = view(pitch, yaw, height)
    truth = view(pitch + more_pitch, yaw + more_yaw, height)
    assert seen is not None
    assert truth is not None
    assert seen.accuracy is not None
    apart = distance((seen.longitude, seen.latitude), (truth.longitude, truth.latitude))
    assert apart <= seen.accuracy

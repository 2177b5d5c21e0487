"""Photos: every time, position and doubt that a file can hold, in its stated order."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL.ExifTags import GPS, Base

from adapters.drone.survey.exposure import TimeFrom
from adapters.drone.survey.headers import Type
from adapters.drone.survey.photo import Lens, Photo, read
from adapters.drone.survey.problems import PROBLEMS, Unreadable
from adapters.drone.survey.terms import Above
from tests.drone.photos import LOCAL, M4T, STAMPS, jpeg, packet, picture, segment, tags, write
from tests.pictures import HEIC, PDF

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 8, 1, 4, tzinfo=UTC)


@pytest.fixture
def seen(tmp_path: Path) -> Any:
    return lambda data, name="DJI_0001.JPG": read(write(tmp_path, data, name), ZONE)


def test_all_that_an_aircraft_says(seen: Any) -> None:
    photo = seen(jpeg(M4T, tags(at=(112.0, 37.0), image={Base.Make: "DJI"})))
    assert photo.problems == ()
    assert (photo.type, photo.lens) == (Type.JPEG, Lens.WIDE)
    assert (photo.camera.longitude, photo.camera.latitude) == (112.55, 37.87)
    assert photo.camera.of_camera
    assert photo.camera.accuracy == pytest.approx(0.1)
    assert photo.taken_at == NOON + timedelta(seconds=0.25)
    assert photo.time_from is TimeFrom.EXPOSURE
    assert photo.time_text == M4T["UTCAtExposure"]
    assert (photo.altitude, photo.altitude_above) == (881.53, Above.ELLIPSOID)
    assert (photo.height, photo.yaw, photo.pitch) == (100, 90, -45)
    assert (photo.rtk.flag, photo.rtk.height) == (50, 0.05)
    assert (photo.model, photo.aircraft_serial) == ("M4T", "1581F7FVC24CK00D")
    assert photo.camera_serial == "4TCAM0001"
    assert not photo.radiometric


def test_values_as_elements_and_the_misspelt_longitude(seen: Any) -> None:
    values = {"GpsLongtitude": "-112.5", "GpsLatitude": "-37.25"}
    photo = seen(jpeg(packet(values, elements=True)))
    assert (photo.camera.longitude, photo.camera.latitude) == (-112.5, -37.25)


def test_a_telephone_has_exif_alone(seen: Any) -> None:
    exif = tags(
        at=(-112.55, -37.87),
        gps={
            GPS.GPSAltitude: 12.5,
            GPS.GPSAltitudeRef: b"\x01",
            GPS.GPSHPositioningError: 4.75,
        },
        image={Base.Model: "iPhone 15", Base.Orientation: 6},
        photo=LOCAL | {Base.BodySerialNumber: "X1"},
    )
    photo = seen(jpeg(None, exif))
    assert photo.camera.longitude == pytest.approx(-112.55, abs=1e-6)
    assert photo.camera.latitude == pytest.approx(-37.87, abs=1e-6)
    assert photo.camera.accuracy == 4.75
    assert (photo.altitude, photo.altitude_above) == (-12.5, Above.SEA)
    assert (photo.model, photo.orientation, photo.camera_serial) == ("iPhone 15", 6, "X1")
    assert (photo.height, photo.yaw, photo.lens, photo.rtk) == (None, None, None, None)


@pytest.mark.parametrize(
    ("exif", "xmp", "source", "second"),
    [
        ({"photo": LOCAL, "gps": STAMPS}, M4T, TimeFrom.EXPOSURE, 0.25),
        ({"photo": LOCAL, "gps": STAMPS}, None, TimeFrom.GPS, 1.5),
        ({"photo": LOCAL | {Base.OffsetTimeOriginal: "+08:00"}}, None, TimeFrom.OFFSET, 0),
        ({"photo": LOCAL | {Base.OffsetTimeOriginal: "8h"}}, None, TimeFrom.ASSUMED, 0),
        ({"photo": LOCAL}, None, TimeFrom.ASSUMED, 0),
        ({"photo": LOCAL}, {"UTCAtExposure": "2026:08:01 04:00:02"}, TimeFrom.EXPOSURE, 2),
    ],
)
def test_the_best_time_counts(
    seen: Any, exif: dict[str, Any], xmp: dict[str, str] | None, source: TimeFrom, second: float
) -> None:
    photo = seen(jpeg(xmp, tags(**exif)))
    assert (photo.taken_at, photo.time_from) == (NOON + timedelta(seconds=second), source)
    assert ("time-zone-assumed" in photo.problems) is (source is TimeFrom.ASSUMED)


@pytest.mark.parametrize("written", ["soon", "1980-01-06 00:00:00", "2026-13-01 00:00:00", "0001"])
def test_a_time_that_is_none_leaves_the_next_best(seen: Any, written: str) -> None:
    photo = seen(jpeg({"UTCAtExposure": written}, tags(photo=LOCAL)))
    assert (photo.taken_at, photo.time_from) == (NOON, TimeFrom.ASSUMED)
    assert "bad-time" in photo.problems


def test_a_picture_that_says_nothing(seen: Any) -> None:
    photo = seen(picture())
    assert photo.problems == ("no-position", "no-time")
    assert (photo.camera, photo.taken_at, photo.laser) == (None, None, None)
    assert (photo.time_from, photo.time_text) == (None, None)


@pytest.mark.parametrize(
    ("longitude", "latitude", "problems"),
    [
        ("+0.000000", "+0.000000", ("no-position",)),
        ("+112.5", "+97.0", ("bad-position", "no-position")),
        ("112,5", "37", ("no-position",)),
        ("nan", "37", ("no-position",)),
    ],
)
def test_positions_that_are_none(
    seen: Any, longitude: str, latitude: str, problems: tuple[str, ...]
) -> None:
    photo = seen(jpeg(M4T | {"GpsLongitude": longitude, "GpsLatitude": latitude}))
    assert photo.camera is None
    assert photo.problems == problems


@pytest.mark.parametrize(
    ("change", "above"),
    [
        ({"AltitudeType": "GpsFusionAlt"}, Above.SEA),
        ({"AltitudeType": "", "RtkFlag": "0"}, Above.SEA),
        ({"AltitudeType": "", "RtkFlag": "50"}, Above.ELLIPSOID),
    ],
)
def test_what_an_altitude_is_above(seen: Any, change: dict[str, str], above: Above) -> None:
    assert seen(jpeg(M4T | change)).altitude_above is above


def test_without_rtk_no_accuracy_is_stated(seen: Any) -> None:
    assert seen(jpeg(M4T | {"RtkFlag": "0"})).camera.accuracy is None


LASER = {
    "LRFStatus": "Normal",
    "LRFTargetDistance": "141.400",
    "LRFTargetLon": "112.551137",
    "LRFTargetLat": "37.870000",
    "LRFTargetAlt": "-99.000",
    "LRFTargetAbsAlt": "781.500",
}


def test_a_laser_target(seen: Any) -> None:
    laser = seen(jpeg(M4T | LASER)).laser
    assert (laser.longitude, laser.latitude) == (112.551137, 37.87)
    assert (laser.distance, laser.altitude) == (141.4, 781.5)


@pytest.mark.parametrize(
    "change",
    [
        {"LRFStatus": "TooFar"},
        {"LRFTargetDistance": "0.000"},
        {"LRFTargetLon": "0", "LRFTargetLat": "0"},
        {"LRFTargetLat": "120"},
        {"LRFTargetLon": "112.6"},  # four kilometres away, which nobody measured
    ],
)
def test_a_laser_that_measured_nothing(seen: Any, change: dict[str, str]) -> None:
    photo = seen(jpeg(M4T | LASER | change))
    assert photo.laser is None
    assert "laser-invalid" in photo.problems


def test_a_thermal_picture_with_its_raw_data_is_known_and_left_alone(
    seen: Any, tmp_path: Path
) -> None:
    data = jpeg(M4T | {"ImageSource": "InfraredCamera"}, app3=655_360)
    photo = seen(data)
    assert photo.radiometric
    assert photo.lens is Lens.THERMAL
    assert photo.path.read_bytes() == data
    assert not seen(jpeg(M4T | {"ImageSource": "InfraredCamera"})).radiometric


def test_a_tiff_has_its_packet_in_a_tag(seen: Any) -> None:
    exif = tags(image={700: packet(M4T)}, photo=LOCAL)
    photo = seen(picture("TIFF", exif), "x.tif")
    assert photo.type is Type.TIFF
    assert photo.model == "M4T"


def test_a_heic_of_a_telephone(seen: Any) -> None:
    photo = seen(HEIC, "IMG_0001.HEIC")
    assert photo.type is Type.HEIC
    assert photo.problems == ("no-position", "no-time")


def test_the_extension_says_nothing(seen: Any) -> None:
    assert seen(jpeg(M4T), "x.tif").type is Type.JPEG
    assert seen(jpeg(M4T), "...pdf").model == "M4T"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "unknown-type"),
        (PDF, "unknown-type"),
        (b"\xff\xd8\xff\xe1\xff\xff", "broken"),
        (b"\xff\xd8\xff\xe1\0\1" + bytes(100), "broken"),
        (b"\xff\xd8" + b"\xff" * 20_000, "broken"),
        (b"\xff\xd8" + segment(0xE2, b"") * 20_000, "broken"),
        (HEIC[:200], "broken"),
    ],
)
def test_what_is_no_picture(seen: Any, data: bytes, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        seen(data)
    assert caught.value.problem == problem


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&a;" * 100) for n in range(9))
    + b"]><x>&b8;</x>"
)


@pytest.mark.parametrize("raw", [BOMB, b"<x", b"\xff\xfe", b"<x>" * 10_000, b""])
def test_a_packet_that_is_unsafe_or_damaged_does_not_count(seen: Any, raw: bytes) -> None:
    photo = seen(jpeg(raw, tags(at=(112.0, 37.0))))
    assert photo.camera.longitude == pytest.approx(112)
    assert ("xmp-unreadable" in photo.problems) is (raw != b"")


def test_a_huge_picture_is_never_decoded(seen: Any) -> None:
    frame = segment(0xC0, b"\x08" + (30_000).to_bytes(2) * 2 + b"\x01\x01\x11\x00")
    whole = jpeg(M4T)
    tracemalloc.start()
    photo = seen(whole[:2] + frame + whole[2:])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert photo.model == "M4T"
    assert peak < 2 << 20


def test_exif_that_points_to_everything_again_and_again_stays_in_its_budget(seen: Any) -> None:
    count, size = 5000, 1 << 20
    entries = b"".join(
        n.to_bytes(2) + b"\0\x07" + size.to_bytes(4) + (8).to_bytes(4) for n in range(count)
    )
    tiff = b"MM\0*\0\0\0\x08" + count.to_bytes(2) + entries + bytes(size)
    tracemalloc.start()
    photo = seen(tiff, "x.tif")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "exif-unreadable" in photo.problems
    assert peak < 30 << 20


# --- whatever bytes -------------------------------------------------------------------------------

TEMPLATES = [
    jpeg(M4T | LASER, tags(at=(112.0, 37.0), photo=LOCAL, gps=STAMPS)),
    picture("TIFF", tags(image={700: packet(M4T)}, at=(112.0, 37.0), photo=LOCAL)),
    HEIC,
]
damage = st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4)), max_size=8)


def check(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        photo = read(path, ZONE)
    except Unreadable:  # its text is documented, or it could not be made
        return
    assert isinstance(photo, Photo)
    assert set(photo.problems) <= set(PROBLEMS)


@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.sampled_from(TEMPLATES), damage, st.integers(0, 4000))
def test_damage_raises_nothing_else(
    tmp_path: Path, template: bytes, damages: list[tuple[int, bytes]], end: int
) -> None:
    data = bytearray(template[: max(end, 20)])
    for at, more in damages:
        data[at : at + len(more)] = more
    check(tmp_path / "x", bytes(data))


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"II*\0", b"MM\0*", HEIC[:28]]), st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_raise_anything_else(tmp_path: Path, head: bytes, rest: bytes) -> None:
    check(tmp_path / "x", head + rest)


@given(st.dictionaries(st.sampled_from([*M4T, *LASER]), st.text(max_size=12)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_values_raise_anything_else(tmp_path: Path, values: dict[str, str]) -> None:
    check(tmp_path / "x", jpeg(M4T | LASER | values))

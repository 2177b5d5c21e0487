"""The table of FIRMS: whatever it is, in whatever order, as often as it comes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.satellite.firms import codec
from adapters.satellite.firms.detection import Level, Product
from adapters.satellite.firms.problems import PROBLEMS
from tests.satellite.kit import VIIRS, file, row
from tests.video.kit import NOW

MODIS = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,"
    "version,bright_t31,frp,daynight,type"
)


def one(body: bytes) -> tuple[codec.Detection, list[str]]:
    read = codec.read(body, NOW, 100)
    (found,) = read.detections.values()
    return found, list(read.problems)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    for each in (body, VIIRS.encode() + b"\n" + body):
        assert set(codec.read(each, NOW, 5).problems) <= set(PROBLEMS)


cells = st.sampled_from(
    [
        "",
        "36.1",
        "-91",
        "nan",
        "1e999",
        "0436",
        "2026-08-01",
        "2026-13-45",
        "N20",
        "h",
        "1",
        "\0",
        '"',
    ]
) | st.text(max_size=6)


@given(st.lists(st.lists(cells, max_size=16), max_size=5))
def test_no_cells_make_it_fail(rows: list[list[str]]) -> None:
    body = "\n".join((VIIRS, *(",".join(each) for each in rows))).encode("utf-8", "replace")
    read = codec.read(body, NOW, 100)
    assert set(read.problems) <= set(PROBLEMS)
    for found in read.detections.values():
        assert found.at <= NOW.replace(hour=6)
        assert -90 <= found.latitude <= 90


@given(st.data())
def test_the_order_of_rows_and_repetitions_change_nothing(data: st.DataObject) -> None:
    some = [row(36 + n / 100, frp=frp, version=version)
            for n in range(3) for frp in (1, 2) for version in ("2.0NRT", "2")]  # fmt: skip
    rows = data.draw(st.lists(st.sampled_from(some), min_size=1, max_size=20))
    again = data.draw(st.permutations(rows + rows[:3]))
    first, second = codec.read(file(*rows), NOW, 100), codec.read(file(*again), NOW, 100)
    assert first.detections == second.detections


@pytest.mark.parametrize(
    ("clock", "hour", "minute"),
    [
        ("0436", 4, 36),
        ("436", 4, 36),
        ("36", 0, 36),
        ("0", 0, 0),
        ("04:36", 4, 36),
        ("436.0", 4, 36),
    ],
)
def test_times_without_their_leading_zeros(clock: str, hour: int, minute: int) -> None:
    found, problems = one(file(row(time=clock)))
    assert (found.at, problems) == (datetime(2026, 8, 1, hour, minute, tzinfo=UTC), [])


@pytest.mark.parametrize("clock", ["2436", "0460", "", "noon", "43600"])
def test_times_that_are_none(clock: str) -> None:
    read = codec.read(file(row(time=clock)), NOW, 100)
    assert (read.detections, list(read.problems)) == ({}, ["bad-time"])


@pytest.mark.parametrize(
    ("version", "product"),
    [
        ("2.0NRT", Product.NRT),
        ("2.0URT", Product.URT),
        ("6.1RT", Product.RT),
        ("2", Product.STANDARD),
        ("61.03", Product.STANDARD),
    ],
)
def test_every_product_has_the_same_key(version: str, product: Product) -> None:
    found, problems = one(file(row(version=version)))
    assert (found.product, problems) == (product, [])
    assert found.key == one(file(row()))[0].key


def test_the_archive_names_satellites_otherwise_and_has_fewer_decimals() -> None:
    archive = file(row(satellite="1", version="2")).replace(
        b"36.10500,112.10500", b"36.105,112.1050"
    )
    assert one(archive)[0].key == one(file(row(36.10501, 112.10498)))[0].key
    assert one(file(row(satellite="N21")))[0].key != one(file(row()))[0].key


def test_the_accuracy_is_half_the_diagonal_of_the_pixel() -> None:
    assert one(file(row()))[0].accuracy == 320.2  # 0.4 by 0.5 km
    body = file(row().replace("0.4,0.5", ","))
    found, problems = one(body)
    assert (found.scan, found.track, problems) == (0.375, 0.375, ["pixel-assumed"])


@pytest.mark.parametrize(
    ("confidence", "level"),
    [("0", "low"), ("29", "low"), ("30", "nominal"), ("79", "nominal"), ("80", "high")],
)
def test_modis_is_sure_in_per_cent(confidence: str, level: str) -> None:
    line = f"36.1051,112.1052,330.5,1.2,1.1,2026-08-01,315,T,MODIS,{confidence},61.03,290,20,D,2"
    found, problems = one(f"{MODIS}\n{line}\n".encode())
    assert (found.confidence, found.level, problems) == (int(confidence), Level(level), [])
    assert (found.satellite, found.type) == ("Terra", 2)


def test_rows_are_bounded() -> None:
    read = codec.read(file(*(row(36 + n / 100) for n in range(9))), NOW, 5)
    assert (len(read.detections), list(read.problems)) == (5, ["too-many-rows"])

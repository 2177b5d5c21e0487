"""Gas tracks: whatever a maker's file looks like, the same points come out of it, or a named problem."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pydantic import ValidationError

from adapters.drone.survey import table
from adapters.drone.survey.problems import PROBLEMS, UNREADABLE, Unreadable
from adapters.drone.survey.profile import SHIPPED, Profile, shipped
from adapters.drone.survey.quantity import Quantity, factor, unit
from adapters.drone.survey.terms import Above
from adapters.drone.survey.track import Track, read
from monitor.clock import to_ms
from monitor.event import Datum
from monitor.geodesy import to_wgs84

ZONE = ZoneInfo("Asia/Shanghai")
NOON_MS = to_ms(datetime(2026, 8, 1, 4, tzinfo=UTC))
LOCAL_NOON = datetime(2026, 8, 1, 12)  # noqa: DTZ001 - a workbook knows no zones
SIMPLE = {
    "time": ["时间", "time"],
    "time_formats": ["%Y-%m-%d %H:%M:%S", "iso"],
    "longitude": ["经度", "lon"],
    "latitude": ["纬度", "lat"],
    "values": [
        {"pollutant": "CH4", "column": ["甲烷", "ch4"]},
        {"pollutant": "a21026", "column": ["SO2"], "unit": "ug/m3"},
    ],
}
HEADER = "时间,经度,纬度,甲烷（ppm·m）,SO2"
ROW = "2026-08-01 12:00:00,112.55,37.87,35.5,60"


@pytest.fixture
def track(tmp_path: Path) -> Any:
    def made(data: bytes | str, profile: Profile | None = None, **change: Any) -> Track:
        path = tmp_path / "track"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read(path, profile or Profile.model_validate(SIMPLE | change), ZONE)

    return made


def workbook(*rows: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new book has an active sheet
    book.save(out)
    return out.getvalue()


def test_points_with_their_series_and_units(track: Any) -> None:
    found = track(f"{HEADER}\n{ROW}\n")
    assert list(found.times_ms) == [NOON_MS]
    assert (found.longitudes[0], found.latitudes[0]) == (112.55, 37.87)
    methane, dioxide = found.series
    assert (methane.pollutant, methane.unit.name, methane.values[0]) == ("CH4", "ppm·m", 35.5)
    assert (dioxide.pollutant, dioxide.unit.name, dioxide.values[0]) == ("a21026", "ug/m3", 60)
    assert methane.unit.quantity is Quantity.PATH
    assert dioxide.unit.quantity is Quantity.MASS
    assert (found.heights, found.wind_speeds, found.wind_directions) == (None, None, None)
    assert found.problems == {"time-zone-assumed": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "\n航线：一号, 甲; 乙\n\n"])
def test_encodings_delimiters_and_lines_above_the_header(
    track: Any, encoding: str, delimiter: str, before: str
) -> None:
    text = before + f"{HEADER}\r\n{ROW}\r\n".replace(",", delimiter)
    found = track(text.encode(encoding))
    assert list(found.series[0].values) == [35.5]
    assert ("gb18030" in found.problems) is encoding.startswith("gb")


def test_a_workbook_with_times_of_its_own(track: Any) -> None:
    header = ["Time", "LON", " lat ", "CH4 [PPM]", "SO2（μg/m³）"]
    found = track(workbook(["由无人机导出"], [], header, [LOCAL_NOON, 112.55, 37.87, 2, "—"]))
    assert list(found.times_ms) == [NOON_MS]
    assert found.series[0].unit.quantity is Quantity.FRACTION
    assert np.isnan(found.series[1].values[0])
    assert found.problems == {"time-zone-assumed": 1, "not-a-number": 1}


@pytest.mark.parametrize(
    "cells",
    [
        (date(2026, 8, 1), time(12)),
        (LOCAL_NOON, time(12)),
        ("2026-08-01", "12:00:00"),
        ("2026-08-01", time(12)),
    ],
)
def test_day_and_time_in_two_columns(track: Any, cells: tuple[Any, Any]) -> None:
    rows = ["日期", *HEADER.split(",")], [*cells, "112.55", 37.87, 2, 3]
    assert list(track(workbook(*rows), date=["日期"]).times_ms) == [NOON_MS]


@pytest.mark.parametrize(
    ("formats", "written"),
    [
        (["epoch_s"], "1785556800"),
        (["epoch_ms"], "1785556800000"),
        (["iso"], "2026-08-01T04:00:00Z"),
        (["iso"], "2026-08-01T13:00:00+09:00"),
        (["%d.%m.%Y %H:%M", "%Y%m%d%H%M%S"], "20260801120000"),
    ],
)
def test_times(track: Any, formats: list[str], written: str) -> None:
    found = track(f"{HEADER}\n{written},112,37,1,1\n", time_formats=formats)
    assert list(found.times_ms) == [NOON_MS]


def test_a_zone_of_the_profile_is_not_assumed(track: Any) -> None:
    found = track(f"{HEADER}\n{ROW}\n", zone="UTC")
    assert list(found.times_ms) == [NOON_MS + 8 * 3_600_000]
    assert found.problems == {}


def test_rows_that_lack_something_are_counted_by_what_they_lack(track: Any) -> None:
    rows = [
        "2026-08-01 12:00:02,112.55,37.87,-9999,n/a",
        "2026-08-01 12:00:01,112.55,37.87,1,2",
        ",112.55,37.87,1,2",
        "noon,112.55,37.87,1,2",
        "1999-08-01 12:00:00,112.55,37.87,1,2",
        "2026-08-01 12:00:00,,37.87,1,2",
        "2026-08-01 12:00:00,0,0,1,2",
        "2026-08-01 12:00:00,112.55,97.87,1,2",
        "2026-08-01 12:00:00,112.55",
        f"2026-08-01 12:00:00,112.55,37.87,1,{'x' * 2000}",
    ]
    found = track("\n".join([HEADER, *rows]), missing=["-9999.0", "N/A"])
    assert list(found.times_ms) == [NOON_MS + 1000, NOON_MS + 2000]
    assert list(found.series[0].values) == pytest.approx([1, np.nan], nan_ok=True)
    assert found.problems == {
        "time-zone-assumed": 1,
        "unordered-time": 1,
        "no-time": 1,
        "bad-time": 2,
        "no-position": 3,
        "bad-position": 1,
        "overlong-cell": 1,
        "not-a-number": 1,  # the empty longitude, which this profile does not call missing
    }
    assert set(found.problems) <= set(PROBLEMS)


def test_gcj02_is_turned_back(track: Any) -> None:
    found = track(f"{HEADER}\n{ROW}\n", datum="gcj02")
    there = to_wgs84(112.55, 37.87, Datum.GCJ02)
    assert (found.longitudes[0], found.latitudes[0]) == there
    assert found.datum is Datum.GCJ02


def test_units_of_the_header_and_the_profile(track: Any) -> None:
    found = track(f"time,lon,lat,CH4,SO2/(mg/m3)\n{ROW}\n")
    (dioxide,) = found.series
    assert dioxide.unit.name == "mg/m3"
    assert (found.problems["no-unit"], found.problems["unit-by-header"]) == (1, 1)


def test_wind_in_the_headers_unit(track: Any) -> None:
    found = track(
        f"{HEADER},风速(km/h),风向\n{ROW},36,270\n", wind_speed=["风速"], wind_direction=["风向"]
    )
    assert (found.wind_speeds[0], found.wind_directions[0]) == (pytest.approx(10), 270)


def test_columns_that_are_not_there_are_counted(track: Any) -> None:
    found = track(f"time,lon,lat,SO2\n{ROW}\n", wind_speed=["风速"])
    assert found.problems["missing-column"] == 2


# --- the profiles that are shipped ---------------------------------------------------------------

SKYHUB = (
    "Elapsed,Date,Time,Pitch,Roll,Heading,Latitude,Longitude,Altitude,Next WP,Velocity,RTK Status,"
    "Ellipsoidal Height,ALT:Altitude,AIR:Speed,AIR:Direction,GAS:Methane,GAS:Status\n"
    "1000,2026/08/01,04:00:00.500,0.1,0.2,90,37.87,112.55,30.5,1,3,50,812,29.8,2.5,315,12,0\n"
)
"""manuals-skyhub.sphengineering.com, Position log; the payload's columns as PositionData's tests have
them (github.com/sphengineering)."""
GASFLUX = (
    "timestamp,latitude,longitude,altitude_ato,windspeed,winddir,temperature,pressure,ch4,co2\n"
    "2026-08-01 12:00:00.500,37.87,112.55,30.5,2.5,315,21,920,12,410\n"
)
"""The README of GasFlux."""
AERIS = (
    "Time Stamp,Inlet Number,P (mbars),CH4 (ppm),H2O (ppm),C2H6 (ppb),GPS Time,Latitude,Longitude,"
    "Alt. (m)\n08/01/2026 12:00:00.500,0,920,12,9000,3.5,040000,37.87,112.55,30.5\n"
)


@pytest.mark.parametrize(
    ("name", "text", "unit_name", "above", "wind"),
    [
        ("skyhub", SKYHUB, "ppm·m", Above.TAKEOFF, 2.5),
        ("gasflux", GASFLUX, "ppm", Above.TAKEOFF, 2.5),
        ("aeris", AERIS, "ppm", Above.SEA, None),
    ],
)
def test_shipped_profiles(
    track: Any, name: str, text: str, unit_name: str, above: Above, wind: float | None
) -> None:
    found = track(text, shipped(name))
    assert list(found.times_ms) == [NOON_MS + 500]
    assert (found.longitudes[0], found.latitudes[0]) == (112.55, 37.87)
    assert (found.heights[0], found.height_above) == (30.5, above)
    assert (found.series[0].pollutant, found.series[0].unit.name) == ("CH4", unit_name)
    assert found.series[0].values[0] == 12
    assert (found.wind_speeds is not None and found.wind_speeds[0]) == (wind or False)


def test_every_shipped_profile_names_its_source() -> None:
    assert all(shipped(name).source for name in SHIPPED)
    with pytest.raises(ValueError, match="no such profile"):
        shipped("../skyhub")


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Mars/Olympus"},
        {"time_formats": ["yyyy"]},
        {"values": []},
        {"values": [{"pollutant": "CH4", "column": ["ch4"], "unit": "furlong"}]},
        {"height": ["h"]},
        {"wind_speed_unit": "knots"},
        {"altitude": ["h"]},
    ],
)
def test_a_profile_that_cannot_be_meant(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(SIMPLE | change)


# --- units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name", "quantity"),
    [
        ("ppm", "ppm", Quantity.FRACTION),
        ("PPMv", "ppm", Quantity.FRACTION),
        ("ppb", "ppb", Quantity.FRACTION),
        ("%VOL", "%", Quantity.FRACTION),
        ("ppm·m", "ppm·m", Quantity.PATH),
        ("ppm*m", "ppm·m", Quantity.PATH),
        ("ppm-m", "ppm·m", Quantity.PATH),
        ("PPM.M", "ppm·m", Quantity.PATH),
        ("µg/m³", "ug/m3", Quantity.MASS),
        ("μg／m3", "ug/m3", Quantity.MASS),
        ("毫克/立方米", "mg/m3", Quantity.MASS),
    ],
)
def test_spellings_of_units(written: str, name: str, quantity: Quantity) -> None:
    found = unit(written)
    assert found is not None
    assert (found.name, found.quantity) == (name, quantity)


def test_no_factor_leads_from_a_point_to_a_path() -> None:
    ppm, ppb, path, mass = map(unit, ("ppm", "ppb", "ppm·m", "mg/m3"))
    assert ppm
    assert ppb
    assert path
    assert mass
    assert factor(ppb, ppm) == pytest.approx(0.001)
    assert factor(ppm, path) is None
    assert factor(ppm, mass) is None
    assert unit("m/s") is None


# --- hostile files --------------------------------------------------------------------------------


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return out.getvalue()


SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"


def with_shared_strings(entries: dict[str, bytes]) -> dict[str, bytes]:
    """As Excel writes it: texts in a part of their own (ISO/IEC 29500-1, 18.4)."""
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        texts.append(found[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    inline = r't="inlineStr"><is><t>(.*?)</t></is>'
    sheet = re.sub(inline, shared, entries[SHEET].decode("utf-8"))
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    part = (
        f'<Override PartName="/{STRINGS}" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    return entries | {
        SHEET: sheet.encode(),
        STRINGS: f'<sst xmlns="{MAIN}">{items}</sst>'.encode(),
        TYPES: entries[TYPES].replace(b"</Types>", part.encode()),
    }


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
GOOD = with_shared_strings(parts(workbook(HEADER.split(","), ROW.split(","))))
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
XML = b'<?xml version="1.0"?>'
LYING = packed(GOOD | {SHEET: b"x" * 5000}).replace((5000).to_bytes(4, "little"), b"\x10\0\0\0")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no-header"),
        (b"just a text", "no-header"),
        (b"\xff\xff\xff\x00\x80", "unknown-encoding"),
        (f"{HEADER}\n".encode(), "no-rows"),
        (f"{HEADER}{',' * 300}\n{ROW}".encode(), "too-many-columns"),
        (b"PK\x03\x04 and no more", "broken"),
        (packed({"a.txt": b"x"}), "broken"),
        (packed(GOOD | {"xl/media/x.png": bytes(9 << 20)}), "unpacked-too-large"),
        (packed(GOOD | {f"xl/worksheets/s{n}.xml": bytes(2**20) for n in range(33)}),
         "unpacked-too-large"),
        (packed(GOOD | {SHEET: b"<row>" + b"<c/>" * 2**20}), "unpacked-too-large"),
        (packed(GOOD | {f"x/{n}": b"" for n in range(2001)}), "unpacked-too-large"),
        (packed(GOOD, zipfile.ZIP_LZMA), "broken"),
        (LYING, "broken"),
        (packed(GOOD | {STRINGS: GOOD[STRINGS].replace(b"<sst", ENTITIES + b"<sst", 1)}),
         "unsafe-xml"),
        (packed(GOOD | {SHEET: XML + ENTITIES + b"<worksheet>&b;</worksheet>"}), "unsafe-xml"),
    ],
)  # fmt: skip
def test_what_is_refused(track: Any, data: bytes, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        track(data)
    assert caught.value.problem == problem
    assert problem in UNREADABLE


def test_texts_in_a_part_of_their_own(track: Any) -> None:
    assert list(track(packed(GOOD)).series[0].values) == [35.5]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b'<row r="5000"><c r="A5000" t="n"><v>1</v></c></row>', None),
        (b'<row r="99999999999"><c r="A1" t="n"><v>1</v></c></row>', "too-many-rows"),
        (b'<row r="3"><c r="XFD3" t="n"><v>1</v></c></row>', "too-many-columns"),
    ],
)
def test_a_sheet_that_is_far_and_wide(track: Any, row: bytes, problem: str | None) -> None:
    data = packed(GOOD | {SHEET: GOOD[SHEET].replace(b"</sheetData>", row + b"</sheetData>")})
    if problem is None:
        assert list(track(data).series[0].values) == [35.5]
        return
    with pytest.raises(Unreadable) as caught:
        track(data)
    assert caught.value.problem == problem


def test_too_many_rows(track: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROWS", 100)
    assert len(track(f"{HEADER}\n" + f"{ROW}\n" * 99).times_ms) == 99
    with pytest.raises(Unreadable, match="more rows"):
        track(f"{HEADER}\n" + f"{ROW}\n" * 100)


def test_too_large_a_text(track: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "TEXT_BYTES", 100)
    with pytest.raises(Unreadable, match="larger than"):
        track(f"{HEADER}\n" + f"{ROW}\n" * 100)


# --- whatever bytes -------------------------------------------------------------------------------

damage = st.lists(st.tuples(st.integers(0, 6000), st.binary(max_size=6)), max_size=6)
TEMPLATES = [f"{HEADER}\n{ROW}\n{ROW}".encode(), f"{HEADER}\n{ROW}".encode("utf-16"), packed(GOOD)]


def check(track: Any, data: bytes) -> None:
    try:
        found = track(data)
    except Unreadable:
        return
    assert set(found.problems) <= set(PROBLEMS)
    assert {len(each.values) for each in found.series} <= {len(found.times_ms)}


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.sampled_from(TEMPLATES), damage)
def test_damage_raises_nothing_else(
    track: Any, template: bytes, damages: list[tuple[int, bytes]]
) -> None:
    data = bytearray(template)
    for at, more in damages:
        data[at : at + len(more)] = more
    check(track, bytes(data))


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.sampled_from([SHEET, STRINGS, TYPES, "xl/workbook.xml", "xl/styles.xml"]),
    damage,
)
def test_damage_within_a_workbook_raises_nothing_else(
    track: Any, part: str, damages: list[tuple[int, bytes]]
) -> None:
    data = bytearray(GOOD[part])
    for at, more in damages:
        at %= len(data)
        data[at : at + len(more)] = more
    check(track, packed(GOOD | {part: bytes(data)}, zipfile.ZIP_STORED))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(st.text(max_size=8) | st.floats().map(str), max_size=6), max_size=6))
def test_no_cells_raise_anything_else(track: Any, rows: list[list[str]]) -> None:
    lines = [HEADER, *(",".join(row) for row in rows)]
    check(track, "\n".join(lines).encode("utf-8", "replace"))

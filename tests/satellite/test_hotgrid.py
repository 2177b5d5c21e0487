"""Lists of hot cells: tables, workbooks and GeoJSON say the same; nothing makes them fail."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from adapters.satellite.hotgrid import Adapter, codec, period
from adapters.satellite.hotgrid.cells import COLUMNS, Terms
from adapters.satellite.hotgrid.config import Config
from adapters.satellite.hotgrid.problems import PROBLEMS
from tests.video.kit import NOW, Bench, pushed

ZONE = ZoneInfo("Asia/Shanghai")
HEADER = ["网格编号", "经度", "纬度", "边长(km)", "月份", "污染物", "类型", "排名", "数值"]
ROWS = [
    ["HD-1", 112.105, 36.105, 3, "2026-07", "PM2.5", "浓度最高", 1, 88.5],
    ["HD-2", 112.2, 36.2, 3, "2026-07", "PM2.5", "环比恶化", 2, 70],
]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, "grid")


def text(*rows: list[Any]) -> bytes:
    return "\n".join(",".join(str(cell) for cell in row) for row in rows).encode()


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def push(bench: Bench, body: bytes, path: str = "", **more: Any) -> tuple[int, Any]:
    config = Config.model_validate({"type": "hotgrid", "name": "grid", **more})
    adapter = Adapter(config, bench.context())
    answer = await adapter.door.receive(pushed(body, {}, path=path))
    return answer.status, json.loads(answer.body)


def read(tmp_path: Path, body: bytes) -> codec.Read:
    path = tmp_path / "list"
    path.write_bytes(body)
    return codec.read(path, Terms(ZONE, 3000.0, "2026-07"), NOW, 100)


async def test_a_workbook_a_table_and_geojson_say_the_same(bench: Bench) -> None:
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(HEADER, row, strict=True)),
            "geometry": {"type": "Point", "coordinates": row[1:3]},
        }
        for row in ROWS
    ]
    collection = {"type": "FeatureCollection", "features": features}
    title = ["2026年7月热点网格"]
    written = date(2026, 7, 1)
    for body in (
        text(HEADER, *ROWS),
        text(title, HEADER, *ROWS[::-1]),
        workbook(title, HEADER, *([*row[:4], written, *row[5:]] for row in ROWS)),
        json.dumps(collection).encode(),
    ):
        assert await push(bench, body) == (200, {"cells": 2, "problems": []})
    first, *others = ({event.key: event for event in each.events} for each in bench.kept)
    assert others == [first] * 3
    event = first["HD-1|PM2.5|浓度最高|20260701-20260731"]
    assert event.sized
    assert event.place is not None
    assert event.place.accuracy == 2121.3  # half the diagonal of 3 km
    assert event.details["value"] == 88.5


async def test_too_many_rows_are_refused_and_nothing_is_kept(bench: Bench) -> None:
    status, answer = await push(bench, text(HEADER, *ROWS), max_rows=1)
    assert (status, bench.kept) == (413, [])
    assert "in parts" in answer["detail"]


async def test_the_period_may_stand_in_the_address(bench: Bench) -> None:
    body = text(["grid", "lon", "lat"], ["G1", 112.1, 36.1])
    assert (await push(bench, body))[1]["problems"] == ["size-assumed", "bad-period"]
    assert (await push(bench, body, "2026-06", cell_metres=500))[1]["cells"] == 1
    (event,) = bench.events
    assert (event.start.month, event.end and event.end.day) == (6, 30)
    assert event.place is not None
    assert event.place.accuracy == 353.6


async def test_lists_of_long_ago_raise_no_alarm_of_now(bench: Bench) -> None:
    await push(bench, text(["grid", "lon", "lat", "month"], ["G1", 112.1, 36.1, "2025-07"]))
    assert [event.supplementary for event in bench.events] == [True]


async def test_a_fault_of_the_reader_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.satellite.hotgrid.codec.read", lambda *_: 1 / 0)
    assert await push(bench, b"x") == (200, {"cells": 0, "problems": ["not-readable"]})
    assert (bench.frame.raw, bench.frame.verdict) == (b"x", "refused")


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-07", "07-01", "07-31"),
        ("202602", "02-01", "02-28"),
        ("2026年12月", "12-01", "12-31"),
        ("2026/7/5", "07-05", "07-05"),
        ("20260705", "07-05", "07-05"),
        ("2026年7月5日", "07-05", "07-05"),
        ("2026-07-01 00:00:00", "07-01", "07-01"),
        ("2026-07-01至2026-07-15", "07-01", "07-15"),
        ("2026-07-01/2026-07-15", "07-01", "07-15"),
        ("2026.07 - 2026.08", "07-01", "08-31"),
    ],
)
def test_periods_as_people_write_them(written: str, first: str, last: str) -> None:
    found = period.read(written, ZONE)
    assert found is not None
    assert [f"{at:%m-%d}" for at in found] == [first, last]
    assert found[0].utcoffset() == ZONE.utcoffset(found[0])


@given(st.text(max_size=30) | st.text("0123456789-/年月日至 ", max_size=24))
def test_no_text_makes_a_period_fail(written: str) -> None:
    for month in (True, False):
        found = period.read(written, ZONE, month=month)
        assert found is None or found[0] < found[1]


def test_months_that_follow_each_other_do_not_touch() -> None:
    july, august = period.read("2026-07", ZONE), period.read("2026-08", ZONE)
    assert july is not None
    assert august is not None
    assert july[1] < august[0]


names = st.sampled_from(sorted(name for several in COLUMNS.values() for name in several))
values = st.sampled_from(
    ["", "112.1", "36.1", "-200", "nan", "2026-07", "3km", "POLYGON EMPTY", "POINT(1 2)", "G1"]
) | st.text(max_size=8)
quiet = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@quiet
@given(st.lists(names, max_size=8), st.lists(st.lists(values, max_size=8), max_size=4))
def test_no_table_makes_it_fail(tmp_path: Path, header: list[str], rows: list[list[str]]) -> None:
    found = read(tmp_path, text(["lon", "lat", *header], *rows))
    assert set(found.problems) <= set(PROBLEMS)


@quiet
@given(st.sampled_from([b"", b"{", b"PK\x03\x04", b'{"type":']), st.binary(max_size=200))
def test_no_bytes_make_it_fail(tmp_path: Path, head: bytes, rest: bytes) -> None:
    found = read(tmp_path, head + rest)
    assert set(found.problems) <= set(PROBLEMS)


@quiet
@given(st.data())
def test_the_order_of_rows_and_repetitions_change_nothing(
    tmp_path: Path, data: st.DataObject
) -> None:
    some = [[f"G{n}", 112.1 + n / 100, 36.1, rank] for n in range(3) for rank in (1, 2)]
    rows = data.draw(st.lists(st.sampled_from(some), min_size=1, max_size=8))
    again = data.draw(st.permutations(rows + rows[:2]))
    header = ["grid", "lon", "lat", "rank"]
    first, second = (read(tmp_path, text(header, *each)) for each in (rows, again))
    assert first.cells == second.cells

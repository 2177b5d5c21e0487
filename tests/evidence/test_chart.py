"""The chart: readable at every scale, and never broken by what is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import to_ms
from monitor.evidence import words
from monitor.evidence.chart import Drawing, Words, draw, number, ticks

ZONE = ZoneInfo("Asia/Shanghai")
START = to_ms(datetime(2026, 11, 19, 4, 10, tzinfo=UTC))
HOUR = 3_600_000
DRAWING = Drawing(
    start_ms=START,
    end_ms=START + 4 * HOUR,
    values=[(START, START + HOUR, 30.0), (START + HOUR, START + 2 * HOUR, 70.0)],
    over=[(START + HOUR, START + 2 * HOUR, 70.0, 35.0)],
    bounds=[(0, 1 << 52, 35.0)],
    marked=[(START, START + HOUR)],
    gap_ms=HOUR,
    words=Words(
        title="<二氧化硫>", unit="mg/m³", values="上报值", over="超标", bound="限值", marked="标记",
        time="时间",
    ),
    zone=ZONE,
)  # fmt: skip


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter() if each.text]


def test_axes_limit_and_legend_are_labelled() -> None:
    said = texts(draw(DRAWING))
    for text in ("<二氧化硫>", "mg/m³", "限值 35", "超标", "标记", "11-19 13:00", "0", "80"):
        assert text in said, text
    assert "标记" not in texts(draw(replace(DRAWING, marked=[])))


@pytest.mark.parametrize(
    ("span", "first"),
    [
        (timedelta(minutes=7), "11-19 12:10"),
        (timedelta(hours=5), "11-19 13:00"),
        (timedelta(days=6), "2026-11-20"),
        (timedelta(days=4000), "2026-11-20"),
    ],
)
def test_times_are_few_and_round(span: timedelta, first: str) -> None:
    found = ticks(START, START + span // timedelta(milliseconds=1), ZONE)
    assert 2 <= len(found) <= 9
    assert found[0][1] == first


reals = st.floats(-1e9, 1e9, allow_nan=False)
spans = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 10**8), reals).map(
        lambda t: (START + t[0], START + t[0] + t[1], t[2])
    ),
    max_size=20,
)


@given(spans, spans, st.integers(0, 10**11))
def test_whatever_is_drawn_is_xml_with_finite_places(
    values: list[tuple[int, int, float]], bounds: list[tuple[int, int, float]], length: int
) -> None:
    svg = draw(
        replace(
            DRAWING,
            end_ms=START + length,
            values=values,
            bounds=bounds,
            over=[(s, e, v, v / 2) for s, e, v in values],
        )
    )
    ElementTree.fromstring(svg)
    assert "nan" not in svg
    assert "inf" not in svg


def test_many_values_are_drawn_with_their_peaks() -> None:
    many = [(START + n * 1000, START + n * 1000, 10.0) for n in range(20_000)]
    many[7_777] = (many[7_777][0], many[7_777][0], 99.0)
    svg = draw(replace(DRAWING, end_ms=START + 20_000_000, values=many, over=[]))
    assert len(svg) < 100_000
    assert "100" in texts(svg)


def test_numbers_are_written_as_people_do() -> None:
    said = [number(n) for n in (35.0, 0.1, 92.6, 1e9, -0.0, 0.0000125, None)]
    assert said == ["35", "0.1", "92.6", "1000000000", "0", "1.25e-05", "—"]
    assert [words.ratio(n) for n in (1.0, 0.004, 0.0, -0.5, None)] == [
        "1.00",
        "0.004",
        "0.00",
        "-0.50",
        "—",
    ]

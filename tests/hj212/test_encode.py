"""Encoding is the inverse of decoding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hj212 import codec
from tests.hj212.frames import MN, ZONE, decoded

SHAPE = {
    "edition": "2017", "qn": "20260801120001000", "st": "31", "cn": "2061", "pw": "123456",
    "mn": MN, "flag": 7, "ack_wanted": True, "packet": {"number": 1, "total": 2}, "resent": False,
    "encrypted": False, "data_time": "2026-08-01T12:00:00+08:00", "items": {"PolId": "a21026"},
    "pollutants": {"a21026": {"Avg": 35.2, "Cou": 1, "Flag": "N"}, "w01018": {"Avg": None}},
    "crc": "hj212", "problems": ["empty-value"],
}  # fmt: skip


def test_a_shape_becomes_the_frame_it_came_from() -> None:
    raw = codec.encode(SHAPE)
    assert raw.startswith(b"##0191QN=20260801120001000;ST=31;CN=2061;PW=123456;MN=")
    assert (
        b"Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20260801120000;PolId=a21026;a21026-Avg=35.2,a21026-Cou=1,"
        in raw
    )
    assert decoded(raw) == SHAPE


def test_little_is_enough() -> None:
    raw = codec.encode({"st": "31", "cn": "9015", "mn": MN, "edition": "2025", "ack_wanted": True})
    assert raw.startswith(b"##")
    assert b"ST=31;CN=9015;MN=" in raw
    assert b";Flag=9;CP=&&&&" in raw


@pytest.mark.parametrize("kind", ["hj212", "modbus", "modbus-swapped", "bad"])
def test_every_kind_of_crc_can_be_made(kind: str) -> None:
    assert decoded(codec.encode({**SHAPE, "crc": kind}))["crc"] == kind


def test_codes_of_2005_are_sent_as_they_came() -> None:
    raw = codec.encode({**SHAPE, "pollutants": {"w01018": {"Avg": 1.5, "as_sent": "011"}}})
    assert b"011-Avg=1.5&&" in raw
    assert decoded(raw)["pollutants"] == {"w01018": {"Avg": 1.5, "as_sent": "011"}}


@pytest.mark.parametrize(
    "change",
    [
        {"mn": "A;B"},
        {"pw": "a,b"},
        {"items": {"a": "1&&2"}},
        {"pollutants": {"a;1": {"Avg": 1}}},
        {"items": {"a": "x" * 10000}},
        {"data_time": "yesterday"},
    ],
)
def test_what_no_frame_can_hold_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"separator|9999|isoformat"):
        codec.encode({**SHAPE, **change})


names = st.from_regex("[a-z][0-9]{5}", fullmatch=True).filter(lambda code: code[0] != "i")
finite = st.one_of(
    st.integers(-(10**14), 10**14),
    st.decimals(-10_000, 100_000, places=3).map(float),
    st.none(),
)
marks = st.sampled_from(["N", "D", "Td", "故障"])
factors = st.dictionaries(
    st.sampled_from(["Rtd", "Avg", "Min", "Cou", "ZsAvg"]), finite, min_size=1
)
shapes = st.fixed_dictionaries(
    {
        "qn": st.none() | st.from_regex("[0-9]{17}", fullmatch=True),
        "st": st.sampled_from(["21", "31", "32", "39"]),
        "cn": st.sampled_from(["2011", "2051", "2061", "3020"]),
        "pw": st.none() | st.from_regex("[A-Za-z0-9]{0,9}", fullmatch=True),
        "mn": st.none() | st.from_regex("[0-9A-F]{24}", fullmatch=True),
        "flag": st.none() | st.integers(0, 11),
        "packet": st.none() | st.just({"number": 1, "total": 3}),
        "resent": st.booleans(),
        "data_time": st.none() | st.just("2026-08-01T12:00:00+08:00"),
        "items": st.dictionaries(st.sampled_from(["PolId", "SystemTime", "x9"]), marks),
        "pollutants": st.dictionaries(names, factors, max_size=5),
        "crc": st.sampled_from(["hj212", "modbus", "bad"]),
    }
)


@settings(max_examples=200)
@given(shapes)
def test_decoding_what_was_encoded_gives_it_back(shape: dict[str, Any]) -> None:
    back = codec.to_json(codec.decode(codec.encode(shape)), ZONE)
    assert {key: back[key] for key in shape} == shape


@settings(max_examples=200)
@given(shapes)
def test_and_the_other_way_round(shape: dict[str, Any]) -> None:
    raw = codec.encode(shape)
    assert codec.encode(decoded(raw)) == raw


@pytest.mark.parametrize("name", ["NewPW", "NewSK"])
def test_what_was_masked_is_not_sent_for_what_it_was(name: str) -> None:
    with pytest.raises(ValueError, match="masked"):
        codec.encode({"cn": "1072", "mn": "M", "items": {name: "***"}})

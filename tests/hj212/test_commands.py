"""Who is answered, and how."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.hj212 import codec, commands
from adapters.hj212.frame import build
from tests.hj212.frames import MN, decoded, make, segment

DATA = "DataTime=20260801120000;a21026-Rtd=1"


def answer(raw: bytes) -> str | None:
    """The data segment of the answer."""
    frame = commands.answer(codec.decode(raw))
    if frame is None:
        return None
    assert decoded(frame)["crc"] == "hj212"
    return frame[6:-6].decode()


def test_the_standard_s_own_answers() -> None:
    raw = make("", "9015", qn="20260301080500001", flag="9", mn="0123456789ABCDEF01234567")
    assert commands.answer(codec.decode(raw)) == (
        b"##0087QN=20260301080500001;ST=91;CN=9013;PW=123456;MN=0123456789ABCDEF01234567;Flag=8;CP=&&&&C181\r\n"
    )


@pytest.mark.parametrize(
    ("cn", "content", "code"),
    [
        *[(cn, DATA, "9014") for cn in ("2011", "2021", "2031", "2041", "2051", "2061", "2111")],
        *[
            (cn, DATA, "9014")
            for cn in ("2013", "2052", "2062", "2081", "3015", "3019", "3020", "3023")
        ],
        ("1011", "SystemTime=20260801120000", "9014"),
        ("2000", DATA, "9014"),
        ("1013", "", "9013"),
        ("1014", "SKCreateTime=20260301080200001", "9013"),
        ("9015", "", "9013"),
        ("9021", "", "9013"),
        ("3023", "", "9013"),
        ("9999", "", "9013"),
    ],
)
@pytest.mark.parametrize(("flag", "own"), [("5", "4"), ("9", "8")])
def test_uploads_and_notices(cn: str, content: str, code: str, flag: str, own: str) -> None:
    assert answer(make(content, cn, flag=flag)) == (
        f"QN=20260801120001000;ST=91;CN={code};PW=123456;MN={MN};Flag={own};CP=&&&&"
    )


@pytest.mark.parametrize(
    ("cn", "header"),
    [
        *[(cn, {}) for cn in ("9011", "9012", "9013", "9014")],
        ("1000", {}), ("1012", {}), ("3011", {}),
        ("2011", {"flag": "4"}), ("2011", {"flag": "8"}), ("2011", {"flag": None}),
        ("2011", {"flag": "x"}),
        ("2011", {"qn": None}), ("2011", {"qn": ""}),
    ],
)  # fmt: skip
def test_nobody_else_is(cn: str, header: dict[str, Any]) -> None:
    assert answer(make(DATA, cn, **header)) is None


def test_a_key_that_is_set_is_no_notice() -> None:
    assert (
        answer(make("SKCreateTime=20260301080200001,NewSK=k9Qz4tVb7LmX2cRw", "1014", flag="9"))
        is None
    )


def test_damaged_frames_are_not_answered() -> None:
    assert answer(build(segment(DATA), "bad")) is None
    assert answer(make(DATA)[:-30]) is None


def test_every_sub_packet_has_its_own_answer() -> None:
    for number in (1, 2):
        raw = make(DATA, flag="7", extra=f"PNUM=2;PNO={number};", qn=f"2026080112000100{number}")
        assert (answer(raw) or "").startswith(f"QN=2026080112000100{number};ST=91;CN=9014;")


def test_an_mn_that_is_not_given_yet() -> None:
    """HJ 212-2025 C.2: a logger before its activation."""
    raw = make("i23005-Info=LOGGER01", "1001", mn="", flag="9")
    assert answer(raw) == "QN=20260801120001000;ST=91;CN=9013;PW=123456;MN=;Flag=8;CP=&&&&"


def test_what_was_not_sent_is_not_echoed() -> None:
    assert (
        answer(make(DATA, pw=None)) == f"QN=20260801120001000;ST=91;CN=9014;MN={MN};Flag=4;CP=&&&&"
    )
    assert (
        answer(make(DATA, pw=""))
        == f"QN=20260801120001000;ST=91;CN=9014;PW=;MN={MN};Flag=4;CP=&&&&"
    )


def test_the_forms_of_2005() -> None:
    header: dict[str, Any] = {
        "qn": "20040516010101001",
        "mn": "88888880000001",
        "flag": "1",
        "st": "32",
    }
    assert commands.answer(codec.decode(make(DATA, "2051", **header))) == (
        b"##0049ST=91;CN=9014;CP=&&QN=20040516010101001;CN=2051&&5F00\r\n"
    )
    assert answer(make("", "9015", **header)) == (
        "ST=91;CN=9013;PW=123456;MN=88888880000001;Flag=0;CP=&&QN=20040516010101001&&"
    )


def test_every_listed_command_is_described() -> None:
    for code, command in commands.COMMANDS.items():
        assert len(code) == 4
        assert command.meaning
        assert set(command.editions.split()) <= {"05", "17", "25", "*"}

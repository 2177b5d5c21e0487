"""What a frame says, whatever shape it is in, and the name of everything that is wrong with it."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.hj212 import codec, crc
from adapters.hj212.decoding import decode_slowly
from adapters.hj212.frame import build
from adapters.hj212.problems import PROBLEMS
from tests.hj212.frames import MN, contents, decoded, make, many, segment

CLEAN = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"
BY_HOUR = (
    "DataTime=20260801120000;a21026-Avg=35.2,a21026-ZsAvg=41.0,a21026-Min=30.1,a21026-Max=40.0,"
    "a21026-Cou=1.2,a21026-Flag=N"
)


def header(text: str) -> bytes:
    """A frame of this data segment."""
    return build(text.encode())


def test_a_regular_frame_has_the_documented_shape() -> None:
    assert decoded(make(BY_HOUR, "2061")) == {
        "edition": "2017",
        "qn": "20260801120001000",
        "st": "31",
        "cn": "2061",
        "pw": "123456",
        "mn": MN,
        "flag": 5,
        "ack_wanted": True,
        "packet": None,
        "resent": False,
        "encrypted": False,
        "data_time": "2026-08-01T12:00:00+08:00",
        "items": {},
        "pollutants": {
            "a21026": {
                "Avg": 35.2, "ZsAvg": 41.0, "Min": 30.1, "Max": 40.0, "Cou": 1.2, "Flag": "N",
            }
        },
        "crc": "hj212",
        "problems": [],
    }  # fmt: skip


Q, D = "QN=20260801120001000;", "CP=&&DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N&&"
REGULAR = f"ST=31;CN=2011;PW=123456;MN={MN};Flag=5;"
SHIFTED = f"{Q}ST=31;CN=2011;PW=123456;MN={MN}"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (f"{Q}ST=31;CN=2011;MN={MN};PW=123456;Flag=5;{D}", ["header-order"]),
        (f"qn=20260801120001000;{REGULAR}{D}".replace("Flag", "FLAG"), ["key-case"]),
        (f"{SHIFTED};Flag=5{D}", ["missing-separator"]),
        (f"{SHIFTED};Flag=5,{D}", ["wrong-separator"]),
        (f"{Q[:-1]},{REGULAR}{D}", ["wrong-separator"]),
        (f"{SHIFTED};,Flag=5;{D}", ["wrong-separator", "empty-field"]),
        (f"{Q}ST=31CN=2011;PW=123456;MN={MN};Flag=5;{D}", ["missing-separator"]),
        (f"{Q}{REGULAR} {D}".replace("ST=31", "ST= 31"), ["stray-space"]),
        (f"{Q}{REGULAR}{D.replace('CP=&&', 'CP=&& ')}", ["stray-space"]),
        (f"{Q}{REGULAR}{D.replace('CP=', 'cp=')}", ["key-case"]),
        (f"{Q}{REGULAR}ST=32;{D}", ["repeated-header"]),
        (f"{Q}{REGULAR}IMEI=8612;{D}", ["unknown-header"]),
        (f"{Q}{REGULAR}{D}".replace(";", "；"), ["full-width-separator"]),
        (f"{Q}{REGULAR}{D.replace('&&', '&&&&', 1)}", ["doubled-cp-mark"]),
        (f"{Q}{REGULAR}{D.replace('&&', '')}", ["missing-cp-marks"]),
        (f"{Q}{REGULAR}{D}".replace("N&&", "N;&&"), ["trailing-separator"]),
        (f"{Q}{REGULAR}{D}".replace(",a", ";;a"), ["empty-field"]),
        (f"{Q}{REGULAR}{D}".replace(",a", "a"), ["missing-separator"]),
        (f"{Q}{REGULAR}{D}".replace(",a", " , a"), ["stray-space"]),
        (f"{Q}{REGULAR}{D}".replace("a21026-Rtd", "a21026-RTD"), ["key-case"]),
        (f"{Q}{REGULAR}{D}".replace("a21026", "A21026"), ["key-case"]),
        (f"{Q}{REGULAR}{D}".replace("-Rtd", "-Rtd-Rtd"), ["malformed-field"]),
        (f"{Q}{REGULAR}{D}".replace("=N", "=N,a21026-Rtd=7"), ["repeated-field"]),
        (f"{Q}{REGULAR}{D}".replace("35.2", "+35.2"), ["number-format"]),
        (f"{Q}{REGULAR}{D}".replace("PW=123456", "PW="), ["empty-pw"]),
        (f"{Q}{REGULAR}{D}".replace("PW=123456;", ""), ["missing-pw"]),
        (f"{REGULAR}{D}", ["missing-qn"]),
        (f"{Q[:-4]};{REGULAR}{D}", ["bad-qn"]),
        (f"{Q}{REGULAR}{D}".replace("0000;a", "0000123;a"), ["long-data-time"]),
    ],
)
def test_the_same_is_read_from_irregular_frames(text: str, problems: list[str]) -> None:
    regular, shape = decoded(make(CLEAN)), decoded(header(text))
    assert shape["problems"] == problems
    for key in ("st", "cn", "mn", "data_time", "pollutants", "ack_wanted", "edition"):
        assert shape[key] == regular[key], key


@pytest.mark.parametrize(
    ("raw", "crc_kind", "problems"),
    [
        (make(CLEAN)[:-2], "hj212", ["missing-crlf"]),
        (make(CLEAN)[:-2] + b"**\r\n", "hj212", ["junk-before-crlf"]),
        (make(CLEAN) + b"x", "hj212", ["trailing-bytes"]),
        (build(segment(CLEAN), "modbus"), "modbus", ["modbus-crc"]),
        (build(segment(CLEAN), "modbus-swapped"), "modbus-swapped", ["modbus-crc"]),
        (build(segment(CLEAN), "bad"), "bad", ["crc-mismatch"]),
        (b"##0400" + make(CLEAN)[6:], "hj212", ["length-mismatch"]),
        (b"##%03d" % len(segment(CLEAN)) + make(CLEAN)[6:], "hj212", ["short-length"]),
        (make(CLEAN)[:80], "bad", ["truncated"]),
        (make(CLEAN + ";i11001-Info=//" + "x" * 900 + "//"), "hj212", ["segment-too-long"]),
    ],
)
def test_the_outer_form(raw: bytes, crc_kind: str, problems: list[str]) -> None:
    shape = decoded(raw)
    assert shape["crc"] == crc_kind
    assert shape["problems"][: len(problems)] == problems
    assert shape["problems"] == problems or "truncated" in problems


def test_lower_case_crc_is_read() -> None:
    text = next(
        each
        for each in (make(f"{CLEAN};a01011-Rtd={n}") for n in range(300))
        if each[-6:-2].lower() != each[-6:-2]
    )
    assert decoded(text[:-6] + text[-6:].lower())["problems"] == ["lower-case-crc"]


@pytest.mark.parametrize(
    ("flag", "edition", "ack", "problem"),
    [
        ("0", "2005", False, None), ("1", "2005", True, None), ("3", "2005", True, None),
        ("4", "2017", False, None), ("5", "2017", True, None),
        ("8", "2025", False, None), ("9", "2025", True, None),
        ("13", "2025", True, "unknown-version"),
        (None, "2005", False, "missing-flag"),
        ("x", "2005", False, "bad-flag"), ("256", "2005", False, "bad-flag"),
        ("６", "2005", False, "bad-flag"),
    ],
)  # fmt: skip
def test_editions(flag: str | None, edition: str, ack: bool, problem: str | None) -> None:
    mn = "88888880000001" if edition == "2005" else MN
    shape = decoded(make(CLEAN, flag=flag, mn=mn))
    assert (shape["edition"], shape["ack_wanted"]) == (edition, ack)
    assert shape["problems"] == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("flag", "extra", "packet", "problems"),
    [
        ("7", "PNUM=2;PNO=1;", {"number": 1, "total": 2}, []),
        ("7", "PNUM=0002;PNO=0001;", {"number": 1, "total": 2}, []),
        ("7", "PNO=1;PNUM=2;", {"number": 1, "total": 2}, ["header-order"]),
        ("7", "", None, ["missing-packet-number"]),
        ("5", "PNUM=2;PNO=1;", {"number": 1, "total": 2}, ["unannounced-packet-number"]),
        ("7", "PNUM=2;PNO=3;", {"number": 3, "total": 2}, ["bad-packet-number"]),
        ("7", "PNUM=x;PNO=1;", {"number": 1, "total": None}, ["bad-packet-number"]),
        ("11", "PNUM=2;PNO=2;RF=1;", {"number": 2, "total": 2}, []),
    ],
)
def test_sub_packets(flag: str, extra: str, packet: Any, problems: list[str]) -> None:
    shape = decoded(make(CLEAN, flag=flag, extra=extra))
    assert (shape["packet"], shape["problems"]) == (packet, problems)


def test_a_request_of_2005_with_bit_1_is_no_sub_packet() -> None:
    shape = decoded(make("OverTime=5;ReCount=3", "1000", flag="3", mn="88888880000001"))
    assert (shape["packet"], shape["problems"]) == (None, [])
    assert shape["items"] == {"OverTime": "5", "ReCount": "3"}


@pytest.mark.parametrize(
    ("rf", "resent", "problems"), [("1", True, []), ("0", False, ["unknown-rf"])]
)
def test_supplementary_frames(rf: str, resent: bool, problems: list[str]) -> None:
    shape = decoded(make(CLEAN, flag="9", extra=f"RF={rf};"))
    assert (shape["resent"], shape["problems"]) == (resent, problems)


def test_codes_of_2005_become_those_of_2017() -> None:
    raw = header("ST=32;CN=2031;PW=123456;MN=88888880000001;CP=&&DataTime=20260801000000;"
                 "B01-Cou=200;011-Avg=40.5,011-Min=30;a24088-Rtd=2.5&&")  # fmt: skip
    shape = decoded(raw)
    assert shape["pollutants"] == {
        "w00000": {"Cou": 200, "as_sent": "B01"},
        "w01018": {"Avg": 40.5, "Min": 30, "as_sent": "011"},
        "a24088": {"Rtd": 2.5},
    }
    assert shape["problems"] == ["missing-flag", "missing-qn", "old-code"]


@pytest.mark.parametrize(
    "sent", ["nan", "NaN", "inf", "-inf", "1_0", "１２", "0x1F", "1,5", "1e999", "--", "-"]
)
def test_what_is_no_number_is_null(sent: str) -> None:
    shape = decoded(make(f"DataTime=20260801120000;a21026-Rtd={sent}"))
    assert shape["pollutants"]["a21026"]["Rtd"] in (None, 1 if sent == "1,5" else None)
    assert shape["problems"] == ["malformed-item" if sent == "1,5" else "not-a-number"]
    json.dumps(shape, allow_nan=False)


def test_nothing_where_a_number_is_due_is_null_not_zero() -> None:
    shape = decoded(make("DataTime=20260801120000;a21026-Rtd=,a21026-Flag="))
    assert shape["pollutants"] == {"a21026": {"Rtd": None, "Flag": None}}
    assert shape["problems"] == ["empty-value"]


@pytest.mark.parametrize(
    "sent", ["", "abc", "20260231120000", "2026080112", "２０２６０８０１１２００００"]
)
def test_a_bad_data_time_is_null(sent: str) -> None:
    shape = decoded(make(f"DataTime={sent};a21026-Rtd=1"))
    assert (shape["data_time"], shape["problems"]) == (None, ["bad-data-time"])


def test_a_factor_in_two_places_is_one() -> None:
    shape = decoded(make("DataTime=20260801120000;a05002-Rtd=1;a21026-Rtd=2;a05002-Cou=3"))
    assert shape["pollutants"] == {"a05002": {"Rtd": 1, "Cou": 3}, "a21026": {"Rtd": 2}}
    assert shape["problems"] == ["repeated-factor"]


def test_log_texts_keep_their_separators_and_their_encoding() -> None:
    text = "DataTime=20260801120000;PolId=a21026;i11001-Info=//更换滤芯；耗时,5;分钟//"
    shape = decoded(build(segment(text, "3020").decode().encode("gb18030")))
    assert shape["items"]["PolId"] == "a21026"
    assert shape["problems"] == ["gb18030"]
    assert shape["items"]["i11001-Info"].startswith("//更换滤芯")
    assert "耗时,5;分钟//" in shape["items"]["i11001-Info"]
    assert decoded(make(text, "3020"))["items"] == shape["items"]


def test_marks_of_production_conditions_are_text() -> None:
    shape = decoded(make("DataTime=20260801120000;p99101-Rtd=St;p99102-Rtd=N", st="45", flag="9"))
    assert shape["pollutants"] == {"p99101": {"Rtd": "St"}, "p99102": {"Rtd": "N"}}
    assert shape["problems"] == []


def test_unknown_things_are_kept() -> None:
    content = "DataTime=20260801120000;s10001=0;ua9-Rtd=1.5,ua9-Flag=Td,ua9-Ori=x;Flag=N;lonely"
    shape = decoded(make(content, "2000", st="80"))
    assert shape["items"] == {"s10001": "0", "Flag": "N", "lonely": None}
    assert shape["pollutants"] == {"ua9": {"Rtd": 1.5, "Flag": "Td", "Ori": "x"}}
    assert shape["problems"] == ["unlisted-st", "unlisted-cn", "bare-flag", "malformed-item"]


def test_an_mn_that_is_not_given_yet_is_no_problem() -> None:
    text = "i23005-Info=LOGGER0000000000000001;i23006-Info=0A0B0C0D0E0F"
    shape = decoded(make(text, "1001", st="32", mn="", flag="9"))
    assert (shape["mn"], shape["problems"]) == ("", [])


CIPHER = bytes.fromhex(
    "e43e159acfab242cb53155fb8b9281a1a242577abfaed881be88b72d69fc55ed1a80119faac8b3cd33d285cc76f57f2c"
    "a7f88b9573c6647e0f07e24609bd6b63eb20c5b9784f28e71d2f4994ff61d9e1c2b3075592b4d1e09c4d8bb27be97b55"
    "9e3da6643781a6f477769deeb009b10dfff3426922725d607dc4480f0cac5f70db2587b124bcb281592721d6e4bc180a"
    "97e5e111499cbe822e31c8d7761553543aa24207c290997bbde64f9266bc5f529a172e381c1d898ca1a0d771a914a7b2"
    "d7467c70b94f1d4a7b0350a48dbf8b41"
)


@pytest.mark.parametrize(
    "inner",
    [CIPHER, b"{" + b",".join(b"0x%02X" % byte for byte in CIPHER) + b"}", CIPHER.hex().encode()],
    ids=["raw bytes", "braces", "hex"],
)
def test_encrypted_contents_are_told_and_kept(inner: bytes) -> None:
    """HJ 212-2025 Appendix A.2, the CRC being that of the clear text."""
    front = segment("", "2051", flag="9", mn="010000A8900016F000169DC0")[:-2]
    raw = b"##%04d%b&&2200\r\n" % (len(front + inner) + 2, front + inner)
    (shape,) = codec.decode_stream(io.BytesIO(raw))
    assert (shape["encrypted"], shape["pollutants"], shape["mn"]) == (
        True,
        {},
        "010000A8900016F000169DC0",
    )
    assert "encrypted" in shape["problems"]
    assert "crc-mismatch" not in shape["problems"]


def test_damage_is_not_taken_for_encryption() -> None:
    raw = make(CLEAN, flag="9").replace(b"DataTime", b"\x01ataTime")
    shape = decoded(raw)
    assert (shape["encrypted"], shape["crc"]) == (False, "bad")
    assert "crc-mismatch" in shape["problems"]


def test_a_stream_is_accounted_for_to_the_byte() -> None:
    sent = many(50)
    rng = random.Random(3)
    noise = [rng.randbytes(rng.randrange(1, 90)).replace(b"#", b"") for _ in sent]
    stream = b"".join(raw + junk for raw, junk in zip(sent, noise, strict=True))
    items = list(codec.decode_stream(io.BytesIO(stream)))
    skipped = sum(item["skipped"] for item in items if "skipped" in item)
    assert skipped == sum(map(len, noise))
    assert sum("qn" in item for item in items) == len(sent)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Frames right and wrong: irregular headers, contents and endings, and damaged bytes."""
    inner = draw(contents())
    fields = draw(
        st.lists(
            st.sampled_from(
                [
                    "QN=20260801120001000",
                    "QN=2026080112000",
                    "ST=31",
                    "st=45",
                    "CN=2011",
                    "CN=2061",
                    "CN=9021",
                    "PW=123456",
                    "PW=",
                    f"MN={MN}",
                    "MN=A110000_0001",
                    "Flag=5",
                    "Flag=9",
                    "FLAG=x",
                    "PNUM=2",
                    "PNO=1",
                    "RF=1",
                    "RF=2",
                    "IMEI=1",
                    "Flag=7",
                    " ST = 32",
                    "MN=" + "9" * 70,
                ]
            ),
            max_size=9,
        )
    )
    regular = draw(st.booleans())
    text = (
        f"{Q}{REGULAR}"
        if regular
        else draw(st.sampled_from([";", ",", ";;", ""])).join(fields) + ";"
    )
    mark = (
        "CP=&&"
        if regular
        else draw(st.sampled_from(["CP=&&", "CP=&& ", "cp=&&", "CP=", "CP=&&&&", ""]))
    )
    end = "&&" if regular else draw(st.sampled_from(["&&", "&", "", "&&;"]))
    encoding = draw(st.sampled_from(["utf-8", "gb18030"]))
    raw = build(
        f"{text}{mark}{inner}{end}".encode(encoding),
        draw(st.sampled_from(["hj212", "hj212", "modbus", "bad"])),
    )
    if draw(st.integers(0, 3)) == 0 and raw:
        at = draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + draw(st.binary(max_size=3)) + raw[at + draw(st.integers(0, 3)) :]
    return raw


@settings(max_examples=300)
@given(frames())
def test_the_short_cuts_change_nothing(raw: bytes) -> None:
    assert codec.decode(raw) == decode_slowly(raw)
    assert codec.decode(raw) == decode_slowly(raw)  # now that the header is remembered


@settings(max_examples=300)
@given(st.one_of(frames(), st.binary(max_size=200), st.binary(max_size=200).map(build)))
@example(b"")
@example(b"##")
@example(build(b"CP=&&"))
@example(build(b"CP=&&&"))
@example(build(b"QN=20260801120001000;CP=&&&&"))
@example(build(b"QN=20260801120001000;CP=&&&"))
@example(build(b"QN=20260801120001000;CP=&&"))
def test_no_bytes_raise_and_every_problem_has_a_declared_name(raw: bytes) -> None:
    shape = decoded(raw)
    assert set(shape["problems"]) <= set(PROBLEMS)
    assert shape["crc"] in ("hj212", "modbus", "modbus-swapped", "bad")
    json.dumps(shape, allow_nan=False)


def test_the_crc_of_the_standard_s_example() -> None:
    """HJ 212-2025 Appendix A.2 example 1, in clear."""
    text = (
        "QN=20240520210700000;ST=31;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&"
        "DataTime=20240520210600;a01011-Min=1.35,a01011-Avg=1.35,a01011-Max=1.35,a01011-Flag=N;"
        "a01012-Min=9.3,a01012-Avg=9.3,a01012-Max=9.3,a01012-Flag=N;"
        "a01014-Min=3.20,a01014-Avg=3.211,a01014-Max=3.212,a01014-Flag=N&&"
    )
    assert crc.hj212(text.encode()) == 0x2200
    assert decoded(b"##0295" + text.encode() + b"2200\r\n")["problems"] == []

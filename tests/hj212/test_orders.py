"""Commands as they are asked for and as they are sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hj212 import codec, orders, parameters
from adapters.hj212.commands import COMMANDS, Direction, Kind
from adapters.hj212.orders import Manner
from adapters.hj212.times import Numbers
from monitor.adapter import Order
from monitor.observation import Period
from tests.hj212.frames import MN, NOW, ZONE

README = Path(orders.__file__).with_name("README.md")
EXAMPLES = {
    "BeginTime": "20260801000000", "EndTime": "20260801230000", "SystemTime": "20260801120000",
    "OverTime": "5", "ReCount": "3", "WarnTime": "30", "RtdInterval": "60", "MinInterval": "10",
    "NewPW": "654321", "PolId": "w01018", "InfoId": "i12001", "CalibrationType": "1",
    "CstartTime": "080000", "Ctime": "4", "UpValue": "100.5", "LowValue": "-1",
    "ReportTarget": "示例平台", "ReportTime": "0030", "i23005-Info": "LOGGER0000000000000001",
    "*-Info": "7",
}  # fmt: skip
DOWN = sorted(
    code
    for code, each in COMMANDS.items()
    if each.direction is not Direction.UP and each.kind is not Kind.REPLY and code != "1014"
)


def order(code: str, given_parameters: dict[str, str]) -> Order:
    return Order(
        id=1,
        mn=MN,
        code=code,
        parameters=given_parameters,
        expires_at=NOW + timedelta(hours=1),
        state="queued",
    )


def example(code: str, *, all_of_them: bool) -> dict[str, str]:
    """Parameters of a command: all, or those that it needs."""
    names = COMMANDS[code].parameters.split()
    wanted = [name.removesuffix("?") for name in names if all_of_them or name[-1] != "?"]
    return {name.replace("*", "i13009"): EXAMPLES[name] for name in wanted}


@pytest.mark.parametrize("all_of_them", [True, False])
@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("code", DOWN)
def test_every_command_can_be_sent_and_read(code: str, version: int, all_of_them: bool) -> None:
    asked = parameters.prepare(code, example(code, all_of_them=all_of_them), ZONE)
    raw = orders.frame_of(
        order(code, asked), "20260801120000123", Manner(version, "32", "123456"), NOW, ZONE
    )
    read = codec.to_json(codec.decode(raw), ZONE)
    assert (read["cn"], read["st"], read["mn"], read["pw"]) == (code, "32", MN, "123456")
    assert read["qn"] == "20260801120000123"
    assert read["flag"] == {0: 3, 1: 5, 2: 9}[version]
    assert (read["crc"], read["ack_wanted"]) == ("hj212", True)
    expected = {("PW" if (version, k) == (0, "NewPW") else k): v for k, v in asked.items()}
    if code == "1012":
        expected.setdefault("SystemTime", "20260801130000")
    assert read["items"] == {k: "***" if k in ("NewPW", "PW") else v for k, v in expected.items()}
    assert all(f"{name}={value}".encode() in raw for name, value in expected.items())


def test_the_example_of_the_standard() -> None:
    """HJ 212-2017 Appendix A: a real-time interval of 30 seconds; its CRC is 1C80."""
    asked = parameters.prepare("1062", {"RtdInterval": "30"}, ZONE)
    sent = orders.frame_of(
        Order(
            id=1,
            mn="010000A8900016F000169DC0",
            code="1062",
            parameters=asked,
            expires_at=NOW,
            state="queued",
        ),
        "20160801085857223",
        Manner(1, "32", "100000"),
        NOW,
        ZONE,
    )
    assert sent == (
        b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;"
        b"Flag=5;CP=&&RtdInterval=30&&1C80\r\n"
    )


@given(
    code=st.one_of(st.sampled_from(sorted(COMMANDS)), st.text(max_size=6)),
    given_parameters=st.dictionaries(
        st.one_of(st.sampled_from(sorted(EXAMPLES)), st.text(max_size=8)), st.text(max_size=20)
    ),
)
def test_what_is_taken_can_be_sent_and_the_rest_is_a_value_error(
    code: str, given_parameters: dict[str, str]
) -> None:
    try:
        asked = parameters.prepare(code, given_parameters, ZONE)
    except ValueError:
        return
    raw = orders.frame_of(order(code, asked), "20260801120000123", Manner(1, "32", "1"), NOW, ZONE)
    read = codec.decode(raw)
    assert (read.cn, read.crc) == (code, "hj212")
    (item,) = codec.Framer().feed(raw)
    assert item == raw


def test_the_date_of_an_end_is_the_whole_day() -> None:
    asked = parameters.prepare("2061", {"BeginTime": "2026-08-01", "EndTime": "2026-08-01"}, ZONE)
    assert asked == {"BeginTime": "20260801000000", "EndTime": "20260801235959"}


@pytest.mark.parametrize("code", ["9011", "9012", "9013", "9014"])
def test_answers_are_no_commands(code: str) -> None:
    with pytest.raises(ValueError, match="an answer"):
        parameters.prepare(code, {}, ZONE)


def test_parameters_go_out_in_the_order_of_the_standard() -> None:
    asked = {"EndTime": "20260801230000", "BeginTime": "20260801000000"}
    raw = orders.frame_of(
        order("2061", asked), "20260801120000123", Manner(1, "32", "1"), NOW, ZONE
    )
    assert b"CP=&&BeginTime=20260801000000;EndTime=20260801230000&&" in raw


def test_history_is_asked_for_in_the_device_s_time() -> None:
    first = datetime(2026, 8, 1, 0, tzinfo=UTC)
    assert orders.history(Period.HOUR, first, first + timedelta(hours=2), ZONE) == (
        "2061",
        {"BeginTime": "20260801080000", "EndTime": "20260801100000"},
    )


@given(st.lists(st.integers(0, 3), min_size=1, max_size=50))
def test_no_number_is_given_twice(steps: list[int]) -> None:
    numbers, at, given_numbers = Numbers(ZONE), NOW, []
    for step in steps:
        at += timedelta(microseconds=step * 400)
        given_numbers.append(numbers.next(at))
    assert len(set(given_numbers)) == len(steps)
    assert given_numbers == sorted(given_numbers)
    assert all(len(each) == 17 and each.isdigit() for each in given_numbers)


def test_the_table_of_commands_in_the_readme_is_the_one_in_the_code() -> None:
    who = {"up": "device", "down": "platform", "both": "both"}
    text = README.read_text("utf-8")
    for each in parameters.listed():
        names = [f"[{p['name']}]" if p["optional"] else p["name"] for p in each["parameters"]]
        row = [each["code"], who[each["direction"]], " ".join(each["editions"]), each["meaning"]]
        assert f"| {' | '.join([*row, ' '.join(names)])} |" in text


def test_every_parameter_is_described() -> None:
    named = {
        name.removesuffix("?") for each in COMMANDS.values() for name in each.parameters.split()
    }
    keys = {"SKCreateTime", "NewSK"}  # those of 1014 are nobody's to choose
    assert named - {"*-Info"} - keys == set(parameters.PARAMETERS)

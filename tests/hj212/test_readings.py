"""What reaches the store: what the device said, and NaN for what it cannot have measured."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hj212 import codec, plans
from adapters.hj212.frame import build
from adapters.hj212.problems import PROBLEMS
from adapters.hj212.readings import read_slowly
from monitor.observation import Layout, Period, Readings, Statistic
from tests.hj212.frames import (
    MN,
    NOW,
    ZONE,
    contents,
    flags,
    make,
    numbers,
    odd_numbers,
    segment,
    times,
    understood,
)

NOON = datetime(2026, 8, 1, 4, 0, tzinfo=UTC)
NAN = math.nan


def readings(raw: bytes, **given: Any) -> Readings:
    """The readings of a frame that has some."""
    made, _ = understood(raw, **given)
    assert made is not None
    return made


def values(content: str, cn: str = "2061") -> dict[str, float]:
    """Column to number, as text."""
    made = readings(make(f"DataTime=20260801120000;{content}", cn))
    return dict(zip(str(made.layout).split(","), made.values, strict=True))


def problems(content: str, cn: str = "2061", **header: Any) -> tuple[str, ...]:
    """All that is wrong with a frame of this content."""
    return understood(make(content, cn, **header))[1]


def test_an_hour_of_a_stack() -> None:
    content = (
        "DataTime=20260801120000;a21026-Avg=35.2,a21026-Min=30.1,a21026-Max=40,a21026-ZsAvg=41.0,"
        "a21026-ZsMin=39,a21026-ZsMax=44,a21026-Cou=1.25,a21026-Flag=N;a19001-Avg=8.1,a19001-Flag=D"
    )
    assert readings(make(content, "2061")) == Readings(
        mn=MN,
        period=Period.HOUR,
        start=NOON,
        end=NOON + timedelta(hours=1),
        layout=Layout.parse(
            "a21026-value,a21026-min,a21026-max,a21026-converted,a21026-converted_min,"
            "a21026-converted_max,a21026-total,a19001-value"
        ),
        values=(35.2, 30.1, 40.0, 41.0, 39.0, 44.0, 1.25, 8.1),
        flags=("N", "D"),
        supplementary=False,
    )


@pytest.mark.parametrize(
    ("cn", "period", "minutes"),
    [
        ("2011", Period.REALTIME, 0), ("2021", Period.REALTIME, 0), ("2051", Period.MINUTE, 10),
        ("2061", Period.HOUR, 60), ("2111", Period.MINUTE, 5),
    ],
)  # fmt: skip
def test_data_time_begins_the_period(cn: str, period: Period, minutes: int) -> None:
    made = readings(make("DataTime=20260801120000;a01901-Avg=870.5", cn))
    assert (made.period, made.start, made.end) == (period, NOON, NOON + timedelta(minutes=minutes))


def test_the_minute_interval_is_that_of_the_configuration() -> None:
    raw = make("DataTime=20260801120000;a21026-Avg=1", "2051")
    assert readings(raw, minute_interval=1).end == NOON + timedelta(minutes=1)


@pytest.mark.parametrize("cn", ["2031", "2041"])
def test_a_day_is_a_civil_day_of_the_bureau(cn: str) -> None:
    made = readings(make("DataTime=20260731000000;SB1-RT=23.5", cn))
    assert made.start == datetime(2026, 7, 30, 16, tzinfo=UTC)
    assert made.end == datetime(2026, 7, 31, 16, tzinfo=UTC)


def test_a_day_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    raw = make("DataTime=20260329000000;SB1-RT=23.5", "2041")
    made, _ = codec.read(codec.decode(raw), ZoneInfo("Europe/Berlin"), 10, NOW)
    assert made is not None
    assert made.end - made.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("cn", "sent", "start"),
    [
        ("2061", "20260801120130", NOON),
        ("2031", "20260801120000", datetime(2026, 7, 31, 16, tzinfo=UTC)),
        ("2051", "20260801120007", NOON),
    ],
)
def test_labels_beside_their_period_are_floored_and_named(
    cn: str, sent: str, start: datetime
) -> None:
    raw = make(f"DataTime={sent};a21026-Avg=1", cn)
    assert readings(raw).start == start
    assert understood(raw)[1] == ("unaligned-data-time",)


def test_hours_are_those_of_the_zone() -> None:
    raw = make("DataTime=20260731120500;a21026-Avg=1", "2061")
    made, _ = codec.read(codec.decode(raw), ZoneInfo("Asia/Kathmandu"), 10, NOW)
    assert made is not None
    assert made.start == datetime(2026, 7, 31, 6, 15, tzinfo=UTC)


def test_real_time_data_is_an_instant_to_the_second() -> None:
    made = readings(make("DataTime=20260801120007;a21026-Rtd=1"))
    assert made.start == made.end == NOON + timedelta(seconds=7)


def test_sixteen_digits_are_read_as_fourteen() -> None:
    raw = make("DataTime=2026080112000050;a21026-Rtd=1")
    assert (readings(raw).start, understood(raw)[1]) == (NOON, ("long-data-time",))


@pytest.mark.parametrize(
    ("cn", "column", "field"),
    [
        ("2011", "value", "Rtd"), ("2011", "converted", "ZsRtd"), ("2051", "raw", "RawAvg"),
        ("2061", "value", "Avg"), ("2021", "value", "RS"), ("2041", "total", "RT"),
        ("2061", "value", "Data"),
    ],
)  # fmt: skip
def test_fields_and_statistics(cn: str, column: str, field: str) -> None:
    assert values(f"a34013-{field}=1", cn) == {f"a34013-{column}": 1.0}


def test_device_states_are_read_like_pollutants() -> None:
    assert values("SB1-RS=1;SB2-RS=0", "2021") == {"SB1-value": 1.0, "SB2-value": 0.0}


@pytest.mark.parametrize("sent", ["9999.99", "-9999.99", "99999.99"])
def test_converted_values_that_cannot_be_computed(sent: str) -> None:
    """HJ 212-2025 8.1.1 d."""
    content = f"a21026-Avg=3,a21026-ZsAvg={sent}"
    assert str(values(content)) == str({"a21026-value": 3.0, "a21026-converted": NAN})
    assert problems(f"DataTime=20260801120000;{content}") == ("not-computable",)


def test_the_maximum_of_the_factor_s_own_format_too() -> None:
    assert problems("DataTime=20260801120000;a21005-ZsAvg=999.999") == ("not-computable",)


def test_the_same_number_measured_is_a_number() -> None:
    assert values("a21026-Avg=9999.99") == {"a21026-value": 9999.99}


@pytest.mark.parametrize(
    ("content", "believed"),
    [
        ("a21026-Avg=1e9", False), ("a21026-Avg=1000000000", False), ("a21026-Avg=-200000", False),
        ("a21026-Avg=-0.3", True), ("a21005-Avg=2500", True), ("w01001-Avg=14", True),
        ("w01001-Avg=14.01", False), ("w01001-Avg=-1", False), ("a19001-Avg=25", True),
        ("a19001-Avg=25.1", False), ("a01014-Avg=100", True), ("a01014-Avg=101", False),
        ("a21026-Cou=123456789.5", True), ("w00000-Cou=1e13", False), ("zz9-Avg=999999", True),
    ],
)  # fmt: skip
def test_what_no_instrument_measures_is_not_judged(content: str, believed: bool) -> None:
    (value,) = values(content).values()
    assert math.isnan(value) is not believed
    assert ("implausible-value" in problems(f"DataTime=20260801120000;{content}")) is not believed


@pytest.mark.parametrize("sent", ["", "-", "nan", "1_0", "１", "abc"])
def test_unreadable_is_named_but_not_zero(sent: str) -> None:
    assert str(values(f"a21026-Avg={sent}")) == str({"a21026-value": NAN})


def test_unknown_flags_are_kept_and_no_flag_is_none() -> None:
    made = readings(make("DataTime=20260801120000;a21026-Rtd=1,a21026-Flag=Td;a21002-Rtd=2"))
    assert made.flags == ("Td", None)
    assert readings(make("DataTime=20260801120000;a21026-Rtd=1")).flags is None


def test_a_flag_without_a_number_is_not_lost() -> None:
    made = readings(make("DataTime=20260801120000;a21026-Flag=M"))
    assert (str(made.layout), str(made.values), made.flags) == ("a21026-value", "(nan,)", ("M",))


def test_marks_of_production_conditions_stand_as_flags() -> None:
    made = readings(make("DataTime=20260801120000;p99101-Rtd=St", st="45", flag="9"))
    assert (str(made.layout), str(made.values), made.flags) == ("p99101-value", "(nan,)", ("St",))


def test_repeated_factors_are_merged() -> None:
    content = "DataTime=20260801120000;a21026-Avg=1;a21002-Avg=2;a21026-Max=3"
    made, named = understood(make(content, "2061"))
    assert made is not None
    assert str(made.layout) == "a21026-value,a21026-max,a21002-value"
    assert (made.values, named) == ((1.0, 3.0, 2.0), ("repeated-factor",))


def test_of_two_fields_for_one_statistic_the_first_counts() -> None:
    made, named = understood(make("DataTime=20260801120000;a21026-Avg=1,a21026-Rtd=2", "2061"))
    assert made is not None
    assert (made.values, named) == ((1.0,), ("repeated-field",))


def test_old_and_new_codes_together() -> None:
    raw = build(
        b"ST=31;CN=2011;PW=123456;MN=88888880000001;CP=&&DataTime=20260801120000;B02-Rtd=10;S01-Rtd=8;a24088-Rtd=2&&"
    )
    assert str(readings(raw).layout) == "a00000-value,a19001-value,a24088-value"


def test_supplementary_data_says_so() -> None:
    assert readings(
        make("DataTime=20260801120000;a21026-Avg=1", "2051", flag="9", extra="RF=1;")
    ).supplementary


def test_a_sub_packet_has_readings_of_its_own() -> None:
    assert readings(
        make("DataTime=20260801120000;a21026-Rtd=1", flag="7", extra="PNUM=2;PNO=2;")
    ).values == (1.0,)


@pytest.mark.parametrize(
    ("content", "cn", "named"),
    [
        ("DataTime=19991231235959;a21026-Avg=1", "2061", "implausible-time"),
        ("DataTime=20260801150000;a21026-Avg=1", "2061", "implausible-time"),
        ("DataTime=20260231120000;a21026-Avg=1", "2061", "bad-data-time"),
        ("DataTime=;a21026-Avg=1", "2061", "bad-data-time"),
        ("a21026-Avg=1", "2061", "missing-data-time"),
    ],
)
def test_without_a_believable_time_there_are_no_readings(content: str, cn: str, named: str) -> None:
    assert understood(make(content, cn)) == (None, (named,))


def test_a_clock_that_is_a_little_ahead_is_believed() -> None:
    assert readings(make("DataTime=20260801140000;a21026-Avg=1")).start == NOW + timedelta(hours=1)


@pytest.mark.parametrize("cn", ["1011", "2062", "2081", "3015", "3020", "9015", "2000"])
def test_other_uploads_have_none(cn: str) -> None:
    assert understood(make("DataTime=20260801120000;a21026-Avg=1", cn))[0] is None


@pytest.mark.parametrize(
    "content", ["", "BeginTime=20260801000000;EndTime=20260801010000", "DataTime=20260801120000"]
)
def test_no_values_no_readings_and_nothing_wrong(content: str) -> None:
    assert understood(make(content)) == (None, ())


@pytest.mark.parametrize("mn", ["", None, "9" * 65])
def test_nothing_without_a_usable_mn(mn: str | None) -> None:
    assert understood(make("DataTime=20260801120000;a21026-Avg=1", mn=mn))[0] is None


@pytest.mark.parametrize("mark", ["\0", "\x1f", "\x7f"])
def test_an_mn_with_control_characters_is_no_mn(mark: str) -> None:
    raw = make("DataTime=20260801120000;a21026-Rtd=1", mn=f"7E57{mark}1")
    assert understood(raw) == (None, ("mn-control-characters",))


@pytest.mark.parametrize("code", ["//a,b//", "a\0b", "a\x7f"])
def test_a_code_that_cannot_stand_in_a_list_is_left_out(code: str) -> None:
    made, named = understood(make(f"DataTime=20260801120000;x=//y//;{code}-Rtd=1;a21026-Rtd=2"))
    assert made is not None
    assert (str(made.layout), made.values, named) == ("a21026-value", (2.0,), ("unusable-code",))


@pytest.mark.parametrize("flag", ["//N,N//", "N\0N", "N\x01N"])
def test_a_flag_that_cannot_stand_in_a_list_is_never_taken_for_valid(flag: str) -> None:
    content = f"DataTime=20260801120000;a21026-Rtd=2,a21026-Flag={flag}"
    made, named = understood(make(content))
    assert made is not None
    assert (made.values, made.flags, named) == ((2.0,), ("?",), ("unusable-flag",))


_POISON = st.binary(max_size=6) | st.sampled_from([b"\0", b"\x7f", b",", b"//", b"//a,b//", b"-"])


@settings(max_examples=300)
@given(_POISON, _POISON, _POISON, st.sampled_from(["Rtd", "Avg", "Flag"]), st.binary(max_size=40))
def test_no_bytes_bring_control_characters_or_commas_into_keys(
    mn: bytes, code: bytes, flag: bytes, field: str, rest: bytes
) -> None:
    front = b"QN=20260801120001000;ST=31;CN=2011;PW=1;MN=7E" + mn + b";Flag=5;CP=&&"
    content = b"DataTime=20260801120000;i=//x//;a" + code + b"-" + field.encode() + b"=1;"
    content += b"p99101-Rtd=//x" + flag + b"//;a21026-Rtd=1,a21026-Flag=N" + flag + b";" + rest
    made, _ = understood(build(front + content + b"&&"))
    if made is None:
        return
    assert Layout.parse(str(made.layout)) == made.layout
    for text in (made.mn, *made.layout.pollutants, *(flag or "" for flag in made.flags or ())):
        assert not any(ord(each) < 32 or ord(each) == 127 for each in text)
        assert "," not in text or text == made.mn


def test_a_damaged_frame_has_none() -> None:
    raw = build(segment("DataTime=20260801120000;a21026-Rtd=1"), "bad")
    assert understood(raw) == (None, ("crc-mismatch",))


def slowly(raw: bytes) -> codec.Understood:
    """Without a plan."""
    return read_slowly(codec.decode(raw), ZONE, 10, NOW)


def comparable(result: codec.Understood) -> object:
    """NaN made equal to itself."""
    made, named = result
    if made is None:
        return None, named
    assert all(type(value) is float for value in made.values)
    return replace(made, values=()), [repr(value) for value in made.values], named


@settings(max_examples=200)
@given(contents(), st.sampled_from(["2011", "2051", "2061", "2031", "2111"]), st.booleans())
def test_no_content_raises_and_every_problem_has_a_declared_name(
    content: str, cn: str, resent: bool
) -> None:
    raw = make(content, cn, flag="9", extra="RF=1;" if resent else "")
    made, named = understood(raw)
    assert set(named) <= set(PROBLEMS)
    assert len(set(named)) == len(named)
    if made is not None:
        assert len(made.values) == len(made.layout.columns)
        assert not any(map(math.isinf, made.values))
        assert made.flags is None or len(made.flags) == len(made.layout.pollutants)
        assert made.start <= made.end
        list(made.observations())


@settings(max_examples=150)
@given(st.data())
def test_plans_change_nothing(data: st.DataObject) -> None:
    """A plan is learned from contents of a form and then meets others of it, and near misses."""
    plans.forget()
    odd = data.draw(st.booleans())
    first = data.draw(contents(odd=odd))
    cn = data.draw(st.sampled_from(["2011", "2061", "2051"]))
    for _ in range(4):
        assert comparable(understood(make(first, cn))) == comparable(slowly(make(first, cn)))
    for _ in range(3):
        other = data.draw(st.one_of(contents(odd=odd), varied(first)))
        assert comparable(understood(make(other, cn))) == comparable(slowly(make(other, cn)))


@st.composite
def varied(draw: st.DrawFn, content: str) -> str:
    """The same names with other values."""
    parts = []
    for part in content.split(";"):
        pairs = []
        for pair in part.split(","):
            name, separator, value = pair.partition("=")
            if separator and draw(st.booleans()):
                if name == "DataTime":
                    value = draw(times)
                else:
                    value = draw(
                        flags if name.endswith("Flag") else st.one_of(numbers, odd_numbers)
                    )
            pairs.append(name + separator + value)
        parts.append(",".join(pairs))
    return draw(st.sampled_from([";", ";", ","])).join(parts)


NEAR_BOUNDS = [
    f"{sign}{number}{decimals}"
    for sign in ("", "-")
    for number in (
        0,
        1,
        5,
        6,
        9,
        10,
        13,
        14,
        19,
        20,
        24,
        25,
        26,
        59,
        60,
        61,
        99,
        100,
        101,
        359,
        360,
        361,
        999,
        1000,
        1999,
        2000,
        2001,
        8999,
        9899,
        9900,
        9998,
        9999,
        10000,
        99998,
        99999,
        100000,
        10**9 - 1,
        10**9,
        10**12 - 1,
        10**12,
    )
    for decimals in ("", ".0", ".001", ".99", ".999999", ".9999999")
]


@pytest.mark.parametrize(
    "name",
    [
        "a21026-Rtd",
        "a21026-ZsRtd",
        "a21005-ZsRtd",
        "w01001-Rtd",
        "a19001-Rtd",
        "a01012-Rtd",
        "a01008-Rtd",
        "a01014-Rtd",
        "a21026-Cou",
        "SB1-RS",
        "a34011-Rtd",
        "a01010-Rtd",
    ],
)
def test_plans_and_ranges_agree_at_every_bound(name: str) -> None:
    plans.forget()
    for value in ["1"] * 4 + NEAR_BOUNDS:
        raw = make(f"DataTime=20260801120000;{name}={value}")
        assert comparable(understood(raw)) == comparable(slowly(raw)), value


def test_a_device_with_two_forms_keeps_both_plans() -> None:
    plans.forget()
    forms = ["a21026-Rtd={},a21026-Flag=N", "a21026-Rtd={}"]
    for turn in range(12):
        raw = make(f"DataTime=20260801120000;{forms[turn % 2].format(turn)}")
        assert readings(raw).values == (float(turn),)
    for form in forms:
        fitted = plans.fit(codec.decode(make(f"DataTime=20260801120000;{form.format(7.5)}")))
        assert fitted is not None
        assert fitted[2] == (7.5,)


def test_a_content_of_very_many_fields_gets_no_plan() -> None:
    for count, planned in ((90, True), (390, False)):
        plans.forget()
        content = ";".join(f"a{number:05}-Rtd=1" for number in range(10_000, 10_000 + count))
        raw = make(f"DataTime=20260801120000;{content}")
        for _ in range(4):
            assert len(readings(raw).values) == count
        assert (plans.fit(codec.decode(raw)) is not None) is planned


def test_many_forms_take_no_plan_from_other_devices() -> None:
    plans.forget()
    raw = make("DataTime=20260801120000;a21026-Rtd=1")
    for _ in range(4):
        understood(raw)
    for number in range(2_100):
        for _ in range(3):
            understood(make(f"DataTime=20260801120000;zz{number}-Rtd=1", mn="7E57"))
    assert plans.fit(codec.decode(raw)) is not None


def test_statistics_are_all_reachable() -> None:
    fields = ["Rtd", "Min", "Max", "Cou", "ZsRtd", "ZsMin", "ZsMax", "RawAvg"]
    made = readings(
        make("DataTime=20260801120000;" + ",".join(f"a21026-{each}=1" for each in fields))
    )
    check = readings(
        make("DataTime=20260801120000;a21026-SampleRd=1,a21026-StandardValue=1", "2062")
    )
    result = readings(make("DataTime=20260801120000;a21026-ResultType=1", "2062"))
    columns = made.layout.columns + check.layout.columns + result.layout.columns
    assert {statistic for _, statistic in columns} == set(Statistic)


def test_a_sample_ends_when_the_last_result_is_there() -> None:
    content = (
        "DataTime=20260801100000;w01018-SampleTime=20260801100100,"
        "w01018-CompleteTime=20260801104200,w01018-SampleType=1,w01018-Avg=17.5,w01018-Flag=N;"
        "w21003-CompleteTime=20260801105500,w21003-Avg=1.25,w21003-Flag=N"
    )
    made, problems = understood(make(content, "2013", flag="9", st="32"))
    assert made is not None
    assert problems == ()
    assert made.period == "sample"
    assert made.end - made.start == timedelta(minutes=55)
    assert [(o.pollutant, o.value) for o in made.observations()] == [
        ("w01018", 17.5),
        ("w21003", 1.25),
    ]


@pytest.mark.parametrize("complete", ["", "never", "20260701000000", "20991231000000"])
def test_a_time_of_completion_that_cannot_be_is_passed_over(complete: str) -> None:
    content = f"DataTime=20260801100000;w01018-CompleteTime={complete},w01018-Avg=17.5"
    made, _ = understood(make(content, "2013", flag="9"))
    assert made is not None
    assert made.end == made.start


def test_values_of_a_check_are_no_readings_elsewhere() -> None:
    fields = "w01018-SampleRd=49.1,w01018-StandardValue=50.0,w01018-ResultType=1"
    made, _ = understood(make(f"DataTime=20260801100000;{fields}", "2061"))
    assert made is None
    made, _ = understood(make(f"DataTime=20260801100000;{fields},w01018-Rtd=3", "2062"))
    assert made is not None
    assert str(made.layout) == "w01018-value,w01018-standard,w01018-passed"


# --- units of an outlet's own ------------------------------------------------------------------

MICROGRAMS = {"a21026": 0.001}


def in_units(content: str, units: dict[str, float]) -> Any:
    raw = make(f"DataTime=20260801120000;{content}")
    made, said = understood(raw, units=units)
    assert made is not None
    return made.values, said


def test_what_is_sent_in_another_unit_is_read_in_the_tables() -> None:
    plans.forget()
    content = (
        "a21026-Avg=35200,a21026-Min=0,a21026-ZsAvg=41.5,a21026-Cou=7.5,a21026-Flag=N;"
        "a21002-Avg=12.5,a21002-Flag=N"
    )
    for _ in range(6):  # in full, then by a plan
        assert in_units(content, MICROGRAMS)[0] == (35.2, 0.0, 0.0415, 7.5, 12.5)
        assert in_units(content, {})[0] == (35200.0, 0.0, 41.5, 7.5, 12.5)


def test_what_is_believed_is_the_converted_number() -> None:
    for _ in range(6):
        made, said = in_units("a21026-Avg=5000000", MICROGRAMS)
        assert (made, said) == ((5000.0,), ())
        made, said = in_units("a21026-Avg=150", {"a21026": 1000.0})
        assert said == ("implausible-value",)
        assert math.isnan(made[0])


def test_the_signs_for_not_computable_have_no_unit() -> None:
    for _ in range(6):
        made, said = in_units("a21026-Avg=1,a21026-ZsAvg=9999.99", MICROGRAMS)
        assert said == ("not-computable",)
        assert math.isnan(made[1])


@pytest.mark.parametrize("code", ["a21026", "a21002", "a34004", "w01001", "a01012", "zz1"])
@pytest.mark.parametrize("factor", [1e-6, 0.001, 1 / 3600, 1000.0, 1e6])
def test_plans_and_ranges_agree_in_any_unit(code: str, factor: float) -> None:
    plans.forget()
    for value in ["1"] * 4 + NEAR_BOUNDS:
        raw = make(f"DataTime=20260801120000;{code}-Rtd={value},{code}-ZsRtd={value}")
        message, units = codec.decode(raw), {code: factor}
        fast = codec.read(message, ZONE, 10, NOW, units=units)
        slow = read_slowly(message, ZONE, 10, NOW, units=units)
        assert comparable(fast) == comparable(slow), value


def test_a_number_beyond_all_numbers_is_not_believed_in_any_unit() -> None:
    made, said = in_units("a21026-Avg=1e306", {"a21026": 1000.0})
    assert said == ("number-format", "implausible-value")
    assert math.isnan(made[0])


def test_the_maxima_of_both_editions_say_not_computable() -> None:
    for maximum in ("99999.9", "9999.99"):  # N5.1 of 2017, N4.2 of 2025
        made, said = in_units(f"a21002-Avg=1,a21002-ZsAvg={maximum}", {})
        assert said == ("not-computable",)
        assert math.isnan(made[1])

"""Reading JSON: every problem has its name, and no bytes make it fail."""

from __future__ import annotations

import json
import math
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.mqtt import codec
from adapters.mqtt.problems import PROBLEMS
from adapters.mqtt.profile import Profile
from monitor.observation import Observation, Period
from tests.hj212.frames import ZONE
from tests.mqtt.kit import NOW

FULL = {
    "reports": "reports[]",
    "device": "sn",
    "time": "at",
    "time_format": "digits",
    "period_at": "every",
    "periods": {"1h": "hour", "1d": "day", "10m": "minute", "now": "realtime"},
    "items": "items[]",
    "code": "name",
    "value": "v",
    "min": "lo",
    "max": "hi",
    "total": "sum",
    "converted": "zs",
    "flag": "mark",
    "flags": {"0": "N", "false": "D"},
    "codes": {"SO2": "a21026"},
    "factors": {"SO2": 0.001},
}


def reader(units: dict[str, float] | None = None, **profile: Any) -> codec.Reader:
    return codec.Reader(
        units=lambda _mn: units or {},
        profile=Profile.model_validate(profile),
        zone=ZONE,
        minute_interval=10,
        max_depth=8,
        max_items=10,
    )


def read(message: Any, topic: str = "t", **profile: Any) -> codec.Understood:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return codec.read(reader(**profile), payload, topic, NOW)


def report(*items: dict[str, Any], **change: Any) -> dict[str, Any]:
    found = {"sn": "m1", "at": "20260801120000", "every": "now", "items": list(items)}
    return {"reports": [found | change]}


def one(understood: codec.Understood) -> Observation:
    (readings,) = understood.readings
    (observation,) = readings.observations()
    return observation


def test_all_that_an_item_can_say() -> None:
    item = {"name": "SO2", "v": 35200, "lo": 30100, "hi": "40000", "sum": 1.5e6, "zs": 4.1e4}
    found = read(report(item | {"mark": 0}, every="1h"), **FULL)
    assert found.problems == ()
    assert found.device == "m1"
    seen = one(found)
    assert (seen.mn, seen.pollutant, seen.period) == ("m1", "a21026", Period.HOUR)
    assert seen.start.astimezone(ZONE).isoformat() == "2026-08-01T12:00:00+08:00"
    assert seen.end.astimezone(ZONE).isoformat() == "2026-08-01T13:00:00+08:00"
    numbers = (seen.value, seen.min, seen.max, seen.total, seen.converted)
    assert numbers == (35.2, 30.1, 40.0, 1500.0, 41.0)
    assert seen.flag == "N"


@pytest.mark.parametrize(
    ("period", "at", "span", "problems"),
    [
        ("1h", "20260801120000", ("11:00", "12:00"), ()),
        ("1h", "20260801115959", ("10:00", "11:00"), ("unaligned-data-time",)),
        ("10m", "20260801121000", ("12:00", "12:10"), ()),
        ("1d", "20260801000000", ("00:00", "00:00"), ()),
        ("now", "20260801120001", ("12:00", "12:00"), ()),
    ],
)
def test_times_that_mark_the_end(
    period: str, at: str, span: tuple[str, str], problems: tuple[str, ...]
) -> None:
    message = report({"name": "P", "v": 1}, every=period, at=at)
    found = read(message, **FULL | {"stamp": "end"})
    seen = one(found)
    local = [each.astimezone(ZONE) for each in (seen.start, seen.end)]
    assert tuple(f"{each:%H:%M}" for each in local) == span
    assert found.problems == problems
    assert (local[1].date() - local[0].date()).days == (1 if period == "1d" else 0)


@pytest.mark.parametrize(
    ("time_format", "value", "zone"),
    [
        ("iso", "2026-08-01T12:00:00+08:00", None),
        ("iso", "2026-08-01T04:00:00Z", None),
        ("iso", "2026-08-01 12:00:00", None),
        ("iso", "2026-08-01 04:00:00.000", "UTC"),
        ("digits", "20260801120000", None),
        ("digits", 20260801120000, None),
        ("epoch_s", 1785556800, "UTC"),
        ("epoch_s", "1785556800.0", None),
        ("epoch_ms", 1785556800000, None),
        ("%Y/%m/%d %H:%M", "2026/08/01 12:00", None),
        ("%d.%m.%Y %H:%M%z", "01.08.2026 04:00+0000", None),
    ],
)
def test_times(time_format: str, value: object, zone: str | None) -> None:
    settings = {"device": "d", "time": "t", "items": "v.*", "time_format": time_format}
    found = read({"d": "m", "t": value, "v": {"P": 1}}, **settings, zone=zone)
    assert found.problems == ()
    local = one(found).start.astimezone(ZoneInfo("Asia/Shanghai"))
    assert local.isoformat() == "2026-08-01T12:00:00+08:00"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (b"", "empty-message"),
        (b" \r\n", "empty-message"),
        (b"\x81\xff", "undecodable-text"),
        (b'{"a":', "not-json"),
        (b"1" * 5000, "not-json"),
        (b"[" * 200_000, "too-nested"),
        (b"[" * 20 + b"]" * 20, "too-nested"),
        ({"reports": []}, "no-report"),
        ({"reports": [{}] * 11}, "too-many-items"),
        (report(*[{"name": str(n), "v": 1} for n in range(11)]), "too-many-items"),
        (report({"name": "P", "v": 1}, sn=None), "missing-device"),
        (report({"name": "P", "v": 1}, sn=""), "missing-device"),
        (report({"name": "P", "v": 1}, sn="x" * 65), "missing-device"),
        (report({"name": "P", "v": 1}, sn="a\0b"), "missing-device"),
        (report({"name": "P", "v": 1}, sn="\ud800"), "missing-device"),
        (report({"name": "P", "v": 1}, sn=["m1"]), "missing-device"),
        (report({"name": "P", "v": 1}, at=None), "missing-time"),
        (report({"name": "P", "v": 1}, at="20261301000000"), "bad-time"),
        (report({"name": "P", "v": 1}, at=True), "bad-time"),
        (report({"name": "P", "v": 1}, at="20260801150000"), "implausible-time"),
        (report({"name": "P", "v": 1}, at="19991231000000"), "implausible-time"),
        (report({"name": "P", "v": 1}, every="1w"), "unknown-period"),
        (report(), "no-items"),
        (report(items="none"), "no-items"),
    ],
)
def test_messages_of_which_no_readings_are_made(message: Any, problem: str) -> None:
    found = read(message, **FULL)
    assert found.readings == ()
    assert problem in found.problems


@pytest.mark.parametrize(
    ("item", "problem", "value"),
    [
        ({"name": "P", "v": None}, "empty-value", None),
        ({"name": "P", "v": ""}, "empty-value", None),
        ({"name": "P", "v": "--"}, "not-a-number", None),
        ({"name": "P", "v": True}, "not-a-number", None),
        ({"name": "P", "v": [1]}, "not-a-number", None),
        ({"name": "P", "v": math.nan}, "not-a-number", None),
        ({"name": "P", "v": math.inf}, "not-a-number", None),
        ({"name": "P", "v": 10**400}, "implausible-value", None),
        ({"name": "P", "v": 1e12}, "implausible-value", None),
        ({"name": "P", "v": "1e3"}, "number-format", 1000.0),
        ({"name": "P", "v": " 3 "}, None, 3.0),
        ({"name": "P", "v": 1, "mark": "a,b"}, "unusable-flag", 1.0),
    ],
)
def test_numbers_and_flags_that_are_none(
    item: dict[str, Any], problem: str | None, value: float | None
) -> None:
    found = read(report(item), **FULL)
    assert found.problems == ((problem,) if problem else ())
    assert one(found).value == value


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"v": 1}, "missing-code"),
        ({"name": "a,b", "v": 1}, "unusable-code"),
        ({"name": "x" * 65, "v": 1}, "unusable-code"),
        ({"name": "Q"}, "missing-value"),
        ({"name": "P", "v": 9}, "repeated-item"),
    ],
)
def test_items_that_are_left_out(item: dict[str, Any], problem: str) -> None:
    found = read(report({"name": "P", "v": 1}, item), **FULL)
    assert found.problems == (problem,)
    assert one(found).value == 1


def test_an_outlet_s_own_unit_is_turned_into_the_tables() -> None:
    profile = {"device": "sn", "time": "at", "time_format": "digits", "items": "items[]",
               "code": "id", "value": "avg", "total": "cou"}  # fmt: skip
    items = [{"id": "a21026", "avg": 35200, "cou": 7.5}, {"id": "a21002", "avg": 12.5}]
    payload = json.dumps({"sn": "m1", "at": "20260801120000", "items": items}).encode()
    for factors, expected in (({}, (35.2, 7.5, 12.5)), ({"a21026": 0.002}, (70.4, 0.015, 12.5))):
        own = reader({"a21026": 0.001}, **profile, factors=factors)
        (made,) = codec.read(own, payload, "t", NOW).readings
        assert made.values == expected


def test_a_flag_alone_says_that_the_value_was_due() -> None:
    seen = one(read(report({"name": "P", "mark": False}), **FULL))
    assert (seen.value, seen.flag) == (None, "D")


def test_one_report_that_is_wrong_does_not_touch_the_others() -> None:
    good, bad = report({"name": "P", "v": 1}), report({"name": "P", "v": 2}, sn=None)
    other = report({"name": "P", "v": 3}, sn="m2")
    found = read({"reports": good["reports"] + bad["reports"] + other["reports"]}, **FULL)
    assert [each.mn for each in found.readings] == ["m1", "m2"]
    assert found.problems == ("missing-device",)
    assert found.device is None  # the message is of several


def test_a_name_twice_counts_once() -> None:
    message = b'{"d":"m","t":"20260801120000","v":{"P":1,"P":2}}'
    settings = {"device": "d", "time": "t", "time_format": "digits", "items": "v.*"}
    found = read(message, **settings)
    assert (one(found).value, found.problems) == (1, ("repeated-key",))


def test_chinese_of_an_old_device() -> None:
    message = '{"d":"电表","t":"20260801120000","v":{"P":1}}'.encode("gb18030")
    settings = {"device": "d", "time": "t", "time_format": "digits", "items": "v.*"}
    found = read(message, **settings)
    assert (found.device, found.problems) == ("电表", ("gb18030",))


def test_only_some_messages_are_data() -> None:
    settings = FULL | {"only": {"type": ["data", "hstdata"]}}
    assert read({"type": "heart"}, **settings).data is False
    assert read({"type": "heart"}, **settings).problems == ()
    found = read({"type": "hstdata"} | report({"name": "P", "v": 1}), **settings)
    assert found.data
    assert found.readings


def test_the_device_may_stand_in_the_topic() -> None:
    settings = {"device": "topic[2]", "time": "t", "time_format": "digits", "items": "v.*"}
    found = read({"t": "20260801120000", "v": {"P": 1}}, "gw/x/m9", **settings)
    assert found.device == "m9"


def test_unlisted_codes_can_be_left_out() -> None:
    settings = {"device": "sn", "time": "t", "time_format": "digits", "items": "."}
    settings |= {"items": "*", "codes": {"P": "power"}, "unlisted": "skip"}
    found = read({"sn": "m", "t": "20260801120000", "P": 3, "rssi": -70}, **settings)
    assert (one(found).pollutant, found.problems) == ("power", ())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["20260801120000", "m1", "now", "1h"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["reports", "sn", "at", "every", "items", "name", "v", "mark"]), inner
    ),
    max_leaves=30,
)  # fmt: skip


@given(values | st.builds(lambda items: report(*items), st.lists(st.dictionaries(
    st.sampled_from(["name", "v", "lo", "hi", "mark"]), values, max_size=4), max_size=4)))  # fmt: skip
def test_no_message_makes_it_fail(message: Any) -> None:
    found = read(message, **FULL)
    assert set(found.problems) <= set(PROBLEMS)
    for readings in found.readings:
        assert len(readings.values) == len(readings.layout.columns)
        str(readings.layout).encode()  # can be stored
        readings.mn.encode()


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(payload: bytes) -> None:
    assert set(codec.read(reader(**FULL), payload, "t", NOW).problems) <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"device": "a..b"}, "not a path"),
        ({"device": "a[]"}, "several"),
        ({"only": {"a[]": ["x"]}}, "several"),
        ({"time_format": "rfc"}, "one of iso"),
        ({"zone": "Asia/Atlantis"}, "no such time zone"),
        ({"period_at": None}, "belong together"),
        ({"periods": {}}, "belong together"),
        ({"period": "month"}, "period"),
        ({"codes": {"a": "b,c"}}, "comma"),
        ({"codes": {}, "unlisted": "skip"}, "leave out everything"),
        ({"factors": {"a": 0}}, "greater than 0"),
        ({"factors": {"a": "nan"}}, "number"),
        ({"value": None, "min": None, "max": None, "total": None, "converted": None}, "value"),
        ({"surplus": 1}, "surplus"),
        ({"value": {"eval": "1"}}, "Path"),
    ],
)
def test_profiles_that_make_no_sense_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Profile.model_validate(FULL | change)

"""The codec by its promises: nothing makes it raise, order and repetition change nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.channels import TRANSFORMED
from adapters.power import codec
from adapters.power.problems import PROBLEMS
from monitor import pollutants
from tests.power.kit import DATA, METER, NOW, config

TOPIC = "/gw/acrelHW/示例产品/data/26080001"
RATIO = 80.0


def reader(ratio: float | None = None, **settings: Any) -> codec.Reader:
    given = config(**settings)
    return codec.Reader(
        profile=given.profile,
        zone=given.clock,
        primary=given.primary,
        max_depth=given.max_depth,
        max_items=given.max_items,
        ratio=lambda _: ratio,
    )


def hear(message: Any, topic: str = TOPIC, **settings: Any) -> codec.Heard:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return codec.read(reader(**settings), body, topic, NOW)


def numbers(heard: codec.Heard) -> dict[str, float]:
    (readings,) = heard.readings
    return dict(zip(readings.layout.pollutants, readings.values, strict=True))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(["type", "gwSN", "meterSN", "time", "P", "EPI", "Ia", "CT", "PT", "event"])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8)
)


@given(st.binary(max_size=200) | JSON.map(lambda found: json.dumps(found).encode()), st.text())
def test_no_bytes_and_no_topic_make_it_raise(body: bytes, topic: str) -> None:
    entries: tuple[dict[str, Any], ...]
    entries = ({"values": "primary"}, {"values": "secondary"}, {"profile": "acrel-iot"})
    for settings in entries:
        heard = codec.read(reader(**settings), body, topic, NOW)
        assert set(heard.problems) <= set(PROBLEMS)
        assert heard.understood or heard.problems


@given(st.permutations(sorted(DATA.items())))
def test_the_order_of_a_message_changes_nothing(items: list[tuple[str, Any]]) -> None:
    assert hear(dict(items)).readings == hear(DATA).readings


KILOWATTS = st.integers(0, 999_999).map(lambda thousandths: thousandths / 1000)


@given(KILOWATTS, st.integers(1, 4000))
def test_a_ratio_is_applied_exactly_once(kw: float, ratio: int) -> None:
    message = {**DATA, "P": kw, "EPI": kw}
    once = pytest.approx({"P": kw * ratio, "EPI": kw * ratio})
    assert numbers(hear(message | {"CT": ratio}, values="secondary")) == once
    assert numbers(hear(message, values="secondary", ratio=float(ratio))) == once
    # that of the message goes before that of the register
    assert numbers(hear(message | {"CT": ratio}, values="secondary", ratio=7.0)) == once
    as_sent = {"P": kw, "EPI": kw}
    assert numbers(hear(message | {"CT": ratio}, values="primary", ratio=7.0)) == as_sent


@pytest.mark.parametrize("ratio", [0, -80, "n/a", None, True, 1e7, "400/5", {}])
def test_a_ratio_that_is_none_leaves_no_number(ratio: Any) -> None:
    heard = hear(DATA | {"CT": ratio}, values="secondary", ratio=80.0)
    assert heard.problems == ("bad-ratio",)
    assert all(math.isnan(number) for number in numbers(heard).values())


def test_back_fill_is_supplementary_wherever_it_is_said() -> None:
    late = "/gw/acrelHW/示例产品/hstdata/26080001"
    for message, topic in ((DATA, late), (DATA | {"type": "hstdata"}, TOPIC)):
        (readings,) = hear(message, topic).readings
        assert readings.supplementary
    (readings,) = hear(DATA).readings
    assert not readings.supplementary


def test_more_than_allowed_is_not_read() -> None:
    heard = hear(DATA | {str(n): n for n in range(200)}, max_items=100)
    assert (heard.readings, heard.problems) == ((), ("too-many-items",))
    heard = hear(b'{"a":' * 30 + b"1" + b"}" * 30)
    assert (heard.understood, heard.problems) == (False, ("too-nested",))


def test_every_channel_is_in_the_table_with_its_unit() -> None:
    units = {channel: pollutants.get(channel) for channel in TRANSFORMED}
    assert {channel: found and found.unit for channel, found in units.items()} == {
        "P": "kW", "Q": "kvar", "PF": "", "EPI": "kWh",
        "Ua": "V", "Ub": "V", "Uc": "V", "Ia": "A", "Ib": "A", "Ic": "A",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"values": None}, "values"),
        ({"url": "mqtt://broker"}, "topics"),
        ({"topics": ["a/#"]}, "topics"),
        ({"profile": "示例"}, "no profile"),
        ({"profile": {"like": "acrel-iot", "values": "secondary"}}, "the profile says"),
        ({"profile": {"like": "acrel-iot", "channels": {"P": "kW"}}}, "channels"),
        ({"profile": {"like": "acrel-iot", "factors": {"x": 2}}}, "factors"),
        ({"profile": {"like": "acrel-iot", "kind": []}}, "kind"),
        ({"profile": {"like": "acrel-iot", "gateway": [], "within_gateway": True}}, "gateway"),
        ({"profile": {"like": "acrel-iot", "replies": {"data": {"a": "{b[]}"}}}}, "several"),
        ({"profile": {"like": "acrel-iot", "reply_topic": "a/{b.*}"}}, "several"),
        ({"profile": {"like": "acrel-iot", "values": "primary"}}, "already"),
    ],
)
def test_what_is_refused_in_a_configuration(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        config(**settings)


def test_a_bureaus_own_profile_starts_from_a_shipped_one() -> None:
    own = {"like": "acrel-adw300", "channels": {"Psum": "P"}, "factors": {"Psum": 0.001}}
    heard = hear(DATA | {"Psum": 12500}, profile=own)
    assert numbers(heard) == {"P": 12.5}
    assert heard.device == METER

"""The path language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mqtt import path
from adapters.mqtt.path import MISSING, Place

MESSAGE = {
    "sn": "m1",
    "a": {"b": {"c": 7}},
    "a.b": 8,
    "list": [{"v": 1}, {"v": 2}, {"w": 3}],
    "deep": [{"in": [1, 2]}, {"in": [3]}, {"in": "no list"}],
    "map": {"P": {"v": 1}, "Q": {"v": 2}},
    "null": None,
    "topic": "member",
}
TOPIC = ("gateways", "1", "data")
PLACE = Place(TOPIC, MESSAGE, MESSAGE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sn", ["m1"]),
        ("a.b.c", [7]),
        ('"a.b"', [8]),
        ('a."b".c', [7]),
        (".", [MESSAGE]),
        ("$", [MESSAGE]),
        ("$.a.b.c", [7]),
        ("list[]", MESSAGE["list"]),
        ("list[].v", [1, 2]),
        ("list[1].v", [2]),
        ("list[9]", []),
        ("deep[].in[]", [1, 2, 3]),
        ("map.*", [{"v": 1}, {"v": 2}]),
        ("map.*.v", [1, 2]),
        ("null", [None]),
        ("none", []),
        ("sn.none", []),
        ("sn[]", []),
        ("list.*", []),
        ("topic[0]", ["gateways"]),
        ("topic[2]", ["data"]),
        ("topic[3]", []),
        ("topic", ["member"]),
        ("__import__('os')", []),
    ],
)
def test_what_a_path_finds(text: str, found: list[Any]) -> None:
    assert [each.here for each in path.parse(text).all(PLACE)] == found
    assert path.parse(text).one(PLACE) == (found[0] if found else MISSING)


def test_members_have_their_names_and_paths_may_begin_anywhere() -> None:
    places = list(path.parse("map.*").all(PLACE))
    assert [each.name for each in places] == ["P", "Q"]
    assert path.parse("v").one(places[1]) == 2
    assert path.parse("$.sn").one(places[1]) == "m1"
    assert path.parse("topic[1]").one(places[1]) == "1"


@pytest.mark.parametrize(
    "text",
    ["", "..", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a b", "a]", '"a', "$a", "a.$", "x" * 300,
     "a[0"],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        path.parse(text)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(st.text(max_size=20), values)
def test_no_text_and_no_message_makes_it_fail(text: str, message: Any) -> None:
    try:
        parsed = path.parse(text)
    except ValueError:
        return
    list(parsed.all(Place(TOPIC, message, message)))


@given(st.text(min_size=1, max_size=20).filter(lambda t: '"' not in t), values)
def test_every_name_can_be_quoted(name: str, value: Any) -> None:
    message = {name: value}
    assert json.dumps(path.parse(f'"{name}"').one(Place(TOPIC, message, message))) == json.dumps(
        value
    )

"""Reading what is pushed: no bytes make it fail, and what comes of them can be stored."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.video.webhook import codec, pictures, reply, shipped
from adapters.video.webhook.codec import Understood
from adapters.video.webhook.problems import PROBLEMS
from adapters.video.webhook.profile import Profile
from adapters.video.webhook.reading import DETAIL_LIMIT, Reader, Reading
from tests.hj212.frames import ZONE
from tests.video.kit import NOW

PLAIN = {"device": "sn", "label": "what", "time": "at", "id": "id"}
FULL = PLAIN | {
    "events": "events[]",
    "ignore": {"what": ["online"]},
    "channel": "ch",
    "source": "{channel}@{device}",
    "status": "state",
    "statuses": {"1": "start", "2": "stop", "5": "picture"},
    "confidence": "targets[].score",
    "box": "targets[].box",
    "box_members": ["x", "y", "w", "h"],
    "box_format": "ltwh",
    "picture": ["pic", "pics[]"],
    "picture_in": "more",
    "longitude": "lon",
    "latitude": "lat",
    "supplementary": {"late": ["true", "1"]},
    "details": {"more": "more", "all": "."},
    "reply": {"id": "{events[0].id}"},
}


def read(
    message: Any, headers: dict[str, str] | None = None, limits: Any = None, **profile: Any
) -> Understood:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    reader = Reader(Profile.model_validate(profile), ZONE, **limits or {})
    reading = Reading(reader, NOW)
    return codec.read(reading, codec.open_body(reading, headers or {}, body))


def storable(found: Understood) -> None:
    """As PostgreSQL has it: no NUL, no half surrogates, no number that JSON has not."""
    assert set(found.problems) <= set(PROBLEMS)
    for event, wanted in found.events:
        texts = [event.key, event.source, event.label, *(one.name for one in wanted)]
        texts.append(json.dumps(event.details, ensure_ascii=False, allow_nan=False))
        for text in texts:
            assert "\0" not in text
            text.encode()
        assert "\\u0000" not in json.dumps(event.details)
        assert all("/" not in one.name and one.name not in (".", "..") for one in wanted)
        assert len(event.key) <= 128
        assert event.start.tzinfo is not None
        assert event.end is None or event.end >= event.start
        assert event.confidence is None or 0 <= event.confidence <= 1


names = st.sampled_from(
    ["events", "sn", "what", "at", "id", "ch", "state", "targets", "score", "box", "x", "y", "w",
     "h", "pic", "pics", "more", "lon", "lat", "late", "\0"]
)  # fmt: skip
texts = st.text(st.characters(), max_size=20) | st.text(
    st.sampled_from("\0\ud800\udfff\n./\\%0a示"), max_size=8
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | texts
    | st.sampled_from(["2026-08-01T 12:00:00", "1,2,3,4", "http://10.0.0.7/../a.jpg", "1", "2", "5"])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=30,
)
events = st.dictionaries(names, values, max_size=12)


@given(values | st.builds(lambda several: {"events": several}, st.lists(events, max_size=4)))
def test_no_message_makes_it_fail(message: Any) -> None:
    storable(read(message, **FULL))


@pytest.mark.parametrize("name", shipped.names())
@settings(max_examples=30)  # the rest of it is the same for all
@given(message=values)
def test_no_message_makes_a_shipped_profile_fail(name: str, message: Any) -> None:
    profile = shipped.written(name)
    assert isinstance(profile, dict)
    storable(read(message, **profile | {"only": {}}))


@given(
    st.binary(max_size=300), st.sampled_from(["", "text/xml", "multipart/form-data; boundary=b"])
)
def test_no_bytes_make_it_fail(body: bytes, content_type: str) -> None:
    storable(read(body, {"content-type": content_type}, **FULL))


pieces = st.lists(
    st.sampled_from([b"--b", b"--b--", b"\r\n", b"\n", b"{}", b'{"events": []}', b"\xff\xd8\xff",
                     b"Content-Disposition: form-data; name=", b'"a"', b"; filename=", b"\0"]),
    max_size=24,
).map(b"".join)  # fmt: skip


@given(pieces, st.text(max_size=20))
def test_no_form_makes_it_fail(body: bytes, boundary: str) -> None:
    for each in ("b", boundary):
        storable(read(body, {"content-type": f"multipart/mixed; boundary={each}"}, **FULL))


@given(st.text(max_size=40) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_no_base64_makes_it_fail(text: str) -> None:
    with contextlib.suppress(pictures.Unfit):
        assert len(pictures.decode(text, 1024)) <= 1024


@given(st.binary(max_size=60), st.sampled_from(["", "data:image/jpeg;base64,", "data:;base64,"]))
def test_base64_of_any_kind_is_decoded(data: bytes, prefix: str) -> None:
    plain, other = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()
    folded = base64.encodebytes(data).decode()
    for text in (plain, other, plain.rstrip("="), folded):
        assert pictures.decode(prefix + text, 1024) == data


def test_base64_over_the_limit_is_told_before_it_is_decoded() -> None:
    for size in (1025, 10_000_000):
        with pytest.raises(pictures.Unfit, match="picture-too-large"):
            pictures.decode("A" * (size * 4 // 3 + 4), 1024)


@pytest.mark.parametrize(
    "body",
    [b"[" * 20_000_000, b"[]," * 6_000_000, b'{"a":' * 4_000_000, b"[" + b"1," * 9_000_000 + b"1]"],
    ids=["brackets", "lists", "objects", "numbers"],
)
def test_twenty_megabytes_of_brackets_are_not_even_read(body: bytes) -> None:
    assert read(body, **PLAIN).problems == ("too-many-values",)


def test_nesting_that_the_count_lets_through_is_told() -> None:
    assert read(b"[" * 90_000, **PLAIN).problems == ("too-nested",)
    assert read(b"[" * 50 + b"]" * 50, **PLAIN).problems == ("too-nested",)


def test_more_events_and_pictures_than_are_taken_are_left_out() -> None:
    one = {"sn": "a", "what": "b", "at": "2026-08-01T12:00:00", "pics": ["http://h/1"] * 3}
    found = read([one] * 5, limits={"max_events": 3, "max_pictures": 4},
                 **PLAIN, events="[]", picture="pics[]")  # fmt: skip
    assert [len(wanted) for _, wanted in found.events] == [3, 1, 0]
    assert found.problems == ("too-many-events", "too-many-pictures")


@pytest.mark.parametrize(
    ("change", "value", "expected"),
    [
        ({}, "2026-08-01T12:00:00+08:00", "12:00:00"),
        ({}, "2026-08-01T 12:00:00.000+08:00", "12:00:00"),
        ({}, "2026-08-01 12:00:00", "12:00:00"),
        ({"zone": "UTC"}, "2026-08-01 04:00:00", "12:00:00"),
        ({"time_format": "digits"}, 20260801120000, "12:00:00"),
        ({"time_format": "epoch_s"}, "1785556800", "12:00:00"),
        ({"time_format": "epoch_s"}, 1785556800.5, "12:00:00.500000"),
        ({"time_format": "epoch_ms"}, 1785556800000, "12:00:00"),
        ({"time_format": "%Y%m%dT%H%M%SZ"}, "20260801T120000Z", "12:00:00"),
    ],
)
def test_times(change: dict[str, Any], value: Any, expected: str) -> None:
    profile = Profile.model_validate(PLAIN | change)
    zone = ZONE if profile.zone is None else ZoneInfo(profile.zone)
    reading = Reading(Reader(profile, zone), NOW)
    body = json.dumps({"sn": "a", "what": "b", "at": value}).encode()
    ((event, _),) = codec.read(reading, codec.open_body(reading, {}, body)).events
    assert event.start.astimezone(ZONE).time().isoformat() == expected


@pytest.mark.parametrize(
    ("change", "found", "expected"),
    [
        ({}, [1, 2, 3, 4], [[1, 2, 3, 4]]),
        ({}, "1,2; 3 4", [[1, 2, 3, 4]]),
        ({}, "[[1,2],[3,4]]", [[1, 2, 3, 4]]),
        ({}, [[1, 2, 3, 4], ["5", "6", "7", "8"]], [[1, 2, 3, 4], [5, 6, 7, 8]]),
        ({}, [1, 2, 3, 4, 5, 6, 7, 8], [[1, 2, 3, 4], [5, 6, 7, 8]]),
        ({"box_format": "ltwh"}, [1, 2, 3, 4], [[1, 2, 4, 6]]),
        ({"box_scale": 1}, [0.1, 0.2, 0.3, 0.4], [[0.1, 0.2, 0.3, 0.4]]),
        ({"box_scale": 8191}, [0, 0, 8191, 8191], [[0, 0, 1, 1]]),
        ({"box_members": list("lrtb")}, {"l": 1, "r": "2", "t": 3, "b": 4}, [[1, 2, 3, 4]]),
        ({"box_members": list("lrtb")}, [{"l": 1, "r": 2, "t": 3, "b": 4}], [[1, 2, 3, 4]]),
        ({}, [], None),
        ({}, [1, 2, 3], None),
        ({}, {"l": 1}, None),
        ({}, [1, 2, 3, None], None),
        ({}, [1, 2, 3, 1e7], None),
        ({}, [1] * 404, None),
    ],
)
def test_boxes(change: dict[str, Any], found: Any, expected: Any) -> None:
    message = {"sn": "a", "what": "b", "at": "2026-08-01T12:00:00", "box": found}
    ((event, _),) = read(message, **PLAIN, box="box", **change).events
    assert event.details.get("boxes") == expected


def test_the_same_without_an_id_is_the_same_event() -> None:
    profile = {key: value for key, value in PLAIN.items() if key != "id"}
    one = {"sn": "a", "what": "b", "at": "2026-08-01T12:00:00"}

    def key(message: Any) -> str:
        return read(message, **profile).events[0][0].key

    assert key(one) == key(one | {"more": 1})
    assert len({key(one), *(key(one | {name: "x"}) for name in one)}) == 4
    # without a time, by all that is said
    assert key({"sn": "a", "what": "b"}) == key({"what": "b", "sn": "a"})
    assert key({"sn": "a", "what": "b"}) != key({"sn": "a", "what": "b", "more": 1})


def test_an_id_that_cannot_be_a_key_still_tells_events_apart() -> None:
    keys = {
        read({"sn": "a", "what": "b", "id": each}, **PLAIN).events[0][0].key
        for each in ("x" * 500, "x" * 501, "a\0", "a\ud800", "a\n", "a")
    }
    assert len(keys) == 5  # "a\n" is "a" with a blank behind it
    assert all(len(key) <= 128 for key in keys)


def test_a_camera_without_a_channel_is_its_device() -> None:
    message = {"sn": "a", "what": "b", "ch": None}
    profile = PLAIN | {"channel": "ch", "source": "{device}/{channel}"}
    assert read(message, **profile).events[0][0].source == "a"
    assert read(message | {"ch": "{device}"}, **profile).events[0][0].source == "a/{device}"


def test_details_are_bounded() -> None:
    for more in ("x" * (DETAIL_LIMIT + 1), ["x"] * 600, {"x" * 3000: "y" * 3000}):
        found = read({"sn": "a", "what": "b", "id": 1, "more": more}, **PLAIN,
                     details={"more": "more"})  # fmt: skip
        assert "detail-too-long" in found.problems
        assert "more" not in found.events[0][0].details


def test_replies_echo_what_is_asked_for_and_little_else() -> None:
    template: reply.Template = {"id": "{header.id}", "list": ["{a}", {"b": "{c}"}], "text": "{ }x"}
    message = {"header": {"id": 7}, "a": ["no scalar"], "c": "x" * 300}
    body = json.loads(reply.render(template, message).body)
    assert body == {"id": 7, "list": [None, {"b": None}], "text": "{ }x"}
    assert json.loads(reply.render({"a": "{a}"}, {"a": "\ud800\0"}).body) == {"a": "\ud800\0"}
    plain = reply.render("OK", None)
    assert (plain.body, plain.content_type) == (b"OK", "text/plain; charset=utf-8")


def test_an_id_that_is_unique_only_together_with_something() -> None:
    one = {"sn": "a", "what": "b", "at": "2026-08-01T12:00:00", "id": "1"}

    def key(message: Any, *together: str) -> str:
        return read(message, **PLAIN, id_with=together).events[0][0].key

    assert key(one) == key(one | {"sn": "c"}) == "1"
    assert key(one, "device") == key(one | {"at": "2026-08-01T12:00:01"}, "device")
    assert key(one, "device") != key(one | {"sn": "c"}, "device")
    assert key(one, "device", "time") != key(one | {"at": "2026-08-01T12:00:01"}, "device", "time")

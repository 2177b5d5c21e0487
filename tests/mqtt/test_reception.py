"""What is delivered for a message: HJ 212 frames and JSON, understood or not."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.broker.message import Message
from adapters.mqtt.reception import Reception
from monitor.adapter import Delivery
from monitor.observation import Frame
from tests.hj212.frames import MN, make
from tests.mqtt.kit import METER, NOW, Store, config, context, message

CONTENT = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"


def hear(sent: bytes, /, known: Any = lambda _: True, **settings: Any) -> list[Delivery]:
    reception = Reception(config(**settings), context(Store(), known=known))
    return reception.hear(arrived(sent))


def arrived(payload: bytes, size: int | None = None, **more: Any) -> Message:
    given: dict[str, Any] = {"topic": "loggers/1", "digest": b"", "mid": 1, "qos": 1} | more
    return Message(payload=payload, size=len(payload) if size is None else size, **given)


def frames(payload: bytes) -> list[Frame]:
    return [each.frame for each in hear(payload, payload="hj212")]


def test_several_frames_in_a_message() -> None:
    one, two = make(CONTENT), make(CONTENT.replace("35.2", "36.2"))
    heard = hear(one + two, payload="hj212")
    assert [each.frame.raw for each in heard] == [one, two]
    assert [list(each.readings[0].values) for each in heard] == [[35.2], [36.2]]
    assert {each.frame.verdict for each in heard} == {"clean"}
    assert {each.frame.device for each in heard} == {MN}


def test_where_a_frame_comes_from() -> None:
    (frame,) = frames(make(CONTENT))
    assert (frame.source, frame.received_at) == ("power", NOW)
    assert frame.peer == "loggers/1 via offsite-monitor-power@127.0.0.1:1"


def test_blanks_between_frames_are_nothing() -> None:
    one = make(CONTENT)
    assert [each.raw for each in frames(b"\r\n" + one + b"\r\n\n " + one)] == [one, one]


def test_a_line_end_that_the_publisher_left_out_is_no_loss() -> None:
    (frame,) = frames(make(CONTENT).rstrip())
    assert (frame.verdict, frame.problems) == ("tolerated", ("missing-crlf",))


def test_what_is_no_frame_is_kept_whole() -> None:
    one = make(CONTENT)
    segment = one[6:-6]
    for payload, kept in ((segment, []), (b"x" * 999 + one, [one]), (b"no frame", [])):
        *others, last = frames(payload)
        assert [each.raw for each in others] == kept
        assert (last.raw, last.verdict, last.problems) == (payload, "refused", ("no-frame",))
    (empty,) = frames(b"")
    assert empty.problems == ("empty-message",)


def test_a_damaged_frame_makes_no_readings() -> None:
    (heard,) = hear(make(CONTENT).replace(b"35.2", b"35.3"), payload="hj212")
    assert (heard.frame.verdict, heard.readings) == ("refused", ())
    assert "crc-mismatch" in heard.frame.problems


def test_a_stranger_is_named() -> None:
    (heard,) = hear(message(1), known=lambda _: False)
    assert (heard.frame.verdict, heard.frame.problems) == ("tolerated", ("unknown-device",))
    assert (heard.frame.device, len(heard.readings)) == (METER, 1)


def test_what_is_no_data_is_kept_without_reproach() -> None:
    profile = {"device": "meter", "time": "at", "time_format": "epoch_s", "items": "values.*"}
    (heard,) = hear(b'{"type":"login"}', profile=profile | {"only": {"type": ["data"]}})
    assert (heard.frame.verdict, heard.readings) == ("clean", ())
    assert heard.frame.note == "no data by the profile"


def test_a_reader_that_fails_does_not_stop_the_feed(monkeypatch: Any) -> None:
    def failing(*_: object) -> None:
        raise RuntimeError("示例")

    monkeypatch.setattr("adapters.mqtt.codec.read", failing)
    (heard,) = hear(message(1))
    assert (heard.frame.verdict, heard.frame.problems) == ("refused", ("not-readable",))
    assert heard.frame.raw == message(1)


pieces = st.sampled_from([make(CONTENT), make(CONTENT)[:40], b"##", b"\r\n", b"##0012", b"x" * 300])


@given(st.lists(pieces | st.binary(max_size=50), max_size=6).map(b"".join))
def test_every_byte_is_kept(payload: bytes) -> None:
    heard = frames(payload)
    assert heard
    whole = any(each.raw == payload for each in heard)
    assert whole or b"".join(each.raw for each in heard).split() == payload.split()

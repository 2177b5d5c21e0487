"""Any bytes in, frames and noise out: all of them, in order, however they were cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hj212 import crc
from adapters.hj212.frame import build, take_apart
from adapters.hj212.framing import NOISE_RUN, SAMPLE, Framer, Noise
from tests.hj212.frames import make, many, segment

SEGMENT = segment("DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N")
FRAME = build(SEGMENT)
NEXT = make("DataTime=20260801120030;a21026-Rtd=36.0,a21026-Flag=N")
CRC = FRAME[-6:-2]
MODBUS = b"%04X" % crc.modbus(SEGMENT)


def feed(*chunks: bytes) -> list[bytes | Noise]:
    """Everything that comes of a stream, its end included."""
    framer = Framer()
    items = [item for chunk in chunks for item in framer.feed(chunk)]
    return items + framer.close()


def frames(items: list[bytes | Noise]) -> list[bytes]:
    return [item for item in items if isinstance(item, bytes)]


def size(items: list[bytes | Noise]) -> int:
    return sum(item.count if isinstance(item, Noise) else len(item) for item in items)


def wrong_length(length: int, data: bytes = SEGMENT, ending: bytes = CRC + b"\r\n") -> bytes:
    return b"##%04d" % length + data + ending


MALFORMED = [
    pytest.param(FRAME[:-2], id="no line end"),
    pytest.param(FRAME[:-1], id="CR alone"),
    pytest.param(FRAME[:-2] + b"\n", id="LF alone"),
    pytest.param(FRAME[:-2] + b"\r\r\n", id="CR CR LF"),
    pytest.param(FRAME[:-2] + b"**\r\n", id="stars before the line end"),
    pytest.param(FRAME[:-6] + CRC.lower() + b"\r\n", id="lower-case CRC"),
    pytest.param(FRAME[:-6] + MODBUS.lower() + b"\r\n", id="Modbus CRC"),
    pytest.param(FRAME[:-6] + b"0BAD\r\n", id="wrong CRC"),
    pytest.param(wrong_length(len(SEGMENT) - 20), id="length too small"),
    pytest.param(wrong_length(len(SEGMENT) + 20), id="length too great"),
    pytest.param(wrong_length(9999), id="length far too great"),
    pytest.param(wrong_length(1), id="length far too small"),
    pytest.param(wrong_length(len(SEGMENT) + 5, ending=MODBUS), id="wrong length, Modbus, no end"),
    pytest.param(b"##%03d" % len(SEGMENT) + FRAME[6:], id="three digits of length"),
    pytest.param(build(SEGMENT[: SEGMENT.index(b"CP=")]), id="no CP"),
    pytest.param(build(b""), id="nothing in it"),
    pytest.param(
        build(SEGMENT[:-2] + b"\x0d\x0a\x00\xff##\r\n" * 9 + b"&&"), id="any bytes inside"
    ),
    pytest.param(build(SEGMENT[:-2] + b"x" * 9000 + b"&&"), id="9 kB"),
]


@pytest.mark.parametrize("raw", MALFORMED)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_malformed_frames_come_out_whole_before_the_next(raw: bytes, step: int) -> None:
    stream = FRAME + raw + NEXT + raw
    chunks = [stream[at : at + step] for at in range(0, len(stream), step)]
    assert feed(*chunks) == [FRAME, raw, NEXT, raw]


@pytest.mark.parametrize("raw", MALFORMED)
def test_a_device_that_waits_for_its_answer_is_not_kept_waiting(raw: bytes) -> None:
    framer = Framer()
    at_once = framer.feed(raw)
    assert at_once + framer.settle() == [raw]
    assert framer.pending == 0


def test_half_a_frame_is_waited_for() -> None:
    framer = Framer()
    assert framer.feed(FRAME[:100]) == []
    assert framer.settle() == []
    assert framer.feed(FRAME[100:]) == [FRAME]


def test_a_stray_head_does_not_hold_back_what_follows() -> None:
    framer = Framer()
    assert framer.feed(b"##5000QN=2026" + FRAME) == []
    assert framer.settle() == [b"##5000QN=2026", FRAME]


def test_short_crc() -> None:
    """Software that drops the leading zeros of the CRC (HJ 212-2017 6.3.1 wants four digits)."""
    shortened = next(
        (build(each), digits)
        for each in (segment(f"DataTime=20260801120000;a21026-Rtd={n}") for n in range(999))
        if (digits := b"%X" % crc.hj212(each)) and len(digits) == 3
    )
    raw = shortened[0][:-6] + shortened[1]
    assert feed(raw + b"\r\n" + NEXT) == [raw + b"\r\n", NEXT]
    assert feed(raw + NEXT) == [raw, NEXT]
    framer = Framer()
    assert framer.feed(raw) + framer.settle() == [raw]


def test_a_frame_cut_short_is_kept_and_the_next_is_found() -> None:
    torn = FRAME[:90]
    assert feed(torn + NEXT + NEXT) == [torn, NEXT, NEXT]
    assert take_apart(torn).problems == ["truncated"]


def test_modem_chatter_is_noise() -> None:
    items = feed(b"+++\r\nATH\r\n", FRAME, b"\r\nSIZE=12#", FRAME)
    assert items == [Noise(10, b"+++\r\nATH\r\n"), FRAME, Noise(10, b"\r\nSIZE=12#"), FRAME]


def test_noise_without_end_is_counted_and_sampled_and_takes_no_room() -> None:
    rng = random.Random(5)
    framer = Framer()
    items = []
    for _ in range(80):
        items += framer.feed(rng.randbytes(65_536))
        assert framer.pending < NOISE_RUN + 20_000
    items += framer.feed(FRAME)
    assert items[-1] == FRAME
    assert size(items) == 80 * 65_536 + len(FRAME)
    assert all(len(item.sample) <= SAMPLE for item in items if isinstance(item, Noise))


@pytest.mark.parametrize(
    "piece",
    [b"##", b"##9999", b"##0001", b"##0004&&11", b"&&1", b"##0999=&&F", b"##9999&&12&&34=", b"#"],
)
def test_hostile_repetition_is_worked_off(piece: bytes) -> None:
    """Each of these would be quadratic for a search that begins again at every head or byte."""
    stream = piece * (500_000 // len(piece))
    items = feed(stream, FRAME)
    assert size(items) == len(stream) + len(FRAME)
    assert items[-1] == FRAME


pieces: st.SearchStrategy[bytes] = st.one_of(
    st.sampled_from([FRAME, NEXT, *(parameter.values[0] for parameter in MALFORMED[:15])]),
    st.sampled_from(
        [b"##", b"#", b"##0012", b"##0101QN=", b"&&", b"&&12", b"\r\n", b"=", b"&&2F80\r\n"]
    ),
    st.binary(max_size=30),
    st.builds(lambda raw, cut: raw[:cut], st.just(FRAME), st.integers(0, len(FRAME))),
)
streams: st.SearchStrategy[bytes] = st.lists(pieces, max_size=8).map(lambda each: b"".join(each))


@settings(max_examples=120)
@given(streams, st.data())
def test_the_way_a_stream_is_cut_changes_nothing(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(*chunks) == feed(stream)


@settings(max_examples=120)
@given(st.lists(streams, max_size=4), st.lists(st.booleans(), max_size=4))
def test_every_byte_is_accounted_for(chunks: list[bytes], settles: list[bool]) -> None:
    framer = Framer()
    fed = given_out = 0
    for index, chunk in enumerate(chunks):
        fed += len(chunk)
        given_out += size(framer.feed(chunk))
        assert given_out + framer.pending == fed
        if index < len(settles) and settles[index]:
            given_out += size(framer.settle())
            assert given_out + framer.pending == fed
    assert given_out + size(framer.close()) == fed
    assert framer.pending == 0


@settings(max_examples=120)
@given(streams)
def test_a_frame_on_its_own_is_measured_as_in_the_stream(stream: bytes) -> None:
    for raw in frames(feed(stream)):
        assert "trailing-bytes" not in take_apart(raw).problems
        assert "no-frame" not in take_apart(raw).problems


def test_good_frames_between_anything_are_found() -> None:
    rng = random.Random(7)
    sent = many(300)
    stream = b"".join(rng.randbytes(rng.randrange(40)).replace(b"#", b"") + raw for raw in sent)
    assert frames(feed(stream)) == sent

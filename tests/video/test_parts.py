"""Multipart bodies, however their writer broke them and the network cut them."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.video.parts import Part, Splitter
from tests.pictures import photo

JPEG = photo(size=(8, 8))
GOOD = (
    b"--boundary\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>\r\n"
    b'--boundary\r\nContent-Disposition: form-data; name="p"; filename="a b.jpg"\r\n\r\n'
    + JPEG
    + b"\r\n--boundary--\r\n"
)


def split(body: bytes, max_part: int = 100_000, cuts: tuple[int, ...] = ()) -> list[Part]:
    splitter, found = Splitter(max_part), []
    edges = [0, *sorted(cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        found += splitter.feed(body[start:end])
    return found + list(splitter.close())


def bodies(body: bytes) -> list[bytes]:
    return [part.body for part in split(body) if part.raw.strip()]


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        GOOD.replace(b"\r\n--", b"\n--").replace(b"boundary\r\n", b"boundary\n"),
        GOOD.replace(b"--boundary", b"----boundary"),
        GOOD.replace(b"--boundary", b"--MIME_boundary"),
        GOOD.replace(b"<a/>\r\n--", b"<a/>--"),
        GOOD.replace(b"--boundary--\r\n", b""),
        GOOD.replace(b"boundary--\r\n", b"boundary--"),
        GOOD.replace(b"--boundary\r\n", b"--boundary \t\r\n"),
        GOOD.replace(b"<a/>\r\n", b"<a/>\r\n--boundary--\r\n"),
        b"\r\n\r\n" + GOOD,
        b"HTTP is said to follow\r\n" + GOOD,
        GOOD.replace(b"Content-Type: application/xml\r\nContent-Length: 4\r\n\r\n", b""),
    ],
)
def test_the_parts_are_found(body: bytes) -> None:
    found = bodies(body)
    assert found[0].strip() == b"<a/>"
    assert found[1].removesuffix(b"\r\n") == JPEG
    assert len(found) == 2


def test_a_part_says_what_its_headers_say() -> None:
    text, picture = [part for part in split(GOOD) if part.raw.strip()]
    assert text.headers == {"content-type": "application/xml", "content-length": "4"}
    assert (text.name, text.length) == ("", 4)
    assert picture.name == "a b.jpg"


HEADER = "Content-Disposition: form-data; "


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (HEADER + 'name="p"; filename="东厂界.jpg"', "东厂界.jpg"),
        (HEADER + "filename=p.jpg", "p.jpg"),
        (HEADER + "filename*=utf-8''%E4%B8%9C.jpg", ""),
        (HEADER + "filename*=klingon''%E4.jpg", ""),
        ("Content-ID: <image1>", "image1"),
        ("Content-Type: image/jpeg", ""),
    ],
)
def test_a_part_is_called_what_its_sender_calls_it(header: str, name: str) -> None:
    assert Part(f"{header}\r\n\r\n".encode()).name == name


@given(st.text())
def test_no_name_makes_it_fail(name: str) -> None:
    head = f"{HEADER}filename{name}\r\n\r\n".encode("utf-8", "replace")
    assert isinstance(Part(head).name, str)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_no_bytes_make_it_fail(body: bytes, cuts: list[int]) -> None:
    within = tuple(min(cut, len(body)) for cut in cuts)
    assert [p.raw for p in split(body, 50, within)] == [p.raw for p in split(body, 50)]
    for part in split(body):
        assert part.headers is not None
        assert isinstance(part.name, str)


PIECES = [b"--a", b"--", b"-", b"\r", b"\n", b"\r\n", b"a", b" ", b"\t", b"x", b"A: b\r\n", b"<a/>"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=40),
    st.lists(st.integers(0, 120), max_size=6),
    st.sampled_from([1, 7, 1000]),
)
def test_it_is_the_same_wherever_the_network_cuts(
    pieces: list[bytes], cuts: list[int], limit: int
) -> None:
    body = b"--a\r\n" + b"".join(pieces)
    within = tuple(min(cut, len(body)) for cut in cuts)
    assert split(body, limit, within) == split(body, limit)


def test_of_a_long_part_no_more_is_kept_than_is_asked_for() -> None:
    rest = random.Random(1).randbytes(3_000_000).replace(b"-", b"+")
    splitter, found = Splitter(10_000), list[Part]()
    stream = b"--a\r\n\r\n" + rest + b"\r\n--a\r\n\r\nshort\r\n--a\r\n"
    for start in range(0, len(stream), 65_536):
        found += splitter.feed(stream[start : start + 65_536])
        assert len(splitter._buffer) < 200_000
    long, short = found
    assert (long.raw, long.too_long) == ((b"\r\n" + rest)[:10_000], True)
    assert (short.body, short.too_long) == (b"short", False)


def test_a_part_may_be_taken_before_the_next_boundary_has_come() -> None:
    splitter = Splitter(1000)
    assert list(splitter.feed(GOOD[:60])) == []
    assert splitter.at_hand
    assert list(splitter.pause()) == []  # not all of it has come
    list(splitter.feed(GOOD[60 : GOOD.index(b"<a/>") + 6]))
    (part,) = splitter.pause()
    assert part.body == b"<a/>"
    assert not splitter.at_hand
    rest = [*splitter.feed(GOOD[GOOD.index(b"<a/>") + 6 :]), *splitter.close()]
    assert [each.body for each in rest] == [JPEG]

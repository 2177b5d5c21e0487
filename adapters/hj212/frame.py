"""One frame's outer form: head, length, CRC and tail, taken apart and put together."""

from __future__ import annotations

from typing import NamedTuple

from adapters.hj212 import crc
from adapters.hj212.extent import HEAD, MAX_SEGMENT, Search

LONGEST_SEGMENT = 1024
"""HJ 212-2017 6.3.1, table 2; longer ones are met in the field and taken."""

_HEADS = tuple(b"##%04d" % size for size in range(LONGEST_SEGMENT + 1))


class Parts(NamedTuple):
    """A frame taken apart."""

    segment: bytes
    crc: str
    """`hj212`, `modbus`, `modbus-swapped` or `bad`."""
    problems: list[str]
    sent: int = -1
    """The CRC as sent."""
    length: int = -1
    """What the length field says."""


def regular_segment(raw: bytes) -> bytes | None:
    """The data segment of a frame with which nothing is wrong, as nearly all are; else None."""
    segment = raw[6:-6]
    size = len(segment)
    if size <= LONGEST_SEGMENT and raw[:6] == _HEADS[size] and raw[-6:] == crc.ending(segment):
        return segment
    return None


def take_apart(raw: bytes) -> Parts:
    """The data segment of any frame, which CRC it has, and what is wrong with its form."""
    head = HEAD.match(raw)
    if head is None:
        return Parts(b"", "bad", ["no-frame"])
    search = Search(raw, 0)
    extent = search.settled(len(raw)) or search.firm_end(len(raw))
    problems = ["short-length"] if head.end() == 5 else []
    if extent is None:
        return Parts(raw[head.end() :].rstrip(b"\r\n"), "bad", [*problems, "truncated"])
    segment = raw[extent.segment : extent.segment_end]
    digits = raw[extent.segment_end : extent.crc_end]
    sent, length = int(digits, 16), int(raw[2 : head.end()])
    kind = crc.kind(segment, sent)
    if length != len(segment):
        problems.append("length-mismatch")
    if len(segment) > LONGEST_SEGMENT:
        problems.append("segment-too-long")
    problems += _crc_problems(digits, kind)
    tail = raw[extent.crc_end : extent.end]
    if not tail.endswith(b"\r\n"):
        problems.append("missing-crlf")
    elif len(tail) > 2:
        problems.append("junk-before-crlf")
    if extent.end < len(raw):
        problems.append("trailing-bytes")
    return Parts(segment, kind, problems, sent, length)


def _crc_problems(digits: bytes, kind: str) -> list[str]:
    problems = []
    if len(digits) < 4:
        problems.append("short-crc")
    if digits != digits.upper():
        problems.append("lower-case-crc")
    if kind == "bad":
        problems.append("crc-mismatch")
    elif kind != "hj212":
        problems.append("modbus-crc")
    return problems


def build(segment: bytes, kind: str = "hj212") -> bytes:
    """A frame around a data segment. `kind` picks the CRC; `bad` gives one that fits nothing.

    Raises ValueError for a segment that four digits of length cannot say.
    """
    if len(segment) > MAX_SEGMENT:
        raise ValueError(f"a data segment of {len(segment)} bytes; the length field ends at 9999")
    return b"##%04d%b%04X\r\n" % (len(segment), segment, _crc(segment, kind))


def _crc(segment: bytes, kind: str) -> int:
    if kind == "hj212":
        return crc.hj212(segment)
    if kind == "modbus":
        return crc.modbus(segment)
    if kind == "modbus-swapped":
        return crc.swapped(crc.modbus(segment))
    return next(value for value in range(4) if crc.kind(segment, value) == "bad")

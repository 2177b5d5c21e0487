"""The zip of a bundle: one way only to write given contents, so that it can be compared byte by byte.

Entries are stored, not compressed (the output of a compressor differs between its versions, and what
does not expand is no bomb), have the date 1980-01-01, and neither extra fields nor comments. Any unzip
program reads it. Names are ASCII.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.errors import MonitorError

MAX_BYTES = 1 << 30
"""The largest bundle written or read."""
MAX_ENTRIES = 60_000
_MAX_NAME = 100

_VERSION, _METHOD, _TIME, _DATE = 20, 0, 0, 0x0021
_UNIX, _REGULAR_FILE = 3, 0o100644
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_SIGN, _CENTRAL_SIGN, _END_SIGN = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"

Content = bytes | memoryview
Entry = tuple[str, Content]


class ContainerError(MonitorError):
    """The contents do not make a bundle, or the bytes are not one."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found in a file: its entries up to the first fault, and that fault."""

    entries: list[Entry]
    fault: str | None


def fit_name(name: str) -> bool:
    """Whether an entry may be called so: plain, relative, never upwards."""
    parts = name.split("/")
    return len(name) <= _MAX_NAME and all(_PART.fullmatch(part) for part in parts)


_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def write(entries: Sequence[Entry]) -> bytes:
    """The zip of entries, in their order; ContainerError where they are too many or too large."""
    size = sum(len(content) for _, content in entries)
    if len(entries) > MAX_ENTRIES or size + 300 * len(entries) > MAX_BYTES:
        raise ContainerError("the bundle would be too large")
    if not all(fit_name(name) for name, _ in entries):
        raise ContainerError("an entry's name is not fit for a bundle")
    return b"".join(pieces(entries))


def pieces(entries: Iterable[Entry]) -> Iterator[Content]:
    """The same, a piece at a time."""
    central, at, count = [], 0, 0
    for name, content in entries:
        encoded = name.encode("ascii")
        fields = (0, _METHOD, _TIME, _DATE, zlib.crc32(content), len(content), len(content))
        head = _LOCAL.pack(_LOCAL_SIGN, _VERSION, *fields, len(encoded), 0) + encoded
        central.append(_directory_row(fields, encoded, at))
        yield head
        yield content
        at += len(head) + len(content)
        count += 1
    directory = b"".join(central)
    yield directory
    yield _END.pack(_END_SIGN, 0, 0, count, count, len(directory), at, 0)


def _directory_row(fields: tuple[int, ...], name: bytes, at: int) -> bytes:
    made_by = _UNIX << 8 | _VERSION
    rest = (len(name), 0, 0, 0, 0, _REGULAR_FILE << 16, at)
    return _CENTRAL.pack(_CENTRAL_SIGN, made_by, _VERSION, *fields, *rest) + name


def walk(data: memoryview) -> Walk:
    """The entries of a file as they follow each other. The sizes it states are believed only so far as
    the file reaches; whether the rest of it is as it should be, `differs` says.
    """
    entries: list[Entry] = []
    at = 0
    while data[at : at + 4] != _CENTRAL_SIGN:
        found = _entry(data, at)
        if isinstance(found, str):
            return Walk(entries, f"byte {at}: {found}")
        entries.append(found[0])
        at = found[1]
        if len(entries) > MAX_ENTRIES:
            return Walk(entries, f"more than {MAX_ENTRIES} entries")
    return Walk(entries, None)


def _entry(data: memoryview, at: int) -> tuple[Entry, int] | str:
    """The entry at a place and where it ends, or what is wrong with it."""
    if at + _LOCAL.size > len(data):
        return "the file ends where an entry or the directory should be"
    sign, _, flags, method, _, _, _, packed, size, length, extra = _LOCAL.unpack_from(data, at)
    if sign != _LOCAL_SIGN:
        return "neither an entry nor the directory of a zip"
    if (flags, method, packed, extra) != (0, _METHOD, size, 0):
        return "an entry that no export writes (compressed, encrypted or with extra fields)"
    begin = at + _LOCAL.size + length
    if begin + size > len(data):
        return "an entry that is longer than the file"
    try:
        name = bytes(data[begin - length : begin]).decode("ascii")
    except UnicodeDecodeError:
        name = ""
    if not fit_name(name):
        return "an entry whose name no export writes"
    return (name, data[begin : begin + size]), begin + size


def differs(data: memoryview, entries: Iterable[Entry]) -> int | None:
    """The first byte at which a file is not the zip of these entries; None if it is exactly that."""
    at = 0
    for piece in pieces(entries):
        there = data[at : at + len(piece)]
        if there != piece:
            same = (n for n, (a, b) in enumerate(zip(there, piece, strict=False)) if a != b)
            return at + next(same, len(there))
        at += len(piece)
    return None if at == len(data) else at

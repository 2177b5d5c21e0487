"""Multipart as cameras write it, whole or as an endless stream. Pure, and no bytes make it fail.

RFC 2046 and these deviations: the boundary is another than the header says, or has more or fewer
dashes; line ends are bare line feeds, or missing before a boundary; text stands before the first part;
parts follow a closing boundary; the closing boundary is missing; a part has no headers. A parser of
forms (python_multipart) ends at each of them, which would end a stream; its headers are read with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from python_multipart.multipart import parse_options_header

from adapters.hj212 import text

_HEADERS = 8192
"""Bytes within which the headers of a part end."""
_LINE = 300
"""Bytes that are kept because a boundary may begin in them; `_FIRST` finds none that is longer."""
_FIRST = re.compile(rb"\n-{2,60}([!-,.-~][!-~]{0,99}?)-{0,10}[ \t]{0,20}\r?\n")
_HEADER = re.compile(rb"([A-Za-z0-9-]{1,100}):(.*)\n")
_BLANK = re.compile(rb"\r?\n")
_REST = rb"(--|[ \t]{0,20}\r?\n)"
_LONGEST_REST = 22


@dataclass(frozen=True)
class Part:
    """What stood between two boundaries."""

    raw: bytes
    """Headers and body; of one that is too long, its beginning."""
    too_long: bool = False

    @cached_property
    def _read(self) -> tuple[Mapping[str, bytes], int]:
        headers, at = dict[str, bytes](), 0
        while found := _HEADER.match(self.raw, at, _HEADERS):
            headers.setdefault(found[1].decode().lower(), found[2].strip())
            at = found.end()
        blank = _BLANK.match(self.raw, at)
        return headers, blank.end() if blank else at

    @property
    def _headers(self) -> Mapping[str, bytes]:
        return self._read[0]

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        return {name: text.decode(value)[0].strip() for name, value in self._headers.items()}

    @property
    def body(self) -> bytes:
        """What follows the headers."""
        return self.raw[self._read[1] :]

    @cached_property
    def _options(self) -> Mapping[bytes, bytes]:
        written = self._headers.get("content-disposition", b"")
        return parse_options_header(written)[1]

    @property
    def field(self) -> str:
        """Its name in a form; empty if it has none."""
        return text.decode(self._options.get(b"name", b""))[0]

    @property
    def filename(self) -> str:
        """The file's name; empty if it has none."""
        return text.decode(self._options.get(b"filename", b""))[0]

    @property
    def head(self) -> bytes:
        """How the body begins."""
        at = self._read[1]
        return self.raw[at : at + 64]

    @property
    def name(self) -> str:
        """How its sender calls it; empty if it has no name."""
        return self.filename or self.field or self.headers.get("content-id", "").strip("<>")

    @property
    def length(self) -> int | None:
        """What Content-Length promises, if it does."""
        length = self.headers.get("content-length", "")
        return int(length) if re.fullmatch("[0-9]{1,12}", length) else None


class Splitter:
    """Finds the parts of a multipart body that comes in pieces.

    The first line that begins with two dashes is the boundary: what devices declare it to be is not
    always what they write.
    """

    def __init__(self, max_part: int, most: int | None = None) -> None:
        """`max_part`: of a part that is longer, so many bytes are given. `most`: boundaries after
        which nothing more is read."""
        self.boundary = b""
        """As it is written, without its dashes; empty until it was met."""
        self.most = most
        self.boundaries = 0
        """How many have come."""
        self.closed = False
        """Whether the last of them was a closing one."""
        self._limit = max_part
        self._delimiters = re.compile(b"")
        self._buffer, self._head = bytearray(b"\n"), b""
        self._scanned = 0
        self._inside = False

    def feed(self, data: bytes) -> Iterator[Part]:
        """The parts that are complete with these bytes; to be exhausted before the next call."""
        self._buffer += data
        while (found := self._delimiter()) is not None:
            start, end, opens = found
            self.boundaries += 1
            if self._inside:
                yield self._part(start)
            self._inside, self.closed = opens, not opens
            self._forget(end)
        self._shorten()

    def close(self) -> Iterator[Part]:
        """The last part, where the body ends without a closing boundary."""
        yield from self.feed(b"\n")  # the end of a body ends a line
        if self.at_hand:
            rest = _without_line_end(bytes(self._buffer[:-1]))
            yield self._part(len(rest))
        self._inside = False
        self._forget(len(self._buffer))

    @property
    def at_hand(self) -> bool:
        """Whether a part is on its way."""
        return self._inside and bool(self._head or self._buffer.strip())

    def pause(self) -> Iterator[Part]:
        """The part at hand if it is whole by its Content-Length, though no boundary has followed."""
        part = self._part(len(self._buffer)) if self._inside else None
        if part is None or part.length is None or part.too_long or len(part.body) < part.length:
            return
        if len(part.body) > part.length:
            part = Part(_without_line_end(part.raw))
        self._inside = False
        self._forget(len(self._buffer))
        yield part

    def _part(self, end: int) -> Part:
        raw = self._head + bytes(self._buffer[:end])
        return Part(raw[: self._limit], too_long=len(raw) > self._limit)

    def _forget(self, end: int) -> None:
        del self._buffer[:end]
        self._scanned, self._head = 0, b""

    def _shorten(self) -> None:
        """Keep no more than can still matter: the beginning of a part, and of a boundary."""
        extra = len(self._buffer) - _LINE
        if extra <= 0 or (self._inside and len(self._head) + extra <= self._limit + _LINE):
            return
        head = self._head if self._inside else b""
        if self._inside and len(head) <= self._limit:
            head = (head + bytes(self._buffer[:extra]))[: self._limit + 1]
        self._forget(extra)
        self._head = head

    # --- boundaries -----------------------------------------------------------------------------

    def _delimiter(self) -> tuple[int, int, bool] | None:
        """Where the next boundary starts and ends, and whether a part follows it."""
        if self.boundaries == self.most or not (self.boundary or self._learn()):
            return None
        found = self._delimiters.search(self._buffer, self._scanned)
        if found is None:
            unclear = len(self.boundary) + 2 + _LONGEST_REST
            self._scanned = max(self._scanned, len(self._buffer) - unclear)
            return None
        return self._start(found.start()), found.end(), found[1] != b"--"

    def _learn(self) -> bool:
        line = _FIRST.search(self._buffer)
        if line is not None:
            self.boundary, self._scanned = line[1], line.start()
            self._delimiters = re.compile(b"--" + re.escape(line[1]) + _REST)
        return line is not None

    def _start(self, at: int) -> int:
        """Where the boundary at a place begins, with further dashes and the line end before it."""
        first = max(0, at - _LINE // 2)
        return first + len(_without_line_end(bytes(self._buffer[first:at]).rstrip(b"-")))


def _without_line_end(data: bytes) -> bytes:
    return data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data

"""The endless stream of a device (alertStream): which parts belong together. Pure.

A text, then the pictures that belong to it. That no more of them follow shows when the next text comes,
or when nothing comes for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.video.hikvision.codec import Kind, kind_of
from adapters.video.parts import Part, Splitter

Group = Sequence[Part]
"""A text and its pictures."""


class Collector:
    """Makes groups of the bytes of a stream, however they are cut."""

    def __init__(self, max_part: int) -> None:
        """`max_part`: bytes of a part, and about those of a group."""
        self._splitter = Splitter(max_part)
        self._limit = max_part
        self._group: list[Part] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Group]:
        """The groups that are complete with these bytes; to be exhausted before the next call."""
        for part in self._splitter.feed(data):
            yield from self._add(part)

    def pause(self) -> Iterator[Group]:
        """To be called when nothing has come for a while: the group at hand, if it may be complete."""
        for part in self._splitter.pause():
            yield from self._add(part)
        if not self._splitter.at_hand:
            yield from self._end()

    def close(self) -> Iterator[Group]:
        """What is left when the stream has ended."""
        for part in self._splitter.close():
            yield from self._add(part)
        yield from self._end()

    def _add(self, part: Part) -> Iterator[Group]:
        if not part.raw.strip():
            return
        if kind_of(part) is not Kind.PICTURE or self._size + len(part.raw) > self._limit:
            yield from self._end()
        self._group.append(part)
        self._size += len(part.raw)

    def _end(self) -> Iterator[Group]:
        if self._group:
            yield self._group
        self._group, self._size = [], 0


def raw(group: Group) -> bytes:
    """The bytes of a group as a body of its own, which can be read again."""
    boundary = b"\r\n--boundary"
    return b"".join(boundary + b"\r\n" + part.raw for part in group) + boundary + b"--\r\n"

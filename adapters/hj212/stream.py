"""A stream of frames as the objects of `offsite-monitor hj212 decode`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, Protocol

from adapters.hj212.decoding import decode, to_json
from adapters.hj212.framing import Framer, Noise
from adapters.hj212.times import CHINA

_CHUNK = 65_536


class Readable(Protocol):
    """What gives bytes until there are no more."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""


def decode_stream(source: Readable, zone: tzinfo = CHINA) -> Iterator[dict[str, Any]]:
    """One object a frame, damaged ones included, and `{"skipped": N}` for bytes of no frame.

    Every byte is accounted for: the frames and the skipped bytes add up to what was read.
    """
    framer = Framer()
    while chunk := source.read(_CHUNK):
        yield from _shapes(framer.feed(chunk), zone)
    yield from _shapes(framer.close(), zone)


def _shapes(items: list[bytes | Noise], zone: tzinfo) -> Iterator[dict[str, Any]]:
    for item in items:
        yield {"skipped": item.count} if isinstance(item, Noise) else to_json(decode(item), zone)

"""From a stream of bytes to frames and noise, by the length field and never by line ends.

HJ 212-2017 6.3: `##`, four digits of length, the data segment, four hex digits of CRC, CR LF.
Encrypted content (2025) may hold any byte, so a line end proves nothing. Everything fed comes out
again as a frame or as noise, in order, whatever the pieces it came in; the work is linear in the
bytes, and what waits inside is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.hj212 import crc
from adapters.hj212.extent import HEAD, HEX4, Extent, Search

SAMPLE = 256
"""How much of the noise is kept as a sample."""
NOISE_RUN = 65_536
"""Noise is reported at the latest after so many bytes."""

_PIECE = 65_536
_PARTIAL_HEAD = re.compile(rb"#(?:#[0-9]{0,3})?\Z")


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no frame."""

    count: int
    sample: bytes
    """The first of them."""


class Framer:
    """One stream's framer: `feed` bytes, get frames (bytes) and `Noise` in the order they came.

    A whole frame whose line end has not come yet is held back, because what follows decides where
    it ends; `settle` says that nothing is following soon, `close` that nothing follows at all.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._search: Search | None = None
        self._noise = 0
        self._sample = bytearray()
        self._out: list[bytes | Noise] = []

    @property
    def waiting(self) -> int:
        """Bytes held that may yet belong to a frame."""
        return len(self._buffer)

    @property
    def pending(self) -> int:
        """All bytes fed that have not come out: those waiting, and noise not yet reported."""
        return len(self._buffer) + self._noise

    def feed(self, data: bytes) -> list[bytes | Noise]:
        """Take in bytes; what is complete comes out."""
        for at in range(0, len(data), _PIECE):
            self._buffer += data[at : at + _PIECE]
            self._advance()
        return self._taken()

    def settle(self) -> list[bytes | Noise]:
        """Nothing came for a while: give what can be told to be whole, and the noise so far.

        A frame that is merely half here stays; one whose end is proved (it lacks its line end, or
        its length is too long) comes out, as does one behind the remains of another.
        """
        while self._buffer:
            extent = Search(self._buffer, 0).settled(len(self._buffer))
            if extent is not None:
                self._give(extent.end)
            elif (behind := self._proved_behind()) is not None:
                self._give_up(behind)
            else:
                break
            self._advance()
        self._report_noise()
        return self._taken()

    def close(self) -> list[bytes | Noise]:
        """The stream has ended: everything comes out."""
        while self._buffer:
            self._advance()
            if not self._buffer:
                break
            search = Search(self._buffer, 0)
            extent = search.settled(len(self._buffer)) if search.headed else None
            if extent is not None:
                self._give(extent.end)
            else:
                self._give_up(search.region(len(self._buffer)))
        self._report_noise()
        return self._taken()

    def _taken(self) -> list[bytes | Noise]:
        out, self._out = self._out, []
        return out

    def _advance(self) -> None:
        buffer = self._buffer
        while buffer:
            if self._search is None:
                end = self._regular_end()
                if end:
                    self._give(end)
                    continue
                if not self._at_head():
                    return
                self._search = Search(buffer, 0)
            extent = self._search.advance(len(buffer))
            if extent is None:
                return
            if extent is False:
                self._give_up(self._search.region(len(buffer)))
            else:
                self._give(extent.end)

    def _regular_end(self) -> int:
        """The end of a frame in regular form at the front, which nearly all are; else 0."""
        buffer = self._buffer
        length = buffer[2:6]
        if buffer[:2] != b"##" or len(length) != 4 or not length.isdigit():
            return 0
        end = 12 + int(length)
        if buffer[end - 8 : end - 6] != b"&&" or buffer[end - 2 : end] != b"\r\n":
            return 0
        return end if HEX4.match(buffer, end - 6) else 0

    def _at_head(self) -> bool:
        """Drop noise up to the next head; whether there is one."""
        buffer = self._buffer
        head = HEAD.search(buffer)
        if head is not None:
            self._drop(head.start())
            return True
        partial = _PARTIAL_HEAD.search(buffer, max(0, len(buffer) - 5))
        self._drop(partial.start() if partial else len(buffer))
        return False

    def _give(self, end: int) -> None:
        self._report_noise()
        self._out.append(bytes(self._buffer[:end]))
        del self._buffer[:end]
        self._search = None

    def _give_up(self, region: int) -> None:
        """No end: a frame with a plain end that does not fit, the remains of one, or noise."""
        extent = Search(self._buffer, 0).firm_end(region)
        self._search = None
        if extent is not None:
            self._give(extent.end)
        elif self._buffer.find(b"=", 0, region) >= 0:
            self._give(region)
        else:
            self._drop(region)

    def _proved_behind(self) -> int | None:
        """Where, behind a frame cut short, the next one begins that is proved whole."""
        buffer = self._buffer
        for head in HEAD.finditer(buffer, 1):
            extent = Search(buffer, head.start()).settled(len(buffer))
            if extent is not None and _sound(buffer, extent):
                return head.start()
        return None

    def _drop(self, count: int) -> None:
        while count > 0:
            some = min(count, NOISE_RUN - self._noise)
            self._sample += self._buffer[: min(some, SAMPLE - len(self._sample))]
            del self._buffer[:some]
            self._noise += some
            count -= some
            if self._noise == NOISE_RUN:
                self._report_noise()

    def _report_noise(self) -> None:
        if self._noise:
            self._out.append(Noise(self._noise, bytes(self._sample)))
            self._noise = 0
            self._sample.clear()


def _sound(buffer: bytearray, extent: Extent) -> bool:
    sent = int(buffer[extent.segment_end : extent.crc_end], 16)
    return crc.kind(buffer[extent.segment : extent.segment_end], sent) != "bad"

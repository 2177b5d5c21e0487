"""Where a frame ends: by its length, or, where that is wrong, by a CRC that fits.

Field loggers send lengths that count characters instead of bytes, lengths of an older text of the
frame, three digits, a CRC without its leading zeros, no line end, or `**` before it. Where the
length does not lead to a CRC, the end is searched for as `&&` and hex digits whose CRC fits, as far
as the next head. The search keeps its place, so that bytes are not looked at again and again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from adapters.hj212 import crc

MAX_SEGMENT = 9999
"""What four digits can say. The standard's own limit is 1024 (HJ 212-2017 6.3.1, table 2)."""
SEARCH_BEYOND = 4096
"""How far beyond the promised end of a frame its true end is looked for."""
JUNK = 16
"""How many stray bytes may stand between the CRC and the line end (`**` CR LF, CR CR LF)."""

HEAD = re.compile(rb"##(?:[0-9]{4}|[0-9]{3}(?=[A-Za-z]))")
HEX4 = re.compile(rb"[0-9A-Fa-f]{4}")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,4}")
_END = re.compile(rb"&&([0-9A-Fa-f]{1,4})")
_FIRM_END = re.compile(rb"&&[0-9A-Fa-f]{4}\r\n")
_WRITTEN = re.compile(rb"\{[0-9A-Fa-fXx,\s]*|[0-9A-Fa-f]*")
_SEALED = re.compile(rb"\{\s*0[xX][0-9A-Fa-f]|[0-9A-Fa-f]{32}")
_LONGEST_SEALED = 2048
_LINE_END = re.compile(rb"(?:(?!##)[\s\S]){0,%d}?\r\n" % JUNK)


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the parts of a frame lie in a buffer; the CRC's digits are between the middle two."""

    segment: int
    segment_end: int
    crc_end: int
    end: int


class Search:
    """The search for the end of the frame whose head is at `start`.

    Answers are an `Extent`, False (there is no end here) or None (more bytes are needed to tell).
    Offsets hold as long as the buffer only grows.
    """

    def __init__(self, buffer: bytes | bytearray, start: int) -> None:
        self.buffer = buffer
        self.start = start
        head = HEAD.match(buffer, start)
        self.headed = head is not None
        """False: there is no frame here at all."""
        self.segment = head.end() if head else start
        length = int(buffer[start + 2 : self.segment]) if head else 0
        self._claim = self.segment + length
        self._limit = self.segment + min(MAX_SEGMENT, length + SEARCH_BEYOND)
        self._claim_refuted = False
        self._next_head: int | None = None
        self._scanned = self.segment
        self._summed = self.segment
        self._hj212 = 0xFFFF
        self._modbus = 0xFFFF

    def advance(self, stop: int) -> Extent | Literal[False] | None:
        """Go on with the bytes up to `stop`, expecting more behind them."""
        if not self._claim_refuted:
            claimed = self._at_claim(stop, final=False)
            if claimed is not False:
                return claimed
            self._claim_refuted = True
        sealed = self._at_sealed(stop, final=False)
        return self._elsewhere(stop, final=False) if sealed is False else sealed

    def settled(self, stop: int) -> Extent | None:
        """The extent if nothing comes after `stop`; None where no end can be found."""
        if not self.headed:
            return None
        found = (
            self._at_claim(stop, final=True)
            or self._at_sealed(stop, final=True)
            or self._elsewhere(stop, final=True)
        )
        return found if isinstance(found, Extent) else None

    def region(self, stop: int) -> int:
        """How far the bytes of this head reach where it has no end: to the next head or limit."""
        self._look_for_head(stop)
        if self._next_head is not None:
            return self._next_head
        return min(stop, self._limit) if self.headed else stop

    def firm_end(self, region: int) -> Extent | None:
        """An end that is plain to see in its form though its CRC does not fit."""
        found = _FIRM_END.search(self.buffer, self.segment, region)
        if found is None:
            return None
        return Extent(self.segment, found.start() + 2, found.end() - 2, found.end())

    def _at_claim(self, stop: int, *, final: bool) -> Extent | Literal[False] | None:
        """Whether the frame ends where its length says."""
        buffer, claim = self.buffer, self._claim
        digits = _HEX.match(buffer, claim, stop)
        if digits is None:
            return False if stop > claim or final else None
        end = digits.end()
        if end - claim < 4 and end == stop and not final:
            return None
        whole = end - claim == 4
        closed = claim - 2 >= self.segment and buffer[claim - 2 : claim] == b"&&"
        if whole and closed:
            return self._with_tail(claim, end, stop, final=final)
        if end == stop and not final:
            return None
        # Less than the regular form: a line end must speak for it, or a CRC that fits.
        if (whole or closed) and buffer[end : end + 1] in (b"\r", b"\n"):
            return self._with_tail(claim, end, stop, final=final)
        if self._sealed(claim) is not None:
            return False  # among so many digits some would pass for a CRC
        self._look_for_head(claim)
        if self._next_head is not None:
            return False  # summing up behind every head would be work without end
        if crc.kind(buffer[self.segment : claim], int(digits[0], 16)) == "bad":
            return False
        return self._with_tail(claim, end, stop, final=final)

    def _at_sealed(self, stop: int, *, final: bool) -> Extent | Literal[False] | None:
        """Where the frame ends if its content is a ciphertext written out and its length that of the
        clear text, as HJ 212-2025 Appendix A.2 prints them.
        """
        buffer = self.buffer
        begin = self._sealed(stop)
        if begin is None:
            return False
        clear = self._claim - 2 - begin
        groups = clear // 16 * 16
        longest = begin + (2 * groups if buffer[begin : begin + 1] != b"{" else 8 * groups)
        written = _WRITTEN.match(buffer, begin, min(stop, longest))
        end = written.end() if written else begin
        if buffer[begin : begin + 1] == b"{" and buffer[end : end + 1] == b"}" and end < stop:
            end += 1
        elif end < longest or buffer[begin : begin + 1] == b"{":
            return None if end == stop and end < longest and not final else False
        crc_at = end + clear - groups + 2
        if stop < crc_at + 4:
            return False if final else None
        if buffer[crc_at - 2 : crc_at] != b"&&" or not HEX4.match(buffer, crc_at, stop):
            return False
        return self._with_tail(crc_at, crc_at + 4, stop, final=final)

    def _sealed(self, stop: int) -> int | None:
        """Where a ciphertext written out begins, if the content is one."""
        opening = self.buffer.find(b"CP=&&", self.segment, min(stop, self._claim))
        begin = opening + 5
        if opening < 0 or not 16 <= self._claim - 2 - begin <= _LONGEST_SEALED:
            return None
        return begin if _SEALED.match(self.buffer, begin, stop) else None

    def _elsewhere(self, stop: int, *, final: bool) -> Extent | Literal[False] | None:
        """Where else it ends: at the first `&&` and digits that fit, before the next head."""
        self._look_for_head(stop)
        region = min(stop, self._limit) if self._next_head is None else self._next_head
        closed = self._next_head is not None or stop >= self._limit or final
        for end in _END.finditer(self.buffer, self._scanned, region):
            self._scanned = end.start()
            if end.end() == region and not closed:
                return None  # another digit may follow
            if self._sums_to(end.start() + 2, int(end[1], 16)):
                return self._with_tail(end.start(1), end.end(), stop, final=final)
        if closed:
            return False
        self._scanned = max(self._scanned, region - 6)
        return None

    def _look_for_head(self, stop: int) -> None:
        if self._next_head is None:
            head = HEAD.search(self.buffer, self._scanned, min(stop, self._limit))
            self._next_head = head.start() if head else None

    def _sums_to(self, end: int, sent: int) -> bool:
        """Whether the segment up to `end` has this CRC; `end` never goes back."""
        piece = self.buffer[self._summed : end]
        if piece:
            self._hj212 = crc.hj212(piece, self._hj212 >> 8)
            self._modbus = crc.modbus(piece, self._modbus)
            self._summed = end
        return sent in (self._hj212, self._modbus, crc.swapped(self._modbus))

    def _with_tail(self, crc_at: int, crc_end: int, stop: int, *, final: bool) -> Extent | None:
        """The line end after the CRC, with whatever stands before it."""
        window = min(stop, crc_end + JUNK + 2)
        line = _LINE_END.match(self.buffer, crc_end, window)
        full = window == crc_end + JUNK + 2 or self.buffer.find(b"##", crc_end, window) >= 0
        if line is not None:
            end = line.end()
        elif final or full:
            end = crc_end + (self.buffer[crc_end : crc_end + 1] in (b"\r", b"\n"))
        else:
            return None
        return Extent(self.segment, crc_at, crc_end, end)

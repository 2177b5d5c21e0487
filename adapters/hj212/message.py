"""What a frame says: the types that the codec makes.

They are named tuples because thousands of them are made a second, and few are read in full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

PACKET_NUMBERS = re.compile(
    rb"(?:^|(?<=[;,]))\s*(PNUM|PNO)\s*=\s*([0-9]{1,4})\s*(?:[;,]|(?![^;,]))"
)
"""PNUM and PNO inside a content, as HJ/T 212-2005 has them, with the separator behind each."""


class Header(NamedTuple):
    """The fields before CP, apart from QN. Frames of a device share it."""

    st: str | None
    cn: str | None
    pw: str | None
    mn: str | None
    """The device code as sent, empty where it was sent so."""
    flag: int | None
    version: int
    """Flag >> 2: 0 = 2005, 1 = 2017, 2 = 2025 or surface water (HJ 1404-2024)."""
    number: int | None
    """PNO, the number of this sub-packet."""
    total: int | None
    """PNUM, how many sub-packets there are."""
    resent: bool
    """RF=1: supplementary data (补传, HJ 212-2025)."""
    problems: tuple[str, ...]

    @property
    def edition(self) -> str:
        """`2005`, `2017` or `2025`."""
        return ("2005", "2017", "2025")[min(self.version, 2)]

    @property
    def ack_wanted(self) -> bool:
        """Whether the frame asks to be answered (Flag bit 0, the same in every edition)."""
        return bool(self.flag and self.flag & 1)


class Message(NamedTuple):
    """One frame, its content not yet read."""

    raw: bytes
    qn: str | None
    header: Header
    content: bytes | None
    """What stands between `CP=&&` and `&&`; None = no CP."""
    crc: str
    """`hj212`, `modbus`, `modbus-swapped` or `bad`."""
    encrypted: bool
    """Whether the content is not clear text, so that nothing can be read from it."""
    problems: tuple[str, ...]
    """Of the frame and its header; those of the content are found by who reads it."""
    form: str | None = None
    """How its content was encrypted, if it has been decrypted; see `cipher.Form`."""

    @property
    def mn(self) -> str | None:
        """The device code."""
        return self.header.mn

    @property
    def cn(self) -> str | None:
        """The command code."""
        return self.header.cn

    @property
    def sound(self) -> bool:
        """Whether the frame may be answered and judged: its CRC fits."""
        return self.crc != "bad"

    @property
    def packet(self) -> tuple[int | None, int | None]:
        """PNO and PNUM; HJ/T 212-2005 has them in the content as well."""
        head = self.header
        if head.number is None and head.total is None and not head.version and self.content:
            found = {name: int(value) for name, value in PACKET_NUMBERS.findall(self.content)}
            return found.get(b"PNO"), found.get(b"PNUM")
        return head.number, head.total

    @property
    def note(self) -> str:
        """Edition, CRC, encryption if any, ST and CN: `2025 hj212 sm4-raw 31/2061`."""
        head = self.header
        form = "" if self.form is None else f"{self.form} "
        return f"{head.edition} {self.crc} {form}{head.st or '-'}/{head.cn or '-'}"


@dataclass(slots=True)
class Factor:
    """One factor's fields as they stand in a content."""

    as_sent: str | None
    """The code of 2005 under which it came; None = it came under its own."""
    fields: dict[str, int | float | str | None]


@dataclass(slots=True)
class Content:
    """A content in full."""

    data_time: str | None
    """The 14 digits of DataTime, or what stands there instead."""
    items: dict[str, str | None]
    factors: dict[str, Factor]
    problems: tuple[str, ...]

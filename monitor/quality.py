"""The form a frame had (数据质量), as it is kept with the readings made of it and shown. Pure.

A frame is kept for a time, its readings for years: how it was sent is kept with them in few words. What
it was about (ST, CN) is none of these.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

_EDITIONS = frozenset({"2005", "2017", "2025"})
_CRCS = frozenset({"hj212", "modbus", "modbus-swapped", "bad"})
_CIPHER = "sm4-"

OTHERS = "others"
"""Stands for the problems of a form that is not kept in so many words."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How a frame was: cleanly understood or not, of which edition, CRC and cipher, its problems."""

    verdict: str
    edition: str | None = None
    crc: str | None = None
    encryption: str | None = None
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of(cls, verdict: str, note: str, problems: tuple[str, ...]) -> Quality:
        """That of a `Frame` by its fields; of the note the words that are known count."""
        edition = crc = encryption = None
        for word in note.split():
            if word in _EDITIONS:
                edition = word
            elif word in _CRCS:
                crc = word
            elif word.startswith(_CIPHER):
                encryption = word
        return cls(verdict, edition, crc, encryption, problems)

    @property
    def coarse(self) -> Quality:
        """The same without telling the problems: of these there are few, whatever is sent."""
        return replace(self, problems=(OTHERS,) if self.problems else ())


@lru_cache(maxsize=4096)
def parse(text: str) -> Quality:
    """The inverse of `str`."""
    fields = json.loads(text)
    return Quality(**fields | {"problems": tuple(fields["problems"])})

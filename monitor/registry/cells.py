"""Cells: from what stands in a file to a value, and back to what a clerk reads.

A CSV cell is text; a workbook's may also be a number, a truth value or a date. `None` = empty.
Whatever is wrong is raised as `Wrong` with the sentence's key.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol, TypeAlias

from monitor.books import Wrong
from monitor.spreadsheet import guarded, unguarded

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | None
"""What a file's cell may hold."""

Shown: TypeAlias = str | int | float | date | None
"""What a cell is written as."""

TEXT_LIMIT = 500
BOUNDARY_LIMIT = 30_000
"""A workbook's cell holds 32,767 characters."""

_EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number."""
_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_GAPS = re.compile(r"[\r\n\t\x0b\x0c\x85\u2028\u2029]+")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d{2,}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_RANGE = re.compile(r"[+-]?\d+(\.\d+)?\s*[-~～—–至]\s*\d+(\.\d+)?")
_DATE = re.compile(r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?( 0?0:00(:00)?)?")
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日\s*|\s+)(\d{1,2}):(\d{2}(?::\d{2})?)"
)
_PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NOTHING = frozenset({"-", "--", "—", "——", "/", "无"})
_OPEN = _NOTHING | {"长期", "长期有效", "至今", "永久"}
_FIRST_DATE, _LAST_DATE = date(1949, 10, 1), date(2999, 12, 31)
_SERIALS = range(20_000, 80_000)
_SERIAL_EPOCH = date(1899, 12, 30)


class Kind(Protocol):
    """What a column holds: how it is read and how it is written."""

    def parse(self, cell: Cell) -> object:
        """The value, None where the cell is empty; raises Wrong."""

    def show(self, value: object, language: str, /) -> Shown:
        """What to write for a value that is not None."""


# --- text --------------------------------------------------------------------------------------


def plain(cell: Cell) -> str:
    """The text of a cell, `""` for an empty one: as it would be typed, on one line."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    text = _GAPS.sub(" ", _INVISIBLE.sub("", str(cell))).strip()
    if text in _ERRORS:
        raise Wrong("spreadsheet-error", value=text)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise Wrong("control-character")
    return unguarded(text) if isinstance(cell, str) else text


@dataclass(frozen=True)
class Text:
    """Words: names, clauses, documents."""

    limit: int = TEXT_LIMIT
    check: Callable[[str], str] | None = None

    def parse(self, cell: Cell) -> str | None:
        """The text; what `check` makes of it."""
        text = plain(cell)
        if len(text) > self.limit:
            raise Wrong("too-long", limit=self.limit)
        return (self.check(text) if self.check else text) if text else None

    def show(self, value: object, _language: str, /) -> Shown:
        """The text, guarded."""
        return guarded(str(value))


@dataclass(frozen=True)
class Code:
    """Something with an exact spelling: leading zeros count, no spaces, and no number."""

    check: Callable[[str], str] | None = None

    def parse(self, cell: Cell) -> str | None:
        """The code; full-width letters and digits as plain ones."""
        if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _EXACT:
            raise Wrong("code-as-number", value=f"{cell:.15g}")
        text = unicodedata.normalize("NFKC", plain(cell))
        if _SCIENTIFIC.fullmatch(text):
            raise Wrong("code-as-number", value=text)
        if " " in text:
            raise Wrong("code-with-space", value=text)
        if len(text) > TEXT_LIMIT:
            raise Wrong("too-long", limit=TEXT_LIMIT)
        return (self.check(text) if self.check else text) if text else None

    def show(self, value: object, _language: str, /) -> Shown:
        """The code, guarded."""
        return guarded(str(value))


# --- numbers, dates, choices -------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number, within bounds."""

    low: float = -1e12
    high: float = 1e12

    def parse(self, cell: Cell) -> float | None:
        """The number."""
        number = self._number(cell)
        if number is not None and not self.low <= number <= self.high:
            raise Wrong(
                "out-of-range", value=f"{number:g}", low=f"{self.low:g}", high=f"{self.high:g}"
            )
        return number

    def _number(self, cell: Cell) -> float | None:
        if isinstance(cell, bool | date | time | timedelta):
            raise Wrong("not-a-number", value=plain(cell))
        if isinstance(cell, int | float):
            if not math.isfinite(cell):
                raise Wrong("not-a-number", value=cell)
            return float(cell)
        text = unicodedata.normalize("NFKC", plain(cell))
        if not text or text in _NOTHING:
            return None
        if _THOUSANDS.fullmatch(text):
            return float(text.replace(",", ""))
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise Wrong(
                "range-not-number" if _RANGE.fullmatch(text) else "not-a-number", value=text
            )
        return float(text)

    def show(self, value: object, _language: str, /) -> Shown:
        """A number that reads back as the same: whole ones without a point."""
        number = float(str(value))
        return int(number) if number.is_integer() and abs(number) < _EXACT else number


@dataclass(frozen=True)
class Day:
    """A civil date; where it may be `open`, words for "no end" are as good as an empty cell."""

    open: bool = False

    def parse(self, cell: Cell) -> date | None:
        """The date."""
        found = self._date(cell)
        if found is not None and not _FIRST_DATE <= found <= _LAST_DATE:
            raise Wrong("out-of-range", value=found, low=_FIRST_DATE, high=_LAST_DATE)
        return found

    def _date(self, cell: Cell) -> date | None:
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        if isinstance(cell, int | float) and cell in _SERIALS:  # a date whose format was lost
            return _SERIAL_EPOCH + timedelta(days=int(cell))
        text = unicodedata.normalize("NFKC", plain(cell))
        if not text or (self.open and text in _OPEN):
            return None
        try:
            if packed := _PACKED_DATE.fullmatch(text):
                return date(*map(int, packed.groups()))
            if parts := _DATE.fullmatch(text):
                return date(int(parts[1]), int(parts[3]), int(parts[4]))
        except ValueError:
            pass
        raise Wrong("not-a-date", value=text)

    def show(self, value: object, _language: str, /) -> Shown:
        """The date itself; a CSV file has it as 2026-08-01."""
        assert isinstance(value, date)
        return value


@dataclass(frozen=True)
class Moment:
    """A date and time of day; without an offset it is civil time of the bureau, and stays naive here."""

    def parse(self, cell: Cell) -> datetime | None:
        """The instant."""
        if isinstance(cell, datetime):
            return cell
        text = unicodedata.normalize("NFKC", plain(cell))
        if not text:
            return None
        try:
            found = datetime.fromisoformat(_padded(text))
        except ValueError:
            raise Wrong("not-a-time", value=text) from None
        if not _FIRST_DATE <= found.date() <= _LAST_DATE:
            raise Wrong("out-of-range", value=found, low=_FIRST_DATE, high=_LAST_DATE)
        return found

    def show(self, value: object, _language: str, /) -> Shown:
        """To the second."""
        return str(value)


def _padded(text: str) -> str:
    """A time as people and spreadsheets write it (2026/8/1 6:00, 2026年8月1日 6:00) in ISO 8601."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return text.replace("/", "-").strip()
    year, month, day, hour, rest = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{rest}"


@dataclass(frozen=True)
class Choice:
    """One of a few words, in English or Chinese."""

    words: Mapping[Any, tuple[str, ...]]
    """Each value with its words, English first, Chinese second, then others that mean it."""
    _by_word: dict[str, object] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_word = {_folded(word): value for value, words in self.words.items() for word in words}
        object.__setattr__(self, "_by_word", by_word)

    def parse(self, cell: Cell) -> object:
        """The value that the word means."""
        text = plain(cell)
        if not text:
            return None
        if _folded(text) not in self._by_word:
            names = ", ".join(f"{words[0]} {words[1]}" for words in self.words.values())
            raise Wrong("not-a-choice", value=text, names=names)
        return self._by_word[_folded(text)]

    def show(self, value: object, language: str, /) -> Shown:
        """The word in the language asked for."""
        return self.words[value][1 if language == "zh" else 0]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace(" ", "").replace("-", "")

"""The rows of the catalogue, and which standards a text of the register names.

`limits.csv` has one row a facility, pollutant, period and class. Its columns: `standard` and
`standard_name`; `kinds`, words of an outlet's kind that mean the facility; `grade` (一级A …), where the
standard has grades; `condition`, on which the row depends and which no book knows; `note`, which only
explains; `source`, and `verified`, whether the number was held against the text of the standard.
`period` is one of HJ 212's or a word of its own for what is never held against automatic data:
`sample` (manual samples alone) and `allowance` (a condition of an exemption).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files

from monitor import pollutants, units
from monitor.observation import JUDGED, Period
from monitor.register import Basis, Medium


class Klass(StrEnum):
    """For whom a row of a standard holds."""

    SPECIAL = "special"
    """特别排放限值: key regions, among them the 2+26 cities (announcement 2018 no. 9)."""
    NEW = "new"
    EXISTING = "existing"
    TABLE = "table"
    """For all alike."""
    ULTRA_LOW = "ultra-low"
    """超低排放: policy, a limit only where the permit has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the catalogue; numbers are in the unit of the standard."""

    standard: str
    standard_name: str
    kinds: tuple[str, ...]
    grade: str
    facility: str
    facility_en: str
    medium: Medium
    pollutant: str
    when: str
    """A period, or `sample` or `allowance`."""
    limit: float | None
    lower: float | None
    unit: str
    basis: Basis
    reference_oxygen: float | None
    condition: str
    condition_en: str
    note: str
    note_en: str
    valid_from: date | None
    """None where the first day was not found; it is past."""
    valid_to: date | None
    klass: Klass
    share: float
    source: str
    confidence: str
    verified: bool

    @property
    def period(self) -> Period | None:
        """The period of automatic data that it is held against; None if it is not."""
        return _PERIODS.get(self.when)

    @property
    def factor(self) -> float | None:
        """By what its numbers are multiplied to be in the unit of HJ 212's table; None: cannot be."""
        known = pollutants.get(self.pollutant)
        return units.factor(self.unit, known.unit) if known else None

    def name(self, language: str) -> str:
        """The facility and its grade."""
        return " ".join(filter(None, (self.facility_in(language), self.grade)))

    def facility_in(self, language: str) -> str:
        """What the row is about."""
        return self.facility if language == "zh" else self.facility_en

    def condition_in(self, language: str) -> str:
        """On what the row depends."""
        return self.condition if language == "zh" else self.condition_en

    def note_in(self, language: str) -> str:
        """What explains the row."""
        return self.note if language == "zh" else self.note_en


def _number(text: str) -> float | None:
    return float(text) if text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


_PERIODS: Mapping[str, Period] = {period.value: period for period in JUDGED}
_TEXTS = ("standard", "standard_name", "grade", "facility", "facility_en", "pollutant", "unit")
_MORE_TEXTS = ("condition", "condition_en", "note", "note_en", "source", "confidence")


def _row(cells: Mapping[str, str]) -> Row:
    return Row(
        **{name: cells[name] for name in _TEXTS + _MORE_TEXTS},
        kinds=tuple(cells["kinds"].split()),
        medium=Medium(cells["medium"]),
        when=cells["period"],
        limit=_number(cells["limit"]),
        lower=_number(cells["lower"]),
        basis=Basis(cells["basis"]),
        reference_oxygen=_number(cells["reference_oxygen"]),
        valid_from=_day(cells["valid_from"]),
        valid_to=_day(cells["valid_to"]),
        klass=Klass(cells["class"]),
        share=float(cells["share"] or 1),
        verified=cells["verified"] == "true",
    )


def _load() -> tuple[Row, ...]:
    text = files("monitor").joinpath("limits.csv").read_text(encoding="utf-8")
    return tuple(map(_row, csv.DictReader(text.splitlines())))


ROWS = _load()
"""The whole catalogue, in the order of the file."""

_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d~～]")
_LEFT_OUT = re.compile(r"[\s()\[\]〔〕【】《》]")
_NUMBERED = re.compile(r"(gb|db\d\d)/?(?:t/?)?(\d+(?:\.\d+)?)(?:-(\d{4}|\d{2}))?(?!\d)")


def fold(text: str) -> str:
    """A text without what does not matter in it: width, case, spaces, brackets, kinds of dashes."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _LEFT_OUT.sub("", _DASHES.sub("-", plain))


def _keys(text: str) -> set[tuple[str, str, str]]:
    return {(found[1], found[2], found[3] or "") for found in _NUMBERED.finditer(fold(text))}


def standards(text: str | None) -> list[str]:
    """The standards of the catalogue that a text names: `GB13271—2014 表3`, `GB 18918 一级A`.

    A number without its year means every edition that the catalogue has.
    """
    if not text:
        return []
    folded, asked = fold(text), _keys(text)
    known = dict.fromkeys(row.standard for row in ROWS)
    return [name for name in known if _is_named(name, folded, asked)]


def _is_named(name: str, folded: str, asked: set[tuple[str, str, str]]) -> bool:
    own = _keys(name)
    if not own:
        return fold(name) in folded
    ((series, number, year),) = own
    return any((series, number) == one[:2] and year.endswith(one[2]) for one in asked)


def without_numbers(text: str) -> str:
    """A folded text without the numbers of standards in it."""
    return _NUMBERED.sub(" ", fold(text))

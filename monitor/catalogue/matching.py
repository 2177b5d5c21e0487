"""Which rows of a standard are an outlet's: by its kind, its reference oxygen, its grade."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.catalogue.rows import Row, fold, without_numbers
from monitor.register import Medium, Outlet


class Doubt(StrEnum):
    """What the books do not decide."""

    FACILITY = "facility"
    GRADE = "grade"
    CONDITION = "condition"
    CLASS = "class"
    OXYGEN = "oxygen"
    """The outlet's reference oxygen is not the row's."""
    STANDARD = "standard"
    """The outlet names several standards that have a limit for it."""


_BOUNDARY = "boundary"
"""A kind that is meant only where it is named: an outlet is a stack unless it says otherwise."""
_GRADE = re.compile(r"([一二三123])级?(?:标准)?的?([ab])?(?:标准)?(?![0-9.])")
_DIGITS = {"1": "一", "2": "二", "3": "三"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of an outlet."""

    kind: str
    """Folded; empty = nobody says."""
    grades: frozenset[str]
    oxygen: float | None
    medium: Medium

    @classmethod
    def of(cls, outlet: Outlet, kind: str | None) -> Wanted:
        """What the register says, and a word of whoever asks, which goes before."""
        facility = None if kind and _GRADE.fullmatch(fold(kind)) else kind
        words = " ".join(without_numbers(each) for each in (kind, outlet.standard) if each)
        return cls(
            fold(facility or outlet.kind or ""),
            frozenset(_grades(words)),
            outlet.reference_oxygen,
            outlet.medium,
        )


def _grades(words: str) -> list[str]:
    return [f"{_DIGITS.get(n, n)}级{letter.upper()}" for n, letter in _GRADE.findall(words)]


def fitting(rows: Sequence[Row], wanted: Wanted) -> tuple[list[Row], Doubt | None]:
    """The rows of a standard that could be an outlet's, and what parts them, if anything does."""
    facility = _named(rows, wanted.kind) or _by_oxygen(rows, wanted)
    if not facility:
        return _no_boundary(rows), Doubt.FACILITY
    grades = {row.grade for row in facility if row.grade}
    given = grades & wanted.grades
    if grades and len(given) != 1:
        return facility, Doubt.GRADE
    return [row for row in facility if not row.grade or row.grade in given], None


def alike(rows: Sequence[Row], wanted: Wanted, like: Sequence[Row]) -> list[Row]:
    """The rows of a further document for the same facility as rows that were found."""
    kinds = {kind for row in like for kind in row.kinds}
    return _named(rows, wanted.kind) or [row for row in rows if kinds & set(row.kinds)]


def _named(rows: Sequence[Row], kind: str) -> list[Row]:
    """The rows whose facility a kind means: one of its words, or else a text that holds one."""
    if not kind:
        return []
    exact = [row for row in rows if kind in map(fold, (*row.kinds, row.facility, row.facility_en))]
    if exact:
        return exact
    chinese = [
        [word for word in row.kinds if not word.isascii() and fold(word) in kind] for row in rows
    ]
    longest = max((len(word) for words in chinese for word in words), default=0)
    return [
        row
        for row, words in zip(rows, chinese, strict=True)
        if longest and longest in map(len, words)
    ]


def _by_oxygen(rows: Sequence[Row], wanted: Wanted) -> list[Row]:
    """The rows of the one facility that has an outlet's reference oxygen; of water, of the only one."""
    if wanted.medium is Medium.WATER:
        names = {row.facility for row in rows} if not wanted.kind else set()
    else:
        names = {
            row.facility
            for row in rows
            if wanted.oxygen is not None and row.reference_oxygen == wanted.oxygen
        }
    return [row for row in rows if row.facility in names] if len(names) == 1 else []


def _no_boundary(rows: Sequence[Row]) -> list[Row]:
    stacks = [row for row in rows if _BOUNDARY not in row.kinds]
    return stacks or list(rows)

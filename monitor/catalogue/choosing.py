"""Which of the rows of a facility hold: by class, by condition, by the days of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from monitor.catalogue.matching import Doubt
from monitor.catalogue.rows import Klass, Row, fold

_FALLBACK: dict[Klass, tuple[frozenset[Klass], ...]] = {
    Klass.SPECIAL: tuple(
        map(frozenset, ({Klass.SPECIAL}, {Klass.TABLE}, {Klass.EXISTING, Klass.NEW}))
    ),
    Klass.TABLE: tuple(map(frozenset, ({Klass.TABLE}, {Klass.EXISTING, Klass.NEW}))),
    Klass.EXISTING: tuple(map(frozenset, ({Klass.EXISTING}, {Klass.TABLE}, {Klass.NEW}))),
    Klass.NEW: tuple(map(frozenset, ({Klass.NEW}, {Klass.TABLE}))),
    Klass.ULTRA_LOW: (frozenset({Klass.ULTRA_LOW}),),
}
"""Of which class rows are taken, and of which where there are none; of one step all alike."""


def chosen(
    rows: list[Row], klass: Klass, conditions: Sequence[str]
) -> tuple[list[Row], Doubt | None]:
    """The rows of a series that hold for a class; with a doubt where each depends on a condition."""
    asked = [fold(each) for each in conditions]
    meant = [row for row in rows if row.condition and any(_says(row, each) for each in asked)]
    decided = meant or [row for row in rows if not row.condition]
    found = _of_class(decided, klass)
    return (found, None) if found else (_of_class(rows, klass), Doubt.CONDITION)


def _says(row: Row, word: str) -> bool:
    return word in fold(row.condition) or word in fold(row.condition_en)


def _of_class(rows: list[Row], klass: Klass) -> list[Row]:
    """The rows of a class, and those of others for the days that it leaves open (amendments)."""
    found: list[Row] = []
    for step in _FALLBACK[klass]:
        found += [
            row
            for row in rows
            if row.klass in step and not any(overlap(row, other) for other in found)
        ]
    return found


def overlap(one: Row, other: Row) -> bool:
    """Whether there is a day on which both hold."""
    first, second = (row.valid_from or date.min for row in (one, other))
    return first <= (other.valid_to or date.max) and second <= (one.valid_to or date.max)


def parted(row: Row, rows: Sequence[Row]) -> Doubt | None:
    """What parts a row from another of its series for the same days."""
    for other in rows:
        if other is not row and overlap(row, other):
            if other.facility != row.facility:
                return Doubt.FACILITY
            return Doubt.CLASS if other.klass is not row.klass else Doubt.CONDITION
    return None

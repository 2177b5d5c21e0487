"""The books and their changes, as data.

The eight sheets have the names of the files (`enterprises` … `meters`); a row is known by its
natural key, and its other fields are what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeAlias

from monitor.register import (
    Camera,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Meter,
    Officer,
    Outlet,
    Register,
)

Row: TypeAlias = Enterprise | Outlet | Instrument | Officer | Limit | Listing | Camera | Meter

KEYS: Mapping[str, tuple[str, ...]] = {
    "enterprises": ("uscc",),
    "outlets": ("mn",),
    "instruments": ("mn", "pollutant"),
    "officers": ("licence",),
    "limits": ("mn", "pollutant", "period", "basis", "share", "valid_from"),
    "positive_list": ("uscc", "category", "listed_from"),
    "cameras": ("adapter", "camera"),
    "meters": ("meter",),
}
"""The sheets, those that others refer to first, and by what a row of each is known."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a sheet were read: the file or sheet, a line for every row, its columns."""

    label: str
    lines: tuple[int, ...]
    columns: frozenset[str] | None = None
    """The columns that were there; of a row in force the others stay as they are. None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What register files say, checked by itself. A sheet without rows says nothing."""

    enterprises: tuple[Enterprise, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    officers: tuple[Officer, ...] = ()
    limits: tuple[Limit, ...] = ()
    listings: tuple[Listing, ...] = ()
    cameras: tuple[Camera, ...] = ()
    meters: tuple[Meter, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    language: str = "zh"
    """In which faults are told."""

    def origin(self, sheet: str, index: int) -> tuple[str, int | None]:
        """Label and line of a row; the sheet's name and None for books that were not read."""
        origin = self.origins.get(sheet)
        return (origin.label, origin.lines[index]) if origin else (sheet, None)


@dataclass(frozen=True, slots=True)
class SheetChanges:
    """What an import does to a sheet."""

    sheet: str
    added: tuple[Row, ...] = ()
    changed: tuple[tuple[Row, Row], ...] = ()
    """Pairs of what was in force and what replaces it."""
    ended: tuple[tuple[Row, Row | None], ...] = ()
    """What was in force, and for limits and listings the same with its last day (None: it had
    not begun, or the sheet has no such dates)."""
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.ended)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import does. False when it does nothing."""

    sheets: tuple[SheetChanges, ...]
    changed_devices: Mapping[str, date] = field(default_factory=dict)
    """The device codes whose outlet is new or whose limits differ, each with the first day on
    which judging may come out differently."""
    version: int = 0
    """The register's version after it."""

    def __bool__(self) -> bool:
        return any(self.sheets)

    def __iter__(self) -> Iterator[SheetChanges]:
        return iter(self.sheets)

    def __getitem__(self, sheet: str) -> SheetChanges:
        return next(changes for changes in self.sheets if changes.sheet == sheet)

    def counts(self) -> dict[str, dict[str, int]]:
        """Numbers of added, changed, ended and unchanged rows of every sheet, for a summary."""
        return {
            changes.sheet: {
                "added": len(changes.added),
                "changed": len(changes.changed),
                "ended": len(changes.ended),
                "unchanged": changes.unchanged,
            }
            for changes in self.sheets
        }


def rows_of(things: Books | Register, sheet: str) -> tuple[Row, ...]:
    """The rows of a sheet by its name."""
    rows: tuple[Row, ...] = getattr(things, "listings" if sheet == "positive_list" else sheet)
    return rows


def key_of(sheet: str, row: Row) -> tuple[Any, ...]:
    """By what a row is known within its sheet."""
    return tuple(getattr(row, name) for name in KEYS[sheet])


def content(row: Row) -> Row:
    """A row without the number that the store has given it: equal content is equal."""
    return replace(row, id=0) if isinstance(row, Limit | Listing) and row.id else row

"""From a file to the hot cells in it: CSV, a workbook or GeoJSON, by its content. Pure, and no bytes make
it fail.

There is no public format of these lists: columns are known by their Chinese or English names, in any
order, below a title or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from adapters.drone.survey import shapes, table
from adapters.drone.survey.problems import Unreadable
from adapters.satellite.hotgrid import cells
from adapters.satellite.hotgrid.cells import Cell, Terms, Unfit

_TITLES = 20
"""Rows in which a header is looked for."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=1)


@dataclass(slots=True)
class Read:
    """What was found."""

    cells: dict[str, Cell] = field(default_factory=dict)
    """By key."""
    understood: bool = False
    """Whether it is a list at all."""
    problems: dict[str, None] = field(default_factory=dict)


Row = tuple[Mapping[str, Any], bool, BaseGeometry | None]
"""What its columns are, whether sizes are in km, its shape."""


def read(path: Path, terms: Terms, now: datetime, most: int) -> Read:
    """The cells of a file, of at most so many rows."""
    found = Read(problems=terms.problems)
    with path.open("rb") as file:
        head = file.read(64)
    if not head.strip():
        found.problems["empty-message"] = None
        return found
    marked = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    try:
        for count, row in enumerate(_features(path, found) if marked else _table(path, found)):
            if count >= most:
                found.problems["too-many-rows"] = None
                break
            _take(row, terms, now, found)
    except Unreadable as unreadable:
        found.problems[unreadable.problem] = None
    return found


def _take(row: Row, terms: Terms, now: datetime, found: Read) -> None:
    try:
        cell = cells.cell(*row, terms)
        if not _EARLIEST <= cell.span[0] <= now + _AHEAD:
            raise Unfit("implausible-time")
    except Unfit as unfit:
        found.problems[str(unfit)] = None
        return
    except (ShapelyError, OverflowError, ValueError):
        found.problems["bad-place"] = None
        return
    known = found.cells.get(cell.key)
    if known is not None and known != cell:
        found.problems["repeated-cell"] = None
        cell = max(known, cell, key=repr)  # whatever their order
    found.cells[cell.key] = cell


def _features(path: Path, found: Read) -> Iterator[Row]:
    read_ = shapes.read(path)
    found.understood = True
    found.problems.update(dict.fromkeys(read_.problems))
    for feature in read_.features:
        columns = cells.named(feature.properties)
        values = list(feature.properties.values())
        row = {name: values[number] for name, (number, _) in columns.items()}
        yield row, cells.kilometres(columns), feature.geometry


def _table(path: Path, found: Read) -> Iterator[Row]:
    with table.opened(path) as opened:
        for reading in opened.readings:
            yield from _rows(reading, found)
            if found.understood:
                break
        else:
            raise Unreadable("no-header")
        found.problems.update(dict.fromkeys(opened.problems))


def _rows(reading: Iterable[table.Row], found: Read) -> Iterator[Row]:
    rows = iter(reading)
    for titles in islice(rows, _TITLES):
        columns = cells.named(titles)
        if cells.placeable(columns):
            break
    else:
        return
    found.understood = True
    kilo = cells.kilometres(columns)
    for row in rows:
        yield (
            {name: row[at] for name, (at, _) in columns.items() if at < len(row)},
            kilo,
            None,
        )

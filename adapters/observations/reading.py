"""A file to batches of readings, each with the bytes that it was made of. Pure, in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from adapters.observations import tables
from adapters.observations.binding import Binding, bind
from adapters.observations.codec import Reader, Report, Wrong
from adapters.observations.tables import HEAD, Cell, Encoding, Row, Unreadable
from monitor.observation import Readings

_BYTES = 200_000
"""Of a batch, about: a frame of this size lies in the log, a longer one is a file of its own."""
_CHUNK = 1 << 20


class Fault(NamedTuple):
    """What is wrong with a row, for whoever has to put it right."""

    line: int
    sheet: str
    problem: str
    column: str = ""
    value: str = ""

    @property
    def where(self) -> str:
        """Its place as a clerk finds it."""
        return f"{self.sheet}!{self.line}" if self.sheet else str(self.line)


@dataclass(frozen=True, slots=True)
class File:
    """What was found out of a file before its rows are read."""

    kind: str
    size: int
    sha256: str
    encoding: str = "utf-8"


@dataclass(slots=True)
class Batch:
    """Some rows that follow each other."""

    first: int = 0
    last: int = 0
    sheet: str = ""
    raw: list[bytes] = field(default_factory=list)
    size: int = 0
    readings: list[Readings] = field(default_factory=list)
    rows: int = 0
    """Of data, wrong ones too."""
    taken: int = 0
    wrong: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    end: int = 0
    """How many bytes of the file have been read by then."""


def looked_at(file: BinaryIO) -> File:
    """Read a file once, for its digest and its encoding. Raises Unreadable."""
    kind = tables.kind_of(file.read(4096))
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    digest, encoding = hashlib.sha256(), Encoding()
    lines = kind != "workbook"
    while piece := file.readline(_CHUNK) if lines else file.read(_CHUNK):
        digest.update(piece)
        if lines:
            encoding.see(piece)
    file.seek(0)
    return File(kind, size, digest.hexdigest(), encoding.name)


def batches(
    file: BinaryIO, known: File, reader: Reader, size: int, *, stop_on_error: bool = False
) -> Iterator[Batch]:
    """The batches of a file, in order; raises Unreadable behind the last where it is damaged.

    With `stop_on_error` the first wrong row is the last that is read.
    """
    return _Reading(reader, size, known.kind, stop=stop_on_error).all(_rows(file, known, reader))


def _rows(file: BinaryIO, known: File, reader: Reader) -> Iterator[Row]:
    if known.kind == "workbook":
        return tables.workbook_rows(file, known.size)
    if known.kind == "jsonl":
        return tables.json_lines(file, known.encoding)
    if known.kind == "json":
        return tables.json_array(file, known.encoding)
    return tables.csv_rows(file, known.encoding, reader.profile.delimiter)


class _Reading:
    def __init__(self, reader: Reader, size: int, kind: str, *, stop: bool) -> None:
        self._reader, self._size, self._stop = reader, size, stop
        self._self_named = kind in ("json", "jsonl")
        self._binding: Binding | None = None
        self._any = self._self_named
        self._above: list[bytes] = []
        self._heading = b""
        self._sheet = ""
        self._batch = Batch()
        self._open: Report | None = None
        self._of_keys = lru_cache(256)(self._bind)

    def all(self, rows: Iterator[Row]) -> Iterator[Batch]:
        """Every batch, then what is wrong with the file, if anything."""
        broken: Unreadable | None = None
        try:
            for row in rows:
                yield from self._take(row)
                if self._stop and self._batch.wrong:
                    break
        except Unreadable as unreadable:
            broken = unreadable
        yield from self._cut()
        if broken is None and not self._any:
            broken = self._no_header()
        if broken is not None:
            raise broken

    # --- headings -------------------------------------------------------------------------------

    def _bind(self, headings: tuple[object, ...]) -> Binding | None:
        known = self._reader.device is not None
        return bind(headings, self._reader.profile, device_known=known)

    def _no_header(self) -> Unreadable:
        profile = self._reader.profile
        wanted = [" / ".join(each) for each in (profile.device, profile.time) if each]
        return Unreadable("no-header", ", ".join(wanted))

    def _seek(self, row: Row) -> None:
        """Look whether a row is the headings; of a sheet that has none nothing is read."""
        if self._binding is None and (row.cells is not None or self._above):
            self._binding = None if row.cells is None else self._bind(tuple(row.cells))
        self._above.append(row.raw)
        if self._binding is not None:
            self._any, self._heading = True, row.raw
        elif len(self._above) >= HEAD or sum(map(len, self._above)) > _BYTES:
            if not row.sheet:
                raise self._no_header()
            del self._above[:-1]

    # --- rows -----------------------------------------------------------------------------------

    def _take(self, row: Row) -> Iterator[Batch]:
        if row.sheet != self._sheet:
            yield from self._cut()
            self._sheet, self._binding, self._above = row.sheet, None, []
        if self._binding is None and not self._self_named:
            self._seek(row)
            return
        report, fault = self._read(row)
        if self._full(report):
            yield from self._cut()
        self._add(row, report, fault)

    def _read(self, row: Row) -> tuple[Report | None, Fault | None]:
        """What a row says, or what is wrong with it."""
        try:
            if row.problem is not None:
                raise Wrong(row.problem)
            return None if row.cells is None else self._reader.report(*self._cells(row)), None
        except Wrong as wrong:
            return None, Fault(row.number, row.sheet, wrong.problem, wrong.column, wrong.value)

    def _cells(self, row: Row) -> tuple[list[Cell], Binding]:
        cells = list(row.cells or ())
        if row.keys is not None:
            return cells, self._named(row.keys)
        assert self._binding is not None
        width = len(self._binding.headings)
        if row.sheet:  # a workbook does not write empty cells at the end
            cells += [None] * (width - len(cells))
        while len(cells) > width and cells[-1] in (None, ""):
            cells.pop()
        if len(cells) != width:
            raise Wrong("cell-count", value=f"{len(cells)}/{width}")
        return cells, self._binding

    def _named(self, keys: tuple[str, ...]) -> Binding:
        try:
            bound = self._of_keys(keys)
        except Unreadable as unreadable:
            raise Wrong("missing-columns", unreadable.detail) from None
        if bound is None:
            raise Wrong("missing-columns")
        return bound

    def _full(self, report: Report | None) -> bool:
        """Whether a row begins a new batch; not between those that belong together."""
        batch = self._batch
        if batch.rows < self._size and batch.size < _BYTES:
            return False
        together = report is not None and self._open is not None and self._open.key == report.key
        return not together or batch.rows >= 2 * self._size or batch.size >= 2 * _BYTES

    def _add(self, row: Row, report: Report | None, fault: Fault | None) -> None:
        batch = self._batch
        if not batch.raw:
            batch.first, batch.sheet = row.number, row.sheet
            batch.raw = self._above or [self._heading]
            self._above = []
        batch.raw.append(row.raw)
        batch.size += len(row.raw)
        batch.last, batch.end = row.number, row.end
        batch.rows += row.cells is not None or row.problem is not None
        if fault is not None:
            batch.wrong.append(fault)
        if report is not None:
            batch.taken += 1
            batch.doubts += [Fault(row.number, row.sheet, *doubt) for doubt in report.doubts]
            if self._open is None or not self._open.join(report):
                self._close()
                self._open = report

    def _close(self) -> None:
        if self._open is not None:
            self._batch.readings.append(self._open.readings())
            self._open = None

    def _cut(self) -> Iterator[Batch]:
        self._close()
        if self._batch.raw:
            done, self._batch = self._batch, Batch()
            yield done

"""Rows of a CSV file or a workbook, in bounded memory: what they mean is for others to say.

CSV: RFC 4180, also with semicolons or tabs, in UTF-8 (with or without BOM), UTF-16 with BOM, GBK or
GB18030. Workbooks: ISO/IEC 29500, by openpyxl, which uses defusedxml where it is installed.
"""

from __future__ import annotations

import codecs
import csv
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from openpyxl import load_workbook

from adapters.drone.survey import archive
from adapters.drone.survey.problems import BROKEN, Unreadable

TEXT_BYTES = 128 << 20
UNPACKED_BYTES = 32 << 20
"""Of a workbook, all its parts: XML takes many times its size in memory."""
PART_BYTES = 8 << 20
"""Of a part that is no sheet: such parts are read as a whole."""
ROW_BYTES = 2 << 20
"""Of one row of a sheet, which is read as a whole."""
ROWS = 500_000
"""Ten a second for fourteen hours."""
LINES = 1 << 20
"""Rows with the empty ones: a workbook's sheet has no more."""
COLUMNS = 256
CELL = 1_000
"""Characters."""

Cell: TypeAlias = str | float | datetime | date | time | None
Row: TypeAlias = list[Cell]

# of decorations that it does not know, and of every single cell that is no date
warnings.filterwarnings("ignore", module="openpyxl")

_DELIMITERS = ",;\t"
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ROW = re.compile(rb"<(?:\w+:)?row[ />]")
_SHEETS = "xl/worksheets/"


@dataclass(slots=True)
class Table:
    """What a file's rows may be: its sheets, or its text by each delimiter. Readable while it is open."""

    readings: list[Iterable[Row]]
    problems: Counter[str] = field(default_factory=Counter)
    """Grows while rows are read."""


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The rows of a file by its content; its readings raise Unreadable where it is damaged."""
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    with _workbook(path) if packed else _text(path) as table:
        yield table


# --- text -----------------------------------------------------------------------------------------


@contextmanager
def _text(path: Path) -> Iterator[Table]:
    if path.stat().st_size > TEXT_BYTES:
        raise Unreadable("too-large")
    encoding = _encoding(path)
    table = Table([])
    if encoding == "gb18030":
        table.problems["gb18030"] = 1
    table.readings = [_Rows(table.problems, path, encoding, delimiter) for delimiter in _DELIMITERS]
    yield table


def _encoding(path: Path) -> str:
    """The encoding in which the whole file can be read."""
    with path.open("rb") as file:
        head = file.read(3)
        marked = next((name for bom, name in _BOMS.items() if head.startswith(bom)), "utf-8")
        for encoding in (marked, "gb18030"):
            if _decodes(file, encoding):
                return encoding
    raise Unreadable("unknown-encoding")


def _decodes(file: Any, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(archive.CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Rows:
    """A text's rows by one delimiter; opened anew by every iteration."""

    problems: Counter[str]
    path: Path
    encoding: str
    delimiter: str

    def __iter__(self) -> Iterator[Row]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = _guarded(csv.reader(file, delimiter=self.delimiter))
            yield from _bounded(rows, self.problems)


# --- workbooks ------------------------------------------------------------------------------------


@contextmanager
def _workbook(path: Path) -> Iterator[Table]:
    _measure(path)
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (*BROKEN, OSError) as error:
            raise Unreadable(_cause(error)) from None
        table = Table([])
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what a file declares may be a million rows
                rows = sheet.iter_rows(values_only=True)
                table.readings.append(_bounded(_guarded(rows), table.problems))
            yield table
        finally:
            book.close()


def _measure(path: Path) -> None:
    """Unpack every part once, to nowhere: raises Unreadable for what is too large or damaged."""
    with archive.opened(path, UNPACKED_BYTES) as book:
        for entry in book.infolist():
            sheet = entry.filename.startswith(_SHEETS)
            if entry.file_size > PART_BYTES and not sheet:
                raise Unreadable("unpacked-too-large")
            _measure_rows(archive.chunks(book, entry), ROW_BYTES if sheet else PART_BYTES)


def _measure_rows(chunks: Iterable[bytes], limit: int) -> None:
    since = 0  # bytes behind the last row's beginning
    for chunk in chunks:
        begun = [row.start() for row in _ROW.finditer(chunk)]
        if since + (begun[0] if begun else len(chunk)) > limit:
            raise Unreadable("unpacked-too-large")
        since = len(chunk) - begun[-1] if begun else since + len(chunk)


def _cause(error: BaseException) -> str:
    """The problem that openpyxl wraps into advice of its own."""
    while below := error.__cause__ or error.__context__:
        error = below
    unsafe = type(error).__module__.startswith("defusedxml")
    return "unsafe-xml" if unsafe else "broken"


# --- either ---------------------------------------------------------------------------------------


def _guarded(rows: Iterable[Iterable[Any]]) -> Iterator[Row]:
    """Rows as lists, what a library raises over them as Unreadable."""
    source = iter(rows)
    while True:
        try:
            row = next(source, None)
        except (*BROKEN, OSError, csv.Error) as error:
            raise Unreadable(_cause(error)) from None
        if row is None:
            return
        yield [_plain(cell) for cell in row]


def _bounded(rows: Iterable[Row], problems: Counter[str]) -> Iterator[Row]:
    """The rows that hold anything, without those that nobody measured."""
    held = 0
    for count, row in enumerate(rows):
        if len(row) > COLUMNS:
            raise Unreadable("too-many-columns")
        if not any(cell not in (None, "") for cell in row):
            if count > LINES:
                raise Unreadable("too-many-rows")
            continue
        held += 1
        if held > ROWS:
            raise Unreadable("too-many-rows")
        if any(isinstance(cell, str) and len(cell) > CELL for cell in row):
            problems["overlong-cell"] += 1
        else:
            yield row


def _plain(cell: Any) -> Cell:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | date | time | None):
        return str(cell)
    return cell

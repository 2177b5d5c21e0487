"""Opening register files: a workbook, a folder of CSV files or one of them, as rows of raw cells.

Files come from many hands: whatever cannot be read becomes a fault, sizes are bounded, and XML that
tries to expand entities is refused (by defusedxml, which openpyxl uses when it is there).
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.workbook import Workbook

from monitor.books import Fault, Faults
from monitor.registry.cells import Cell
from monitor.registry.sheets import SHEETS, Sheet, fold, sheet_named

FILE_BYTES = 64 * 2**20
UNPACKED_BYTES = 512 * 2**20
ARCHIVE_ENTRIES = 2_000
ROWS = 300_000
WIDTH = 100

Line: TypeAlias = tuple[int, list[Cell]]
"""The number of a line as the clerk sees it, and its cells."""

_WORKBOOKS = (".xlsx", ".xlsm")
_NOTES = frozenset({"说明", "填表说明", "填写说明", "readme", "notes", "instructions"})
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,  # the base of XML parsers' errors
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What openpyxl raises over files that are no workbooks, according to where they are broken."""


@dataclass(frozen=True)
class RawSheet:
    """A sheet as it was found: its name for the clerk, which one it is, its lines that hold anything."""

    label: str
    sheet: Sheet
    lines: list[Line]


def raw_sheets(path: Path, faults: Faults, known: Sequence[Sheet] = SHEETS) -> list[RawSheet]:
    """Every known sheet (of the register) found at a path; what is wrong is added to the faults."""
    if not path.exists():
        faults.add(Fault(str(path), "not-there"))
        return []
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if _is_csv(each))
        found = [raw for file in files for raw in _csv_file(file, faults, known)]
    elif path.suffix.lower() in _WORKBOOKS:
        found = _workbook(path, faults, known)
    elif _is_csv(path):
        found = list(_csv_file(path, faults, known))
    else:
        faults.add(Fault(path.name, "wrong-format"))
        return []
    if not found and not faults:
        faults.add(Fault(str(path), "no-sheets", values={"names": _names(known)}))
    return _once(found, faults)


def _is_csv(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".csv" and path.name[0] not in ".~"


def _names(known: Sequence[Sheet]) -> str:
    return ", ".join(map(str, known))


def _recognised(name: str, label: str, faults: Faults, known: Sequence[Sheet]) -> Sheet | None:
    sheet = sheet_named(name, known)
    if sheet is None and fold(name) not in _NOTES:
        faults.add(Fault(label, "unknown-sheet", values={"names": _names(known)}))
    return sheet


def _once(found: list[RawSheet], faults: Faults) -> list[RawSheet]:
    labels: dict[str, str] = {}
    for raw in found:
        if raw.sheet.name in labels:
            faults.add(Fault(raw.label, "sheet-twice", values={"other": labels[raw.sheet.name]}))
        labels.setdefault(raw.sheet.name, raw.label)
    return found


def _bounded(lines: Iterable[Line], label: str, faults: Faults) -> list[Line]:
    """The lines that hold anything, up to the limit of rows."""
    kept: list[Line] = []
    for line, cells in lines:
        if any(cell is not None and str(cell).strip() for cell in cells):
            if len(kept) > ROWS:
                faults.add(Fault(label, "too-many-rows", values={"limit": ROWS}))
                return []
            kept.append((line, cells))
    return kept


# --- CSV ----------------------------------------------------------------------------------------


def _csv_file(path: Path, faults: Faults, known: Sequence[Sheet]) -> Iterator[RawSheet]:
    sheet = _recognised(path.stem, path.name, faults, known)
    text = _text(path, faults) if sheet else None
    if sheet and text is not None:
        lines = _csv_lines(text, path.name, faults)
        yield RawSheet(path.name, sheet, _bounded(lines, path.name, faults))


def _text(path: Path, faults: Faults) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        faults.add(Fault(path.name, "unreadable", values={"detail": error.strerror}))
        return None
    if len(data) > FILE_BYTES:
        faults.add(Fault(path.name, "too-large", values={"limit": f"{FILE_BYTES >> 20} MiB"}))
        return None
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    faults.add(Fault(path.name, "encoding"))
    return None


def _csv_lines(text: str, label: str, faults: Faults) -> Iterator[Line]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, list(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        faults.add(Fault(label, "unreadable", line, values={"detail": error}))


# --- workbooks ----------------------------------------------------------------------------------


def _workbook(path: Path, faults: Faults, known: Sequence[Sheet]) -> list[RawSheet]:
    try:
        if not _bounded_archive(path, faults):
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decorations that openpyxl does not know
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                return _sheets(book, path.name, faults, known)
            finally:
                book.close()
    except _BROKEN as error:
        cause = _first_cause(error)
        if isinstance(cause, DefusedXmlException):
            faults.add(Fault(path.name, "unsafe", values={"detail": "XML entities"}))
        else:
            detail = str(cause) or type(cause).__name__
            faults.add(Fault(path.name, "unreadable", values={"detail": detail}))
    return []


def _first_cause(error: BaseException) -> BaseException:
    """What was raised first: openpyxl wraps it in advice that does not fit every case."""
    while below := error.__cause__ or error.__context__:
        error = below
    return error


def _bounded_archive(path: Path, faults: Faults) -> bool:
    """Whether unpacking stays within bounds; zipfile never unpacks more than an entry declares."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    size = max(
        path.stat().st_size * UNPACKED_BYTES // FILE_BYTES, sum(e.file_size for e in entries)
    )
    if size > UNPACKED_BYTES or len(entries) > ARCHIVE_ENTRIES:
        limit = f"{FILE_BYTES >> 20} MiB, {UNPACKED_BYTES >> 20} MiB"
        faults.add(Fault(path.name, "too-large", values={"limit": limit}))
        return False
    return True


def _sheets(book: Workbook, label: str, faults: Faults, known: Sequence[Sheet]) -> list[RawSheet]:
    if book.epoch == MAC_EPOCH:
        faults.add(Fault(label, "date-system"))
        return []
    found = []
    for worksheet in book.worksheets:
        worksheet.reset_dimensions()  # what a file declares may be a million rows
        rows = islice(worksheet.iter_rows(values_only=True), 4 * ROWS)
        lines = _bounded(
            (
                (line, [_plain(cell) for cell in cells[:WIDTH]])
                for line, cells in enumerate(rows, 1)
            ),
            worksheet.title,
            faults,
        )
        sheet = _recognised(worksheet.title, worksheet.title, faults, known) if lines else None
        if sheet:
            found.append(RawSheet(worksheet.title, sheet, lines))
    return found


def _plain(cell: object) -> Cell:
    plain = isinstance(cell, str | int | float | date | time | timedelta) or cell is None
    return cell if plain else str(cell)  # type: ignore[return-value]  # as the line above says

"""The register to files: what `read` takes without a change, in a form a clerk knows.

Texts that a spreadsheet would take for a formula get an apostrophe before them, which reading takes
off again. A file appears whole or not at all.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from monitor.books import Books, Row, rows_of
from monitor.errors import RegisterError
from monitor.register import Register
from monitor.registry.cells import Day, Number, Shown
from monitor.registry.sheets import SHEETS, Column, Sheet, sheet_named

_BOLD = Font(bold=True)
_DATE_FORMAT, _TEXT_FORMAT = "yyyy-mm-dd", "@"


def write(path: Path | str, register: Register | Books, *, language: str = "zh") -> list[Path]:
    """Write all sheets: to a workbook where the path ends in `.xlsx`, else to a folder of CSV files.

    Headers and words are Chinese or English by `language`. Of a register, rows of enterprises and
    outlets that have left it are not written. Answers the files written.
    """
    target = Path(path)
    if target.suffix.lower() == ".xlsx":
        _write_workbook(target, register, language)
        return [target]
    target.mkdir(parents=True, exist_ok=True)
    return [_write_csv(target / f"{sheet.name}.csv", sheet, register, language) for sheet in SHEETS]


def write_sheet(path: Path, name: str, books: Books, *, language: str = "zh") -> None:
    """Write one sheet, by its English name: a CSV file, or in a workbook where the path ends in `.xlsx`.

    A CSV file must be named like the sheet, or `read` would not know what it is.
    """
    if path.suffix.lower() == ".xlsx":
        _write_workbook(path, books, language)
        return
    sheet = sheet_named(path.stem)
    if path.suffix.lower() != ".csv" or sheet is None or sheet.name != name:
        raise RegisterError(
            [f"{path}: name it {name}.csv or something.xlsx, or it cannot be imported"]
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_csv(path, sheet, books, language)


def headers(sheet: Sheet, language: str) -> list[str]:
    """The first row of a sheet."""
    return [column.chinese if language == "zh" else column.name for column in sheet.columns]


def _shown(sheet: Sheet, register: Register | Books, language: str) -> Iterator[list[Shown]]:
    for row in rows_of(register, sheet.name):
        if isinstance(register, Books) or _belongs(register, row):
            yield [_cell(column, row, language) for column in sheet.columns]


def _belongs(register: Register, row: Row) -> bool:
    """Whether what a row refers to is in force; past limits and listings may be of who has left."""
    uscc, mn = getattr(row, "uscc", None), getattr(row, "mn", None)
    return (uscc is None or register.enterprise(uscc) is not None) and (
        mn is None or register.outlet(mn) is not None
    )


def _cell(column: Column, row: Row, language: str) -> Shown:
    value: Any = getattr(row, column.name)
    return None if value is None else column.kind.show(value, language)


def _write_csv(path: Path, sheet: Sheet, register: Register | Books, language: str) -> Path:
    with (
        whole(path) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as file,  # Excel needs the mark
    ):
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(headers(sheet, language))
        for cells in _shown(sheet, register, language):
            writer.writerow([c.isoformat() if isinstance(c, date) else c for c in cells])
    return path


def _write_workbook(path: Path, register: Register | Books, language: str) -> None:
    write_pages(path, [(s, list(_shown(s, register, language))) for s in SHEETS], language)


def write_pages(
    path: Path, pages: Sequence[tuple[Sheet, Sequence[Sequence[Shown]]]], language: str
) -> None:
    """Write sheets, each with the cells of its rows, to a workbook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as temporary:
        _workbook(pages, language).save(temporary)


def _workbook(pages: Sequence[tuple[Sheet, Sequence[Sequence[Shown]]]], language: str) -> Workbook:
    book = Workbook(write_only=True)
    for sheet, rows in pages:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        for index, column in enumerate(sheet.columns, 1):
            dimension = page.column_dimensions[get_column_letter(index)]
            dimension.width = 24 if column.name in ("uscc", "name", "clause") else 16
            dimension.number_format = _format(column)
        page.append([_styled(page, name, _TEXT_FORMAT, _BOLD) for name in headers(sheet, language)])
        formats = [_format(column) for column in sheet.columns]
        for cells in rows:
            page.append([_styled(page, *pair) for pair in zip(cells, formats, strict=True)])
    return book


def _format(column: Column) -> str:
    if isinstance(column.kind, Number):
        return "General"
    return _DATE_FORMAT if isinstance(column.kind, Day) else _TEXT_FORMAT


def _styled(page: Any, value: Shown, number_format: str, font: Font | None = None) -> Any:
    if value is None:
        return None
    if isinstance(value, float) and float(f"{value:.15g}") != value:
        value = repr(value)  # a spreadsheet would round it
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("�", value)
    cell = WriteOnlyCell(page, value)  # type: ignore[arg-type]  # the stubs forget dates
    cell.number_format = number_format
    if font:
        cell.font = font
    return cell


@contextmanager
def whole(path: Path, mode: int = 0o640) -> Iterator[Path]:
    """A path beside the target that takes its place in the end; data loggers' passwords may be in it."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

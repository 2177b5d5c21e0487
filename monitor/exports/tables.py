"""Rows of anything as a workbook (.xlsx) or CSV for a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from monitor.spreadsheet import guarded

Columns = Sequence[tuple[str, str, str]]
"""Name of the value, Chinese head, English head."""


def sheet(title: str, columns: Columns, rows: Iterable[Mapping[str, Any]], language: str) -> bytes:
    """A workbook of one sheet; texts stay texts, whatever they begin with."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    heads = []
    for text in _heads(columns, language):
        cell = WriteOnlyCell(page, text)
        cell.font = Font(bold=True)
        heads.append(cell)
    page.append(heads)
    for row in rows:
        page.append([_cell(row[name]) for name, *_ in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text(columns: Columns, rows: Iterable[Mapping[str, Any]], language: str) -> bytes:
    """CSV in UTF-8 with the mark that spreadsheet programs know it by."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_heads(columns, language))
    writer.writerows([_cell(row[name]) for name, *_ in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _heads(columns: Columns, language: str) -> list[str]:
    return [chinese if language == "zh" else english for _, chinese, english in columns]


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return guarded("".join(char for char in value if char >= " " or char in "\t\n\r"))

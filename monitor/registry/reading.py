"""Register files to books: every cell checked, every fault named, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from monitor.books import Books, Fault, Faults, Origin, Wrong, key_of
from monitor.registry.cells import Cell
from monitor.registry.files import RawSheet, raw_sheets
from monitor.registry.sheets import Column, Sheet, ignored

_FIELDS = {"positive_list": "listings"}


def read(path: Path | str, *, language: str = "zh") -> Books:
    """The books that a workbook, a folder of CSV files or one CSV file holds.

    Raises RegisterError with every fault of every sheet, told in `language`.
    """
    faults = Faults(language)
    rows: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for raw in raw_sheets(Path(path), faults):
        reader = SheetReader(raw, faults)
        found = list(reader.rows())
        rows[_FIELDS.get(raw.sheet.name, raw.sheet.name)] = tuple(row for _, row in found)
        origins[raw.sheet.name] = Origin(
            raw.label, tuple(line for line, _ in found), reader.present
        )
    faults.raise_any()
    return Books(**rows, origins=origins, language=language)


class SheetReader:
    """Reads one sheet."""

    def __init__(self, raw: RawSheet, faults: Faults) -> None:
        self._sheet: Sheet = raw.sheet
        self._label = raw.label
        self._lines = raw.lines
        self._faults = faults
        self.present: frozenset[str] = frozenset()

    def rows(self) -> Iterator[tuple[int, Any]]:
        """The rows without fault, each with its line."""
        if not self._lines:
            self._fault("no-header", names=", ".join(map(str, self._sheet.columns)))
            return
        columns = self._columns(*self._lines[0])
        self.present = frozenset(column.name for column in columns.values())
        if not columns:
            return
        seen: dict[tuple[Any, ...], int] = {}
        for line, cells in self._lines[1:]:
            row = self._row(line, cells, columns)
            if row is not None and self._sheet.key:
                key = key_of(self._sheet.name, row)
                if key in seen:
                    what = " ".join(map(str, key))
                    self._fault("row-twice", line, self._key_column(), key=what, other=seen[key])
                seen.setdefault(key, line)
            if row is not None:
                yield line, row

    def _key_column(self) -> str:
        return ", ".join(str(c) for c in self._sheet.columns if c.name in self._sheet.key)

    def _columns(self, line: int, headers: list[Cell]) -> dict[int, Column]:
        """Where each column stands."""
        columns: dict[int, Column] = {}
        unknown = []
        for index, header in enumerate(headers):
            name = "" if header is None else str(header).strip()
            column = self._sheet.column(name)
            if column and column in columns.values():
                self._fault("column-twice", line, name)
            elif column:
                columns[index] = column
            elif name and not ignored(name):
                unknown.append(name)
        names = ", ".join(map(str, self._sheet.columns))
        if not columns:
            self._fault("no-header", line, names=names)
            return columns
        for name in unknown:
            self._fault("unknown-column", line, name, names=names)
        for column in self._sheet.columns:
            if column.required and column not in columns.values():
                self._fault("missing-column", line, str(column))
        self._check_unnamed(headers)
        return columns

    def _check_unnamed(self, headers: list[Cell]) -> None:
        """Values under no header at all are named once a column."""
        told: set[int] = set()
        for line, cells in self._lines[1:]:
            for index, cell in enumerate(cells):
                header = headers[index] if index < len(headers) else None
                named = header is not None and str(header).strip()
                if not named and index not in told and cell is not None and str(cell).strip():
                    told.add(index)
                    self._fault("no-name", line, get_column_letter(index + 1))

    def _row(self, line: int, cells: list[Cell], columns: dict[int, Column]) -> Any:
        values: dict[str, object] = {column.name: column.default for column in self._sheet.columns}
        before = self._faults.count
        for index, column in columns.items():
            cell = cells[index] if index < len(cells) else None
            try:
                value = column.kind.parse(cell)
                if value is None and column.required:
                    raise Wrong("empty")
            except Wrong as wrong:
                self._faults.catch(wrong, self._label, line, str(column))
            else:
                if value is not None:
                    values[column.name] = value
        lacking = any(c.required and values[c.name] is None for c in self._sheet.columns)
        if lacking or self._faults.count > before:
            return None
        return self._made(line, values)

    def _made(self, line: int, values: dict[str, object]) -> Any:
        try:
            if self._sheet.check:
                self._sheet.check(values)
        except Wrong as wrong:
            column = next((c for c in self._sheet.columns if c.name == wrong.column), None)
            where = Wrong(wrong.problem, str(column) if column else None, **wrong.values)
            self._faults.catch(where, self._label, line, None)
            return None
        return self._sheet.row(**values)

    def _fault(
        self, problem: str, line: int | None = None, column: str | None = None, **values: object
    ) -> None:
        self._faults.add(Fault(self._label, problem, line, column, values))

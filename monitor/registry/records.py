"""Records as a workbook that a clerk can edit: cases, reliefs, documents, typical cases.

A row that has the number of a record amends it, one without is new. The version says on what the edit
was made, so that what somebody else has changed meanwhile is not overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from monitor.books import Faults, Wrong
from monitor.record import Case, Document, Relief, ReliefKind, TypicalCase
from monitor.registry.cells import Cell, Choice, Day, Number, Shown, Text, plain
from monitor.registry.files import raw_sheets
from monitor.registry.reading import SheetReader
from monitor.registry.sheets import USCC, Column, Sheet
from monitor.registry.words import YES_NO
from monitor.registry.writing import write_pages
from monitor.spreadsheet import guarded, unguarded

_WORDS, _PROSE = 2000, 10_000


@dataclass(frozen=True)
class Whole(Number):
    """A number of a record."""

    low: float = 1
    high: float = 2**53

    def parse(self, cell: Cell) -> int | None:
        """The number."""
        value = super().parse(cell)
        if value is not None and not float(value).is_integer():
            raise Wrong("not-a-number", value=value)
        return None if value is None else int(value)


@dataclass(frozen=True)
class Prose:
    """A text with its lines."""

    def parse(self, cell: Cell) -> str | None:
        """The text; what is invisible in a line goes, the lines stay."""
        lines = str(cell or "").replace("\r\n", "\n").split("\n")
        text = "\n".join(plain(line) for line in lines).strip()
        if len(text) > _PROSE:
            raise Wrong("too-long", limit=_PROSE)
        return text or None

    def show(self, value: object, _language: str, /) -> Shown:
        """The text, guarded."""
        return guarded(str(value))


@dataclass(frozen=True)
class Penalty:
    """A penalty: an amount, words, or what another system said (JSON)."""

    def parse(self, cell: Cell) -> object:
        """A number where it is one, else the text; JSON as it was."""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return cell
        text = plain(cell)
        if text[:1] in ("{", "["):
            try:
                return json.loads(unguarded(text))
            except ValueError:
                return text
        return text or None

    def show(self, value: object, _language: str, /) -> Shown:
        """Numbers and texts as they are."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if isinstance(value, str):
            return guarded(value)
        return json.dumps(value, ensure_ascii=False)


RELIEFS = Choice(
    {
        ReliefKind.NO_PENALTY: ("no_penalty", "免于处罚", "不予处罚"),
        ReliefKind.NO_COERCIVE_MEASURE: ("no_coercive_measure", "免于采取强制措施"),
        ReliefKind.NO_PRODUCTION_RESTRICTION: (
            "no_production_restriction",
            "免于限产停产",
            "免于限制生产或停产整治",
        ),
        ReliefKind.EXTENDED_CORRECTION: ("extended_correction", "延长整改期限"),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """A row: of which kind of record, its number and version if it has them, and its fields."""

    kind: type[Any]
    id: int | None
    version: int | None
    values: Mapping[str, Any]
    label: str = field(default="", compare=False)
    line: int | None = field(default=None, compare=False)


def _said(kind: type[Any], /, **values: Any) -> Said:
    return Said(kind, values.pop("id"), values.pop("version"), values)


def _sheet(name: str, chinese: str, kind: type[Any], *columns: Column) -> Sheet:
    number = Column("id", "记录号", Whole(), others=("编号",))
    version = Column("version", "修订号", Whole())
    return Sheet(name, chinese, partial(_said, kind), (number, version, *columns))


_CASE = Column("case", "立案记录号", Whole())
_TASK = Column("task", "任务号", Whole())
SHEETS: Mapping[type[Any], Sheet] = {
    Document: _sheet(
        "documents",
        "发文",
        Document,
        Column("number", "文号", Text(200), required=True),
        Column("title", "标题", Text(_WORDS), required=True, others=("文件名称",)),
        Column("issued_on", "发文日期", Day(), required=True, others=("印发日期",)),
        Column("district", "县区", Text(200), required=True, others=("区县", "发文单位")),
    ),
    Case: _sheet(
        "cases",
        "立案处罚",
        Case,
        USCC,
        Column("act_on", "行为日期", Day(), required=True, others=("违法行为日期",)),
        Column("filed_on", "立案日期", Day(), required=True),
        _TASK,
        Column("number", "立案文号", Text(200)),
        Column("violation", "违法行为", Prose()),
        Column("decided_on", "决定日期", Day(), others=("处罚决定日期",)),
        Column("penalty", "处罚内容", Penalty(), others=("处罚金额",)),
        Column("withdrawn_on", "撤销立案日期", Day()),
    ),
    Relief: _sheet(
        "reliefs",
        "减免处罚",
        Relief,
        USCC,
        Column("on", "日期", Day(), required=True, others=("减免日期",)),
        Column("kind", "种类", RELIEFS, required=True, others=("减免种类",)),
        _CASE,
        _TASK,
        Column("ground", "理由", Prose(), others=("依据", "减免理由")),
    ),
    TypicalCase: _sheet(
        "typical_cases",
        "典型案例",
        TypicalCase,
        USCC,
        Column("chosen_on", "选定日期", Day(), required=True),
        _CASE,
        _TASK,
        Column("major", "重大", YES_NO, default=False, others=("是否重大",)),
        Column("title", "标题", Text(200), required=True),
        Column("text", "公开文本", Prose(), required=True, others=("正文",)),
        Column("names_enterprise", "公开企业名称", YES_NO, default=False),
    ),
}
"""In the order in which they are entered: reliefs and typical cases refer to cases."""


def as_read(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What reading makes of a row that was written: what a clerk has left alone."""
    columns = [c for c in SHEETS[kind].columns if c.name not in ("id", "version")]
    shown = {
        c.name: None if row[c.name] is None else c.kind.show(row[c.name], "zh") for c in columns
    }
    parsed = {c.name: c.kind.parse(shown[c.name]) for c in columns}
    return {c.name: c.default if parsed[c.name] is None else parsed[c.name] for c in columns}


def read(path: Path, faults: Faults) -> list[Said]:
    """The rows of a workbook or CSV files; every fault of form is added to the faults."""
    found: dict[str, list[Said]] = {}
    for raw in raw_sheets(path, faults, tuple(SHEETS.values())):
        rows = SheetReader(raw, faults).rows()
        found[raw.sheet.name] = [
            Said(said.kind, said.id, said.version, said.values, raw.label, line)
            for line, said in rows
        ]
    return [said for sheet in SHEETS.values() for said in found.get(sheet.name, ())]


def write(path: Path, rows: Mapping[type[Any], Iterable[Any]], language: str) -> None:
    """Write rows of the store, by kind of record, to a workbook."""
    pages = [
        (sheet, [_cells(sheet, row._mapping, language) for row in rows.get(kind, ())])
        for kind, sheet in SHEETS.items()
    ]
    write_pages(path, pages, language)


def _cells(sheet: Sheet, row: Mapping[str, Any], language: str) -> list[Shown]:
    values = ((column, row[column.name]) for column in sheet.columns)
    return [None if v is None else column.kind.show(v, language) for column, v in values]

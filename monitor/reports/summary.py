"""The summary table 落实监督执法正面清单工作情况汇总表, as rows and as a workbook.

Columns, title and note are the notice's (环执法发〔2020〕1号, with its table): they are Chinese in either
language, since they are handed in.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from monitor.reports.figures import Counted, Material, total
from monitor.reports.period import Span
from monitor.reports.words import RELIEFS, district
from monitor.spreadsheet import guarded

TITLE = "落实监督执法正面清单工作情况汇总表"
COLUMNS = (
    ("district", "县区"),
    ("listed", "纳入清单企业数量（个）"),
    ("documents", "出台的配套、细化措施（发文）数量（件）"),
    ("cases", "清单内企业环境违法立案处罚数量（件）"),
    ("reliefs", "减免处罚次数（次）"),
)
FIGURES = tuple(name for name, _ in COLUMNS[1:])
TOTAL = "合计"
NOTE = (
    "注：减免处罚次数，指对清单内企业免于处罚、免于采取强制措施、免于限制生产或停产整治、"
    "延长整改期限的次数，每有一次计一次。"
)
SHEET = "汇总表"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The table's content: who reports, on which span, the rows and what they were counted from."""

    unit: str
    span: Span
    rows: Sequence[Counted]
    material: Material


def figures(row: Counted) -> dict[str, int]:
    """The table's four figures of a row."""
    return {name: len(getattr(row, name)) for name in FIGURES}


def as_json(summary: Summary) -> dict[str, Any]:
    """The table as JSON: each figure, and the records behind it."""
    whole = total(summary.rows)
    return {
        "title": TITLE,
        "unit": summary.unit,
        "from": summary.span.first.isoformat(),
        "to": summary.span.last.isoformat(),
        "rows": [
            {"district": row.district}
            | figures(row)
            | {"records": {name: list(getattr(row, name)) for name in FIGURES}}
            for row in summary.rows
        ],
        "total": {name: whole[name] for name in FIGURES},
        "note": NOTE,
    }


def workbook(summary: Summary) -> bytes:
    """The table as a workbook (.xlsx); behind it a sheet of the records of each figure."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    _table(sheet, summary)
    for name, lines in _behind(summary):
        _lines(book.create_sheet(name), lines)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def is_ours(path: Path) -> bool:
    """Whether a workbook is a summary table, so that nobody else's is overwritten."""
    try:
        book = load_workbook(path, read_only=True)
    except (OSError, ValueError, KeyError, InvalidFileException, zipfile.BadZipFile):
        return False
    try:
        return book.sheetnames[0] == SHEET
    finally:
        book.close()


_THIN = Side(style="thin")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_WIDTHS = (18, 18, 26, 26, 18)


def _table(sheet: Worksheet, summary: Summary) -> None:
    sheet.title = SHEET
    width = len(COLUMNS)
    span = f"{summary.span.first:%Y.%m.%d}—{summary.span.last:%Y.%m.%d}"
    _merged(sheet, 1, TITLE, Font(name="方正小标宋简体", size=18), _CENTRED, 34)
    unit = f"填报单位：{summary.unit}　　统计时段：{span}"
    _merged(sheet, 2, guarded(unit), Font(name="仿宋", size=12), _LEFT, 22)
    sheet.append([title for _, title in COLUMNS])
    whole = total(summary.rows)
    for row in summary.rows:
        sheet.append([guarded(district(row.district)), *figures(row).values()])
    sheet.append([TOTAL, *(whole[name] for name in FIGURES)])
    last = sheet.max_row
    for cells in sheet.iter_rows(min_row=3, max_row=last, max_col=width):
        for cell in cells:
            cell.border, cell.alignment = _BORDER, _CENTRED
            cell.font = Font(name="仿宋", size=12, bold=cell.row in (3, last))
    _merged(sheet, last + 1, NOTE, Font(name="仿宋", size=11), _LEFT, 36)
    for number, wide in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = wide
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _merged(
    sheet: Worksheet, row: int, text: str, font: Font, alignment: Alignment, height: int
) -> None:
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(COLUMNS))
    cell = sheet.cell(row, 1, text)
    cell.font, cell.alignment = font, alignment
    sheet.row_dimensions[row].height = height


def _behind(summary: Summary) -> Iterable[tuple[str, list[list[Any]]]]:
    """The sheets of records: their names, and lines of which the first has the heads."""
    said, rows = summary.material, summary.rows

    def name(uscc: str) -> str:
        owner = said.owners.get(uscc)
        return owner.name if owner else ""

    listed = [(r.district, u, said.listing(u, summary.span.last)) for r in rows for u in r.listed]
    yield (
        "清单企业",
        [["县区", "统一社会信用代码", "企业名称", "类别", "列入日期", "截止日期", "文号"]]
        + [
            [d, u, name(u), s.category, s.listed_from, s.listed_until, s.document]
            for d, u, s in listed
            if s is not None
        ],
    )
    documents = [(n, said.documents[n]) for r in rows for n in r.documents]
    yield (
        "发文",
        [["记录号", "县区", "文号", "标题", "发文日期"]]
        + [[n, d.district, d.number, d.title, d.issued_on] for n, d in documents],
    )
    cases = [(r.district, n, said.cases[n]) for r in rows for n in r.cases]
    yield (
        "立案处罚",
        [
            [
                "记录号",
                "县区",
                "统一社会信用代码",
                "企业名称",
                "行为日期",
                "立案日期",
                "文号",
                "决定日期",
            ]
        ]
        + [
            [n, d, c.uscc, name(c.uscc), c.act_on, c.filed_on, c.number, c.decided_on]
            for d, n, c in cases
        ],
    )
    reliefs = [(r.district, n, said.reliefs[n]) for r in rows for n in r.reliefs]
    yield (
        "减免处罚",
        [["记录号", "县区", "统一社会信用代码", "企业名称", "日期", "种类", "理由"]]
        + [[n, d, r.uscc, name(r.uscc), r.on, RELIEFS[r.kind], r.ground] for d, n, r in reliefs],
    )


def _lines(sheet: Worksheet, lines: list[list[Any]]) -> None:
    for line in lines:
        sheet.append([guarded(cell) if isinstance(cell, str) else cell for cell in line])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number in range(1, len(lines[0]) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 20
    sheet.freeze_panes = "A2"

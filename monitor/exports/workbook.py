"""The queue as a workbook (.xlsx)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from monitor.spreadsheet import guarded

Task = Mapping[str, Any]


def _enterprise(name: str) -> Callable[[Task], Any]:
    return lambda task: (task["enterprise"] or {}).get(name)


def _result(name: str) -> Callable[[Task], Any]:
    return lambda task: (task["result"] or {}).get(name)


_COLUMNS: tuple[tuple[str, str, int, Callable[[Task], Any]], ...] = (
    ("任务号", "task", 8, lambda t: t["id"]),
    ("状态", "state", 10, lambda t: t["state"]),
    ("优先级", "priority", 8, lambda t: t["priority"]),
    ("必须核查", "mandatory", 9, lambda t: t["mandatory"]),
    ("来源", "trigger", 14, lambda t: t["trigger"]),
    ("统一社会信用代码", "uscc", 21, _enterprise("uscc")),
    ("企业", "enterprise", 28, _enterprise("name")),
    ("县区", "district", 10, lambda t: t["district"]),
    ("排口", "outlets", 24, lambda t: " ".join(t["outlets"])),
    ("事由", "reason", 60, lambda t: t["reason"]),
    ("检查类型", "check kind", 10, lambda t: t["check_kind"]),
    ("清单内", "listed", 8, lambda t: t["listing"].get("listed")),
    ("清单类别", "category", 9, lambda t: t["listing"].get("category")),
    ("入队时间", "queued at", 20, lambda t: _minutes(t["queued_at"])),
    ("到期时间", "due at", 20, lambda t: _minutes(t["due_at"])),
    ("期限待定", "provisional", 9, lambda t: t["deadline"]["provisional"]),
    ("逾期时间", "overdue at", 20, lambda t: _minutes(t["overdue_at"])),
    ("升级", "level", 6, lambda t: t["level"]),
    ("领取人", "claimed by", 14, lambda t: t["claimed_by"]),
    ("指定人员", "assigned to", 14, lambda t: t["assigned_to"]),
    ("核查结果", "result", 18, _result("result")),
    ("核查情况", "findings", 60, _result("findings")),
    ("核查时间", "inspected at", 20, lambda t: _minutes((t["result"] or {}).get("inspected_at"))),
    ("执法人员", "officers", 24, lambda t: "、".join((t["result"] or {}).get("officers", []))),
    ("笔录编号", "record", 18, _result("record")),
)
_YES_NO = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}


def workbook(tasks: Iterable[Task], language: str) -> bytes:
    """A sheet with a row a task; times in the bureau's zone, to the minute."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("现场核查任务" if language == "zh" else "tasks")
    sheet.freeze_panes = "B2"
    for number, (*_, width, _value) in enumerate(_COLUMNS, 1):
        sheet.column_dimensions[_letter(number)].width = width
    heads = []
    for chinese, english, *_ in _COLUMNS:
        cell = WriteOnlyCell(sheet, chinese if language == "zh" else english)
        cell.font = Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    words = _YES_NO[language]
    for task in tasks:
        sheet.append([_cell(value(task), words) for *_, value in _COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)


def _minutes(time: str | None) -> str | None:
    return time[:16].replace("T", " ") if time else None


def _cell(value: Any, words: Mapping[bool, str]) -> Any:
    if isinstance(value, bool):
        return words[value]
    return guarded(_printable(value)) if isinstance(value, str) else value


def _printable(text: str) -> str:
    """Without the control characters that a workbook cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")

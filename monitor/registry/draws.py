"""Lists of drawn enterprises from a workbook or CSV file: the sheet `draw 抽查名单`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.books import Faults
from monitor.registry.cells import Text
from monitor.registry.files import raw_sheets
from monitor.registry.reading import SheetReader
from monitor.registry.sheets import USCC, Column, Sheet

ANSWERED = (
    ("uscc", "统一社会信用代码", "credit code"),
    ("name", "企业名称", "enterprise"),
    ("district", "县区", "district"),
    ("treatment", "处理方式", "treatment"),
    ("category", "清单类别", "category"),
    ("document", "文号", "document"),
    ("ground", "依据", "ground"),
)
"""The columns of an answered draw: name, Chinese head, English head."""
_TREATMENTS = {
    "zh": {"exempt": "可免于现场执法检查", "general": "一般监管对象", "regular": "按一般规则抽查"},
    "en": {"exempt": "may be exempted", "general": "ordinary object", "regular": "usual rules"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A row of the sheet; name and district are the clerk's, and decide nothing."""

    uscc: str
    name: str | None
    district: str | None


SHEET = Sheet(
    "draw",
    "抽查名单",
    Said,
    (
        USCC,
        Column("name", "企业名称", Text(), others=("名称", "单位名称", "检查对象")),
        Column("district", "县区", Text(), others=("区县", "所属县区")),
    ),
    None,
    ("draws", "drawn", "双随机", "双随机抽查", "抽查对象", "检查对象", "sheet1", "工作表1"),
)


def told(answers: Iterable[Mapping[str, Any]], language: str) -> Iterator[dict[str, Any]]:
    """The answers of a draw as rows for people: the treatment in words."""
    words = _TREATMENTS[language]
    return (dict(each) | {"treatment": words[each["treatment"]]} for each in answers)


def read(path: Path, *, language: str = "zh") -> list[str]:
    """The credit codes of a file, in its order. Raises RegisterError with every fault."""
    faults = Faults(language)
    rows: list[Said] = []
    for raw in raw_sheets(path, faults, (SHEET,)):
        rows += (row for _, row in SheetReader(raw, faults).rows())
    faults.raise_any()
    return [row.uscc for row in rows]

"""Marks from a workbook or CSV file: the sheet `marks 标记`, every fault named, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from monitor.books import Faults, Wrong
from monitor.clock import to_ms
from monitor.marks import Mark, MarkClass
from monitor.registry import checks
from monitor.registry.cells import Choice, Code, Moment, Text
from monitor.registry.files import raw_sheets
from monitor.registry.reading import SheetReader
from monitor.registry.sheets import MN, Column, Sheet, Values
from monitor.registry.words import YES_NO

CLASSES = Choice(
    {
        MarkClass.DEVICE: ("device", "设备", "自动监测设备", "设备标记", "自动监测设备维护"),
        MarkClass.CONDITION: ("condition", "工况", "工况标记", "生产工况"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A row of the sheet: times without an offset are civil time."""

    mn: str
    pollutant: str | None
    kind: MarkClass
    item: str
    start: datetime
    end: datetime
    manual: bool
    reason: str | None
    submitted_at: datetime | None
    ordered_at: datetime | None


def _ends_after(values: Values) -> None:
    start, end = values["start"], values["end"]
    if (start.tzinfo is None) == (end.tzinfo is None) and end <= start:
        raise Wrong("end-before-start", "end", start=start, end=end)


SHEET = Sheet(
    "marks",
    "标记",
    Said,
    (
        MN,
        Column("pollutant", "因子编码", Code(checks.pollutant), others=("污染物编码", "因子")),
        Column("kind", "标记类别", CLASSES, required=True, others=("class", "类别", "标记类型")),
        Column("item", "标记项", Text(), required=True, others=("标记内容", "标记名称")),
        Column("start", "开始时间", Moment(), required=True, others=("起始时间",)),
        Column("end", "结束时间", Moment(), required=True, others=("截止时间", "终止时间")),
        Column("manual", "人工", YES_NO, default=True, others=("人工标记", "是否人工")),
        Column("reason", "原因", Text(), others=("标记原因", "说明")),
        Column("submitted_at", "提交时间", Moment(), others=("标记时间",)),
        Column("ordered_at", "督办时间", Moment()),
    ),
    _ends_after,
    ("mark", "数据标记"),
)


def read(path: Path, *, now: datetime, zone: tzinfo, language: str = "zh") -> list[Mark]:
    """The marks of a file. Raises RegisterError with every fault; `now` where no one says when."""
    faults = Faults(language)
    rows: list[Said] = []
    for raw in raw_sheets(path, faults, (SHEET,)):
        rows += (row for _, row in SheetReader(raw, faults).rows())
    faults.raise_any()
    return [_mark(row, now, zone) for row in rows]


def _mark(row: Said, now: datetime, zone: tzinfo) -> Mark:
    def instant(when: datetime) -> datetime:
        return when.replace(tzinfo=zone) if when.tzinfo is None else when

    return Mark(
        mn=row.mn,
        pollutant=row.pollutant,
        kind=row.kind,
        item=row.item,
        start_ms=to_ms(instant(row.start)),
        end_ms=to_ms(instant(row.end)),
        manual=row.manual,
        reason=row.reason or "",
        submitted_at=now if row.submitted_at is None else instant(row.submitted_at),
        ordered_at=None if row.ordered_at is None else instant(row.ordered_at),
    )

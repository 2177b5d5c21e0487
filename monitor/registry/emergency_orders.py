"""Emergency orders from a workbook or CSV file: the sheet `emergency_orders 应急减排`, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from monitor.books import Faults, Wrong
from monitor.clock import to_ms
from monitor.power import Order, OrderKind
from monitor.registry.cells import Choice, Moment, Number, Text
from monitor.registry.files import raw_sheets
from monitor.registry.reading import SheetReader
from monitor.registry.sheets import USCC, Column, Sheet, Values

KINDS = Choice(
    {
        OrderKind.STOP: ("stop", "停产", "停产措施", "停止生产"),
        OrderKind.LIMIT: ("limit", "限产", "限产措施", "减产"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A row of the sheet: times without an offset are civil time."""

    uscc: str
    kind: OrderKind
    start: datetime
    end: datetime | None
    allowed_share: float | None
    baseline_kw: float | None
    line: str | None
    document: str | None


def _consistent(values: Values) -> None:
    start, end = values["start"], values["end"]
    if end is not None and (start.tzinfo is None) == (end.tzinfo is None) and end <= start:
        raise Wrong("end-before-start", "end", start=start, end=end)
    if values["kind"] is OrderKind.LIMIT and values["allowed_share"] is None:
        raise Wrong("empty", "allowed_share")


SHEET = Sheet(
    "emergency_orders",
    "应急减排",
    Said,
    (
        USCC,
        Column("kind", "措施", KINDS, required=True, others=("措施类型", "减排措施")),
        Column("start", "开始时间", Moment(), required=True, others=("启动时间", "起始时间")),
        Column("end", "结束时间", Moment(), others=("解除时间", "截止时间", "终止时间")),
        Column("allowed_share", "允许负荷比例", Number(0, 1), others=("允许比例", "限产比例")),
        Column("baseline_kw", "基准负荷", Number(0.001, 1e9), others=("基准功率",)),
        Column("line", "生产线", Text(100), others=("生产线名称", "产线")),
        Column("document", "文号", Text(), others=("依据文号", "文件")),
    ),
    _consistent,
    ("emergency_order", "应急减排指令", "应急响应"),
)


def read(path: Path, *, zone: tzinfo, language: str = "zh") -> list[Order]:
    """The orders of a file. Raises RegisterError with every fault."""
    faults = Faults(language)
    rows: list[Said] = []
    for raw in raw_sheets(path, faults, (SHEET,)):
        rows += (row for _, row in SheetReader(raw, faults).rows())
    faults.raise_any()
    return [_order(row, zone) for row in rows]


def _order(row: Said, zone: tzinfo) -> Order:
    def ms(when: datetime) -> int:
        return to_ms(when.replace(tzinfo=zone) if when.tzinfo is None else when)

    return Order(
        uscc=row.uscc,
        kind=row.kind,
        start_ms=ms(row.start),
        end_ms=None if row.end is None else ms(row.end),
        allowed_share=row.allowed_share,
        baseline_kw=row.baseline_kw,
        line=row.line,
        document=row.document,
    )

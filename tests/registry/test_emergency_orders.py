"""Emergency orders from files: read as they are meant, every fault named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from monitor.clock import from_ms
from monitor.errors import RegisterError
from monitor.power import Order, OrderKind
from monitor.registry import emergency_orders
from tests.registers import uscc

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = "uscc,kind,start,end,allowed_share,baseline_kw,line,document\n"


def read(folder: Path, text: str) -> list[Order]:
    path = folder / "emergency_orders.csv"
    path.write_text(text, encoding="utf-8")
    return emergency_orders.read(path, zone=ZONE, language="en")


def test_a_workbook_with_chinese_headers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "应急减排"
    sheet.append(["统一社会信用代码", "措施", "启动时间", "解除时间", "限产比例", "生产线", "文号"])
    sheet.append(
        [uscc(1), "停产", datetime.fromisoformat("2026-11-20 12:00"), None, None, None, "示例1号"]
    )
    sheet.append([uscc(2), "限产", "2026年11月20日 12:00", "2026/11/23 0:00", 0.5, "一线", None])
    book.save(tmp_path / "orders.xlsx")
    stop, limit = emergency_orders.read(tmp_path / "orders.xlsx", zone=ZONE)
    noon = datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert (stop.uscc, stop.kind, stop.end_ms, stop.document) == (
        uscc(1), OrderKind.STOP, None, "示例1号",
    )  # fmt: skip
    assert from_ms(stop.start_ms) == noon
    assert (limit.kind, limit.allowed_share, limit.line) == (OrderKind.LIMIT, 0.5, "一线")
    assert limit.end_ms is not None
    assert from_ms(limit.end_ms) == datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (f"{uscc(1)},slow,2026-11-20 12:00,,,,,\n", "kind"),
        (f"{uscc(1)},limit,2026-11-20 12:00,,,,,\n", "allowed_share"),
        (f"{uscc(1)},limit,2026-11-20 12:00,,50,,,\n", "allowed_share"),
        (f"{uscc(1)},stop,2026-11-20 12:00,2026-11-20 12:00,,,,\n", "end"),
        (f"{uscc(1)},stop,,,,,,\n", "start"),
        (f"{uscc(1)[:-1]},stop,2026-11-20 12:00,,,,,\n", "uscc"),
    ],
)
def test_every_fault_is_named(tmp_path: Path, row: str, place: str) -> None:
    with pytest.raises(RegisterError) as caught:
        read(tmp_path, HEAD + row)
    assert f"emergency_orders.csv line 2, column {place}" in str(caught.value)

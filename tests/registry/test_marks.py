"""Marks from files: read as they are meant, every fault named, nothing entered where there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from monitor.clock import from_ms
from monitor.errors import RegisterError
from monitor.marks import Mark, MarkClass
from monitor.registry import marks

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 3, 4, tzinfo=UTC)


def read(path: Path, language: str = "en") -> list[Mark]:
    return marks.read(path, now=NOW, zone=ZONE, language=language)


def cell(text: str) -> datetime:
    """A spreadsheet's date, which knows no zone."""
    return datetime.fromisoformat(text)


def test_a_workbook_with_chinese_headers_and_dates_of_the_spreadsheet(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "标记"
    sheet.append(
        ["设备编码", "因子编码", "标记类别", "标记项", "开始时间", "结束时间", "人工", "原因"]
    )
    day = "2026-11-02"
    at = [cell(f"{day} 08:00"), cell(f"{day} 09:00")]
    sheet.append(["MN1", "a21026", "设备", "校准", *at, "是", "示例"])
    sheet.append(["MN1", None, "工况", "启炉", "2026-11-02 10:00", "2026/11/02 12:30", "否", None])
    book.save(tmp_path / "标记.xlsx")
    first, second = read(tmp_path / "标记.xlsx")
    assert (first.kind, first.item, first.pollutant) == (MarkClass.DEVICE, "校准", "a21026")
    assert from_ms(first.start_ms) == datetime(2026, 11, 2, 0, tzinfo=UTC)
    assert (first.manual, first.submitted_at) == (True, NOW)
    assert (second.kind, second.pollutant, second.manual) == (MarkClass.CONDITION, None, False)
    assert from_ms(second.end_ms) == datetime(2026, 11, 2, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-02 6:00", "2026/11/2 6:00", "2026年11月2日 6:00", "2026年11月2日06:00:00"]
)
def test_times_as_people_write_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "marks 标记.csv"
    path.write_text(
        f"mn,class 标记类别,item,start,end\nMN1,设备,校准,{text},2026-11-02 9:00\n", "utf-8"
    )
    (found,) = read(path)
    assert from_ms(found.start_ms) == datetime(2026, 11, 1, 22, tzinfo=UTC)


def test_every_fault_is_named_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text(
        "mn,class,item,start,end,submitted_at\n"
        "MN1,device,fault,2026-11-02 08:00,2026-11-02 07:00,\n"
        "MN1,weather,fault,yesterday,2026-11-02 07:00,\n",
        "utf-8",
    )
    with pytest.raises(RegisterError) as raised:
        read(path)
    told = "\n".join(raised.value.faults)
    assert len(raised.value.faults) == 3
    assert "line 2, column end 结束时间" in told
    assert "yesterday is not a time: write it like 2026-08-01 08:00" in told
    assert "weather" in told
    with pytest.raises(RegisterError) as raised:
        read(path, "zh")
    assert any("yesterday 不是时间" in fault for fault in raised.value.faults)


def test_another_sheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "limits.csv"
    path.write_text("mn\nMN1\n", "utf-8")
    with pytest.raises(RegisterError, match="marks 标记"):
        read(path)

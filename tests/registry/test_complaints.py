"""Complaints from files: read as they are meant, every fault named, nobody's name repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from monitor.complaint import CHANNELS, Said
from monitor.errors import RegisterError
from monitor.register import Enterprise, Register
from monitor.registry import complaints
from tests.registers import uscc

SETTINGS: dict[str, Any] = {
    "zone": ZoneInfo("Asia/Shanghai"),
    "channels": CHANNELS,
    "register": Register(enterprises=(Enterprise(uscc=uscc(1), name="示例厂", district="东区"),)),
    "now": datetime(2026, 11, 20, 8, tzinfo=UTC),
    "language": "en",
}
HEAD = "channel,reference,received_at,uscc,longitude,latitude,text,close_by,reporter_name,note\n"
NAME = "示例举报人丁"


def read(folder: Path, rows: str) -> list[Said]:
    path = folder / "complaints.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return complaints.read(path, **SETTINGS)


def test_a_workbook_with_chinese_headers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "信访举报"
    sheet.append(
        ["渠道", "工单编号", "收到时间", "信用代码", "诉求内容", "举报人", "联系电话", "限期"]
    )
    received = datetime.fromisoformat("2026-11-19 09:30")
    sheet.append(
        ["来信", 12, received, uscc(1), "夜间有异味", NAME, 13800000000, "2026年12月1日 0:00"]
    )
    book.save(tmp_path / "complaints.xlsx")
    (said,) = complaints.read(tmp_path / "complaints.xlsx", **SETTINGS)
    assert (said.channel, said.reference, said.uscc) == ("letter", "12", uscc(1))
    assert said.received_at == datetime(2026, 11, 19, 1, 30, tzinfo=UTC)
    assert said.close_by == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert said.reporter == {"name": NAME, "phone": "13800000000"}
    assert NAME not in repr(said)


def test_every_bad_row_is_named_and_no_name_repeated(tmp_path: Path) -> None:
    wrong = {
        "channel": f"{NAME},1,2026-11-19,{uscc(1)},,,x,,,",
        "reference": f"visit,{NAME},2026-11-19,{uscc(1)},,,x,,{NAME},",
        "received_at": f"visit,1,{NAME},{uscc(1)},,,x,,,",
        "received_at ": f"visit,1,2026-11-21,{uscc(1)},,,x,,,",
        "uscc": f"visit,1,2026-11-19,{NAME},,,x,,,",
        "uscc ": f"visit,1,2026-11-19,{uscc(2)},,,x,,,",
        "uscc  ": "visit,1,2026-11-19,,,,x,,,",
        "latitude": "visit,1,2026-11-19,,100,,x,,,",
        "longitude": f"visit,1,2026-11-19,,{NAME},30,x,,,",
        "text": f"visit,1,2026-11-19,{uscc(1)},,,,,,",
        "close_by": f"visit,1,2026-11-19,{uscc(1)},,,x,2026-11-01,,",
        "reporter_name": f"visit,1,2026-11-19,{uscc(1)},,,x,,{NAME * 20},",
    }
    with pytest.raises(RegisterError) as error:
        read(tmp_path, "\n".join(wrong.values()) + "\n")
    told = str(error.value).splitlines()
    assert len(told) == len(wrong)
    for line, column in enumerate(wrong, 2):
        (fault,) = [each for each in told if f"line {line}," in each]
        assert f"column {column.strip()}" in fault
    assert NAME not in str(error.value)

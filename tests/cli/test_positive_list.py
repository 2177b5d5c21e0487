"""`positive-list review` and `draws`: what is due, and what becomes of the drawn."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from tests.cli.conftest import Call
from tests.registers import uscc, write_csv

REGISTER = {
    "enterprises": f"uscc,name,district\n{uscc(1)},示例1厂,东区\n{uscc(2)},示例2厂,东区\n",
    "positive_list": "uscc,category,listed_from,listed_until,document\n"
    f"{uscc(1)},2,2026-01-01,2026-11-30,示例文号\n",
}


def test_a_draw_from_a_file_to_a_file(call: Call, config: Path, tmp_path: Path) -> None:
    call("registry", "import", write_csv(tmp_path / "books", REGISTER), "--config", config)
    path, out = tmp_path / "抽查名单.csv", tmp_path / "答复.xlsx"
    path.write_text(f"信用代码\n{uscc(1)}\n{uscc(2)}\n", "utf-8")
    words = ("draws", path, "--date", "2026-11-01", "--out", out, "--config", config)
    done = call(*words)
    assert done.out == f"draw 1: 1 exempt, 1 regular; written to {out}\n", done.err
    sheet = load_workbook(out).active
    assert [cell.value for cell in sheet["D"]] == [
        "处理方式",
        "可免于现场执法检查",
        "按一般规则抽查",
    ]
    wrong = call("draws", path, "--date", "today", "--out", out, "--config", config)
    assert (wrong.code, wrong.err) == (1, "--date: today: no day; write it like 2026-11-01\n")


def test_the_review_is_a_table(call: Call, config: Path, tmp_path: Path) -> None:
    call("registry", "import", write_csv(tmp_path / "books", REGISTER), "--config", config)
    done = call("positive-list", "review", "--month", "2026-11", "--config", config)
    head, row = done.out.splitlines()
    assert head.split("\t")[:2] == ["id", "uscc"]
    assert row.split("\t")[1:] == [uscc(1), "示例1厂", "东区", "2", "2026-11-30", "expiring", ""]
    assert call("positive-list", "review", "--month", "11", "--config", config).code == 1

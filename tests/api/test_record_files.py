"""Records as a workbook: out, edited, in again; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from monitor.actions.record_files import export_file, import_file
from monitor.cli.base import COMMAND_LINE
from monitor.errors import RegisterError
from monitor.store import tables
from tests.api.conftest import AT, Bureau
from tests.api.test_records import CASE, DOCUMENT, RELIEF, TYPICAL, made
from tests.office import converted

USCC = "91110000100000000R"
"""Its check character is right, as files' are looked at."""
OWN = {"uscc": USCC}


@pytest.fixture
def book(bureau: Bureau, tmp_path: Path) -> Path:
    """What a clerk is given: a record of each kind, with all that a cell may garble."""
    with bureau.store.write() as connection:
        connection.execute(
            insert(tables.enterprises).values(
                uscc=USCC, name="示例厂", district="东区", key_unit=False, recorded_at=AT
            )
        )
    case = made(
        bureau,
        "cases",
        CASE | OWN | {"penalty": {"amount": 50_000.5, "unit": "元"}, "violation": "=1+1\n第二行"},
    )
    made(bureau, "cases", CASE | OWN | {"penalty": 50_000, "number": "示例立〔2026〕001号"})
    made(bureau, "reliefs", RELIEF | OWN | {"case": case["id"], "ground": "首次、轻微，已改正"})
    made(bureau, "documents", DOCUMENT)
    made(bureau, "typical-cases", TYPICAL | OWN | {"text": "第一段。\n\n第二段。"})
    path = tmp_path / "records.xlsx"
    assert export_file(bureau.desk, COMMAND_LINE, path) == 5
    return path


def taken(bureau: Bureau, path: Path, **more: Any) -> dict[str, dict[str, int]]:
    return {s: dict(c) for s, c in import_file(bureau.desk, COMMAND_LINE, path, **more).items()}


UNCHANGED = {
    "documents": {"unchanged": 1},
    "cases": {"unchanged": 2},
    "reliefs": {"unchanged": 1},
    "typical_cases": {"unchanged": 1},
}


def edit(path: Path, sheet: str, cell: str, value: object) -> None:
    book = load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def test_it_comes_back_unchanged_also_from_libreoffice(bureau: Bureau, book: Path) -> None:
    assert taken(bureau, book) == UNCHANGED
    assert taken(bureau, converted(book, "xlsx", book.parent / "saved")) == UNCHANGED


def test_an_edit_a_new_row_and_a_dry_run(bureau: Bureau, book: Path) -> None:
    edit(book, "reliefs", "E2", "延长整改期限")
    for column, value in zip("CDE", (USCC, "2026-11-02", "2026-11-07"), strict=True):
        edit(book, "cases", f"{column}4", value)
    wanted = UNCHANGED | {"cases": {"unchanged": 2, "added": 1}, "reliefs": {"changed": 1}}
    assert taken(bureau, book, dry_run=True) == wanted
    assert len(bureau.call("GET", "cases").json()["items"]) == 2
    assert taken(bureau, book) == wanted
    assert bureau.call("GET", "reliefs").json()["items"][0]["kind"] == "extended_correction"
    again = taken(bureau, book)
    assert again["cases"] == {"unchanged": 3}, "a row without a number is known by what it says"


def test_a_bad_row_changes_nothing_and_every_one_is_named(bureau: Bureau, book: Path) -> None:
    edit(book, "documents", "D2", "另一个标题")
    edit(book, "cases", "E2", "2026-01-01")  # filed before the act
    edit(book, "cases", "C3", "91110000100000000X")
    edit(book, "reliefs", "A2", 999)
    before = bureau.call("GET", "documents").json()
    with pytest.raises(RegisterError) as refused:
        taken(bureau, book)
    said = "\n".join(refused.value.faults)
    assert "cases" in said
    assert bureau.call("GET", "documents").json() == before
    edit(book, "cases", "C3", USCC)
    with pytest.raises(RegisterError) as refused:
        taken(bureau, book)
    said = "\n".join(refused.value.faults)
    assert "filed_on" in said
    assert "999" in said
    assert bureau.call("GET", "documents").json() == before


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(
    bureau: Bureau, book: Path
) -> None:
    number = bureau.call("GET", "cases").json()["items"][0]["id"]
    bureau.call("PATCH", f"cases/{number}", "officer", json={"decided_on": "2026-11-12"})
    edit(book, "cases", "G2", "示例立〔2026〕9号")
    with pytest.raises(RegisterError, match="officer"):
        taken(bureau, book)
    kept = bureau.call("GET", f"cases/{number}").json()
    assert (kept["decided_on"], kept["number"]) == ("2026-11-12", None)

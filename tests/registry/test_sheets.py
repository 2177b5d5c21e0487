"""The spec of the sheets: documented, unambiguous, and in step with the books."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from monitor.books import KEYS
from monitor.registry import SHEETS, Sheet
from monitor.registry.cells import Choice
from monitor.registry.sheets import fold, ignored, sheet_named
from monitor.store.tables import metadata

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "register.md").read_text("utf-8")
every_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)


def section(sheet: Sheet) -> str:
    """What the manual says of a sheet."""
    return MANUAL.split(f"\n### {sheet} — key: ")[1].split("\n##")[0]


@every_sheet
def test_the_manual_has_every_column_in_order_and_says_which_must_be_filled_in(
    sheet: Sheet,
) -> None:
    rows = re.findall(r"^\| (\*\*)?`(\w+)`(?:\*\*)? \| (\S+) \|", section(sheet), re.MULTILINE)
    assert [(name, chinese, bool(bold)) for bold, name, chinese in rows] == [
        (column.name, column.chinese, column.required) for column in sheet.columns
    ]


@every_sheet
def test_the_manual_has_every_key_and_every_word(sheet: Sheet) -> None:
    text = section(sheet)
    assert text.startswith(", ".join(sheet.key) + "\n")
    for column in sheet.columns:
        if isinstance(column.kind, Choice) and column.name != "key_unit":
            for english, chinese, *_ in column.kind.words.values():
                assert f"{english} {chinese}" in text


@every_sheet
def test_no_header_means_two_columns(sheet: Sheet) -> None:
    names = [fold(name) for c in sheet.columns for name in {c.name, c.chinese, *c.others}]
    assert len(names) == len(set(names))
    assert not any(map(ignored, names))


@every_sheet
def test_a_sheet_holds_what_its_rows_and_its_table_hold(sheet: Sheet) -> None:
    columns = {column.name for column in sheet.columns}
    assert columns == {field.name for field in dataclasses.fields(sheet.row)} - {"id"}  # type: ignore[arg-type]
    table = set(metadata.tables[sheet.name].columns.keys())
    noted = {"recorded_at", "recorded_by", "superseded_at", "superseded_by", "superseded_reason"}
    assert columns == table - {"id"} - noted
    assert {column.name for column in sheet.columns if column.required} >= set(sheet.key) - {
        "basis",
        "share",
    }


def test_the_sheets_are_those_of_the_books_and_no_name_means_two() -> None:
    assert [sheet.name for sheet in SHEETS] == list(KEYS)
    names = [fold(name) for s in SHEETS for name in {s.name, s.chinese, *s.others}]
    assert len(names) == len(set(names))
    assert all(sheet_named(sheet.chinese) is sheet for sheet in SHEETS)

"""What is exported reads back as the same, and does no harm in a spreadsheet."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from monitor.books import Books
from monitor.register import Enterprise, Register
from monitor.registry import SHEETS, read, write
from tests.arbitrary import books
from tests.registers import bare, small_books, write_csv

HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "'=1+1"]


@pytest.mark.parametrize("name", ["register.xlsx", "register"])
@pytest.mark.parametrize("language", ["zh", "en"])
@settings(max_examples=40, deadline=None)
@given(content=books())
def test_what_is_exported_reads_back_as_the_same(name: str, language: str, content: Books) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path, content, language=language)
        assert bare(read(path)) == content


def test_a_folder_has_a_file_for_every_sheet_with_chinese_headers(tmp_path: Path) -> None:
    written = write(tmp_path / "out", Register())
    assert [path.name for path in written] == [f"{sheet.name}.csv" for sheet in SHEETS]
    header = (tmp_path / "out" / "limits.csv").read_text("utf-8-sig").splitlines()[0]
    assert (
        header
        == "设备编码,因子编码,时段,限值,下限,基准,依据,生效日期,失效日期,达标比例,已核实,来源"
    )
    assert (tmp_path / "out" / "limits.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # for Excel
    assert sorted(tmp_path.joinpath("out").iterdir()) == sorted(written)  # nothing else is left


def test_words_and_headers_in_english_where_asked_for(tmp_path: Path) -> None:
    write(tmp_path, small_books(1), language="en")
    text = (tmp_path / "limits.csv").read_text("utf-8-sig")
    header = (
        "mn,pollutant,period,limit,lower,basis,clause,valid_from,valid_to,share,verified,source"
    )
    assert text.splitlines()[0] == header
    assert ",hour,35,,converted," in text


def _cells(path: Path) -> Iterator[str]:
    with (path / "enterprises.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            yield from row


def test_no_text_is_a_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    [owner] = small_books(1).enterprises
    rows = tuple(
        Enterprise(uscc=owner.uscc, name=text, district=text, industry=text) for text in HARMFUL
    )
    content = Books(enterprises=rows)
    write(tmp_path, content)
    assert not [cell for cell in _cells(tmp_path) if cell[:1] in tuple("=+-@＝")]
    write(tmp_path / "w.xlsx", content)
    page = load_workbook(tmp_path / "w.xlsx")["enterprises"]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "b"}
    assert not [v for row in page.values for v in row if isinstance(v, str) and v[:1] in "=+-@＝"]


def test_a_workbook_keeps_codes_as_text_and_dates_as_dates(tmp_path: Path) -> None:
    write(tmp_path / "w.xlsx", small_books(1))
    page = load_workbook(tmp_path / "w.xlsx")["limits"]
    mn, valid_from = page["A2"], page["H2"]
    assert (mn.number_format, mn.data_type) == ("@", "s")
    assert valid_from.is_date
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["A"].number_format == "@"  # for the rows that a clerk adds


def test_an_empty_register_gives_sheets_to_fill_in(tmp_path: Path) -> None:
    for path in (tmp_path / "w.xlsx", tmp_path / "folder"):
        write(path, Register())
        assert bare(read(path)) == Books()


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    write(tmp_path / "w.xlsx", small_books(1))
    broken = Books(enterprises=(None,))  # type: ignore[arg-type]  # something that cannot be written
    with pytest.raises(AttributeError):
        write(tmp_path / "w.xlsx", broken)
    assert bare(read(tmp_path / "w.xlsx")) == small_books(1)
    assert [path.name for path in tmp_path.iterdir()] == ["w.xlsx"]


def test_exports_are_not_for_everybody_to_read(tmp_path: Path) -> None:
    for path in write(tmp_path / "out", small_books(1)):
        assert path.stat().st_mode & 0o007 == 0  # data loggers' passwords are among it


def test_a_template_with_headers_alone_says_nothing(tmp_path: Path) -> None:
    assert bare(read(write_csv(tmp_path / "f", {"企业": "uscc,name,district\n"}))) == Books()

"""What a clerk's files may look like and still be understood."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from monitor.observation import Period
from monitor.register import Basis, Enterprise, Medium
from monitor.registry import read
from tests.registers import SAMPLE, bare, mn, uscc, write_csv, write_xlsx

ENTERPRISES = f"统一社会信用代码,企业名称,县区\n{uscc(1)},示例一厂,东区\n"
LIMITS = "mn,pollutant,period,limit,lower,basis,clause,valid_from,valid_to\n"


def one_limit(tmp_path: Path, row: str) -> object:
    (found,) = read(write_csv(tmp_path / "f", {"limits": f"{LIMITS}{row}\n"})).limits
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_in_every_encoding_that_spreadsheets_save(tmp_path: Path, encoding: str) -> None:
    books = read(write_csv(tmp_path / "f", {"enterprises": ENTERPRISES}, encoding))
    assert books.enterprises == (Enterprise(uscc=uscc(1), name="示例一厂", district="东区"),)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_with_the_usual_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = ENTERPRISES.replace(",", delimiter)
    assert len(read(write_csv(tmp_path / "f", {"enterprises": text})).enterprises) == 1


@pytest.mark.parametrize("name", ["enterprises", "企业", "Enterprises", "ENTERPRISES"])
def test_sheets_are_known_by_english_and_chinese_names(tmp_path: Path, name: str) -> None:
    assert len(read(write_csv(tmp_path / "f", {name: ENTERPRISES})).enterprises) == 1
    rows = [["信用代码*", "企业名称", "县区"], [uscc(1), "示例一厂", "东区"]]
    assert len(read(write_xlsx(tmp_path / "w.xlsx", {name: rows})).enterprises) == 1


def test_one_csv_file_alone_is_a_register(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "f", {"企业": ENTERPRISES})
    assert len(read(folder / "企业.csv").enterprises) == 1


def test_columns_in_any_order_mixed_languages_and_clerks_own_columns(tmp_path: Path) -> None:
    text = (
        "序号,DISTRICT,企业 名称,经度(WGS-84),Latitude,USCC,是否重点排污单位,备注\n"
        f"1,东区,示例一厂,112.5,37.25,{uscc(1).lower()},是,新增\n"
    )
    (found,) = read(write_csv(tmp_path / "f", {"enterprises": text})).enterprises
    assert found == Enterprise(
        uscc=uscc(1),
        name="示例一厂",
        district="东区",
        longitude=112.5,
        latitude=37.25,
        key_unit=True,
    )


def test_blank_rows_and_notes_are_ignored(tmp_path: Path) -> None:
    rows = [[], ["uscc", "name", "district"], [None, " ", ""], [uscc(1), "甲厂", "东区"], []]
    notes = {"填表说明": [["请逐行填写"]], "Sheet3": []}
    path = write_xlsx(tmp_path / "w.xlsx", {"enterprises": rows, **notes})
    assert len(read(path).enterprises) == 1
    folder = write_csv(tmp_path / "f", {"enterprises": f"\n{ENTERPRISES}\n,,\n", "说明": "随便\n"})
    (folder / "README.md").write_text("not a sheet")
    assert len(read(folder).enterprises) == 1


@pytest.mark.parametrize(
    "written",
    ["2026-08-01", "2026/8/1", "2026.08.01", "2026年8月1日", "20260801", "2026-08-01 00:00:00"],
)
def test_dates_as_people_write_them(tmp_path: Path, written: str) -> None:
    found = one_limit(tmp_path, f"{mn(1)},a21026,hour,35,,converted,表1,{written},长期")
    assert (found.valid_from, found.valid_to) == (date(2026, 8, 1), None)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "cell",
    [datetime.fromisoformat("2026-08-01"), date(2026, 8, 1), 20260801, 46235, "2026年8月1日"],
)
def test_dates_as_workbooks_hold_them(tmp_path: Path, cell: object) -> None:
    rows = [["uscc", "category", "listed_from"], [uscc(1), 6, cell]]
    (found,) = read(write_xlsx(tmp_path / "w.xlsx", {"positive_list": rows})).listings
    assert found.listed_from == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("realtime,measured", (Period.REALTIME, Basis.MEASURED)),
        ("实时,实测", (Period.REALTIME, Basis.MEASURED)),
        ("分钟,实测值", (Period.MINUTE, Basis.MEASURED)),
        ("小时,折算", (Period.HOUR, Basis.CONVERTED)),
        ("小时均值,折算值", (Period.HOUR, Basis.CONVERTED)),
        ("Day,Converted", (Period.DAY, Basis.CONVERTED)),
        ("日,", (Period.DAY, Basis.MEASURED)),
        ("月,实测", (Period.MONTH, Basis.MEASURED)),
    ],
)
def test_words_in_english_and_chinese(
    tmp_path: Path, words: str, meant: tuple[Period, Basis]
) -> None:
    period, basis = words.split(",")
    found = one_limit(tmp_path, f"{mn(1)},a21026,{period},35,,{basis},表1,2026-01-01,")
    assert (found.period, found.basis) == meant  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("air", Medium.AIR), ("废气", Medium.AIR), ("water", Medium.WATER), ("废水", Medium.WATER)],
)
def test_media_in_english_and_chinese(tmp_path: Path, word: str, meant: Medium) -> None:
    text = f"mn,uscc,code,medium\n{mn(1)},{uscc(1)},ＤＷ００１,{word}\n"
    (found,) = read(write_csv(tmp_path / "f", {"outlets": text})).outlets
    assert (found.medium, found.code) == (meant, "DW001")


def test_a_lower_bound_and_numbers_as_people_write_them(tmp_path: Path) -> None:
    found = one_limit(tmp_path, f"{mn(1)},w01001,日,９,6.0,实测,表4,2026-01-01,/")
    assert (found.limit, found.lower) == (9, 6)  # type: ignore[attr-defined]
    found = one_limit(tmp_path, f'{mn(1)},w01018,日,"1,500",/,实测,表4,2026-01-01,—')
    assert (found.limit, found.lower) == (1500, None)  # type: ignore[attr-defined]


def test_codes_keep_their_spelling(tmp_path: Path) -> None:
    text = "licence,name,district\n000123,甲,东区\n1e5,乙,东区\n１２３,丙,东区\n"
    found = read(write_csv(tmp_path / "f", {"officers": text})).officers
    assert [officer.licence for officer in found] == ["000123", "1e5", "123"]
    rows = [["licence", "name", "district"], ["000123", "甲", "东区"], [140123, "乙", "东区"]]
    found = read(write_xlsx(tmp_path / "w.xlsx", {"officers": rows})).officers
    assert [officer.licence for officer in found] == ["000123", "140123"]


@pytest.mark.parametrize("written", ["6", "第六类", "6类", "六类", "第6类"])
def test_categories_however_written(tmp_path: Path, written: str) -> None:
    text = (
        f"信用代码,类别,列入日期\n{uscc(1)},{written},2026-01-01\n{uscc(1)},重点帮扶,2026-01-01\n"
    )
    found = read(write_csv(tmp_path / "f", {"正面清单": text})).listings
    assert [listing.category for listing in found] == ["6", "重点帮扶"]


def test_old_workbooks_with_macros_and_formula_results(tmp_path: Path) -> None:
    rows = [["uscc", "name", "district"], [uscc(1), "甲厂", "东区"]]
    path = write_xlsx(tmp_path / "w.xlsx", {"enterprises": rows})
    assert read(path.rename(tmp_path / "w.XLSM")).enterprises[0].name == "甲厂"


def test_the_sample_register_is_in_order() -> None:
    books = read(SAMPLE)
    assert len(books.enterprises) == 8
    assert len({each.district for each in books.enterprises}) == 4
    assert len(books.outlets) == 12
    assert {each.medium for each in books.outlets} == {Medium.AIR, Medium.WATER}
    assert all(len(each.mn) == 24 for each in books.outlets)
    assert {Period.HOUR, Period.DAY, Period.REALTIME} <= {each.period for each in books.limits}
    assert {each.basis for each in books.limits} == set(Basis)
    assert any(each.pollutant == "w01001" and each.lower == 6 for each in books.limits)
    assert {each.category for each in books.listings} >= {"1", "2", "6"}
    assert bare(books).cameras
    assert books.meters
    assert books.officers

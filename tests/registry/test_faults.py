"""Every way in which register files can be wrong is named with its place and what to do."""

from __future__ import annotations

import re
import string
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import MAC_EPOCH

from monitor.books import Books, plan
from monitor.books.faults import SENTENCES, SHOWN
from monitor.errors import RegisterError
from monitor.register import Register
from monitor.registry import files, read
from tests.registers import mn, small_books, uscc, write_csv, write_xlsx

ENTERPRISES = "uscc,name,district,longitude,latitude,boundary,key_unit\n"
OUTLETS = "mn,uscc,code,medium,reference_oxygen\n"
LIMITS = "mn,pollutant,period,limit,lower,basis,clause,valid_from,valid_to\n"
LISTINGS = "uscc,category,listed_from,listed_until\n"
INSTRUMENTS = "mn,pollutant,unit\n"
METERS = "meter,uscc,facility,rated_kw,mn\n"


def faults_of(path: Path, language: str = "en") -> list[str]:
    with pytest.raises(RegisterError) as raised:
        read(path, language=language)
    return raised.value.faults


def enterprise(rest: str, code: str | None = None) -> dict[str, str]:
    return {"enterprises": f"{ENTERPRISES}{code or uscc(1)},甲厂,东区,{rest}\n"}


def limit(row: str, pollutant: str = "a21026") -> dict[str, str]:
    return {"limits": f"{LIMITS}{mn(1)},{pollutant},{row}\n"}


GOOD_LIMIT = "hour,35,,converted,表1,2026-01-01,"

# problem, files, where the fault is, what its sentence must name
ROWS: list[tuple[str, dict[str, str], str, str]] = [
    ("unknown-sheet", {"limit values": "a\n"}, "limit values.csv: ", "limits 限值"),
    ("sheet-twice", {"limits": LIMITS, "限值": LIMITS}, "限值.csv: ", "limits.csv"),
    ("no-header", {"limits": ""}, "limits.csv: ", "pollutant 因子编码"),
    ("no-header", {"limits": "1,2\n3,4\n"}, "limits.csv line 1: ", "pollutant 因子编码"),
    (
        "unknown-column",
        {"limits": LIMITS.replace("lower", "floor")},
        "limits.csv line 1, column floor: ",
        "lower 下限",
    ),
    (
        "column-twice",
        {"meters": "电表编号," + METERS},
        "meters.csv line 1, column meter: ",
        "keep one",
    ),
    (
        "missing-column",
        {"limits": LIMITS.replace("clause,", "")},
        "limits.csv line 1, column clause 依据: ",
        "add it",
    ),
    (
        "no-name",
        {"meters": f"{METERS}m1,{uscc(1)},生产,,,extra\n"},
        "meters.csv line 2, column F: ",
        "has no name",
    ),
    (
        "unreadable",
        {"meters": f'{METERS}m1,{uscc(1)},"生产,,\nm2,,,\n'},
        "meters.csv line 2: ",
        "open it, save it again",
    ),
    ("empty", limit("hour,35,,,,2026-01-01,"), "limits.csv line 2, column clause 依据: ", "fill"),
    (
        "too-long",
        limit(f"hour,35,,,{'长' * 501},2026-01-01,"),
        "limits.csv line 2, column clause 依据: ",
        "500",
    ),
    (
        "control-character",
        limit("hour,35,,,表\0一,2026-01-01,"),
        "limits.csv line 2, column clause 依据: ",
        "type it in again",
    ),
    (
        "spreadsheet-error",
        limit("hour,#REF!,,,表1,2026-01-01,"),
        "limits.csv line 2, column limit 限值: ",
        "#REF!",
    ),
    (
        "code-with-space",
        {"meters": f"{METERS}m 1,{uscc(1)},生产,,\n"},
        "meters.csv line 2, column meter 电表编号: ",
        "m 1",
    ),
    (
        "code-as-number",
        {"meters": f"{METERS}m1,{uscc(1)},生产,,9.90001E+23\n"},
        "meters.csv line 2, column mn 设备编码: ",
        "format the column as text",
    ),
    (
        "not-a-number",
        limit("hour,≤35mg/m3,,,表1,2026-01-01,"),
        "limits.csv line 2, column limit 限值: ",
        "≤35mg/m3",
    ),
    (
        "not-a-number",
        limit("hour,nan,,,表1,2026-01-01,"),
        "limits.csv line 2, column limit 限值: ",
        "nan",
    ),
    (
        "range-not-number",
        limit("day,6~9,,,表1,2026-01-01,", "w01001"),
        "limits.csv line 2, column limit 限值: ",
        "`lower`",
    ),
    (
        "out-of-range",
        enterprise("181,30,,"),
        "enterprises.csv line 2, column longitude 经度: ",
        "between -180 and 180",
    ),
    (
        "out-of-range",
        enterprise("112,91,,"),
        "enterprises.csv line 2, column latitude 纬度: ",
        "between -90 and 90",
    ),
    (
        "out-of-range",
        {"outlets": f"{OUTLETS}{mn(1)},{uscc(1)},DA001,air,21\n"},
        "outlets.csv line 2, column reference_oxygen 基准氧含量: ",
        "20.9",
    ),
    (
        "not-a-date",
        limit("hour,35,,,表1,2026-02-30,"),
        "limits.csv line 2, column valid_from 生效日期: ",
        "2026-02-30",
    ),
    (
        "not-a-date",
        limit("hour,35,,,表1,去年,"),
        "limits.csv line 2, column valid_from 生效日期: ",
        "2026-08-01",
    ),
    (
        "not-a-choice",
        limit("weekly,35,,,表1,2026-01-01,"),
        "limits.csv line 2, column period 时段: ",
        "hour 小时",
    ),
    (
        "not-a-choice",
        limit("hour,35,,实测折算,表1,2026-01-01,"),
        "limits.csv line 2, column basis 基准: ",
        "converted 折算",
    ),
    (
        "not-a-choice",
        {"outlets": f"{OUTLETS}{mn(1)},{uscc(1)},DA001,soil,\n"},
        "outlets.csv line 2, column medium 介质: ",
        "water 水",
    ),
    (
        "not-a-choice",
        enterprise(",,,maybe"),
        "enterprises.csv line 2, column key_unit 重点排污单位: ",
        "yes 是",
    ),
    (
        "not-a-choice",
        {"meters": f"{METERS}m1,{uscc(1)},办公,,\n"},
        "meters.csv line 2, column facility 设施: ",
        "treatment 治理",
    ),
    (
        "uscc-length",
        enterprise(",,,", uscc(1)[:-1]),
        "enterprises.csv line 2, column uscc 统一社会信用代码: ",
        "has 17 characters",
    ),
    (
        "uscc-character",
        enterprise(",,,", "91990000MATEXT0O1X"),
        "enterprises.csv line 2, column uscc 统一社会信用代码: ",
        "character 16 is O",
    ),
    (
        "uscc-check",
        enterprise(",,,", uscc(1)[:-2] + "2" + uscc(1)[-1]),
        "enterprises.csv line 2, column uscc 统一社会信用代码: ",
        "mistyped",
    ),
    (
        "unit",
        {"instruments": f"{INSTRUMENTS}{mn(1)},a21026,ppm\n"},
        "instruments.csv line 2, column unit 单位: ",
        "ppm cannot be turned into mg/m3",
    ),
    (
        "unit",
        {"instruments": f"{INSTRUMENTS}{mn(1)},w01001,mg/L\n"},
        "instruments.csv line 2, column unit 单位: ",
        "无量纲",
    ),
    (
        "pollutant",
        limit(GOOD_LIMIT, "烟气"),
        "limits.csv line 2, column pollutant 因子编码: ",
        "a21026",
    ),
    (
        "old-pollutant",
        limit(GOOD_LIMIT, "02"),
        "limits.csv line 2, column pollutant 因子编码: ",
        "use a21026 二氧化硫",
    ),
    (
        "old-pollutant",
        limit(GOOD_LIMIT, "化学需氧量"),
        "limits.csv line 2, column pollutant 因子编码: ",
        "use w01018",
    ),
    (
        "boundary",
        enterprise('112,37,"POLYGON((1 1, 2 2, 2 1, 1 2, 1 1))",'),
        "enterprises.csv line 2, column boundary 边界: ",
        "Self-intersection",
    ),
    (
        "boundary",
        enterprise('112,37,"POINT(1 1)",'),
        "enterprises.csv line 2, column boundary 边界: ",
        "Point",
    ),
    (
        "boundary",
        enterprise("112,37,POLYGON EMPTY,"),
        "enterprises.csv line 2, column boundary 边界: ",
        "empty",
    ),
    (
        "boundary",
        enterprise("112,37,somewhere,"),
        "enterprises.csv line 2, column boundary 边界: ",
        "WKT",
    ),
    (
        "boundary",
        enterprise('112,37,"POLYGON((37 112, 38 112, 38 113, 37 112))",'),
        "enterprises.csv line 2, column boundary 边界: ",
        "37 112",
    ),
    (
        "half-a-place",
        enterprise("112,,,"),
        "enterprises.csv line 2, column latitude 纬度: ",
        "both or neither",
    ),
    (
        "swapped-place",
        enterprise("37.1,89.9,,"),
        "enterprises.csv line 2, column longitude 经度: ",
        "exchange",
    ),
    (
        "end-before-start",
        limit("hour,35,,,表1,2026-01-02,2026-01-01"),
        "limits.csv line 2, column valid_to 失效日期: ",
        "2026-01-01 lies before 2026-01-02",
    ),
    (
        "end-before-start",
        {"positive_list": f"{LISTINGS}{uscc(1)},6,2026-01-02,2026-01-01\n"},
        "positive_list.csv line 2, column listed_until 截止日期: ",
        "lies before",
    ),
    (
        "no-bound",
        limit("hour,,,,表1,2026-01-01,"),
        "limits.csv line 2, column limit 限值: ",
        "at least one",
    ),
    (
        "not-below",
        limit("day,6,9,,表1,2026-01-01,", "w01001"),
        "limits.csv line 2, column lower 下限: ",
        "9 is not below 6",
    ),
    (
        "not-below",
        {"instruments": f"mn,pollutant,range_low,range_high\n{mn(1)},a21026,300,0\n"},
        "instruments.csv line 2, column range_low 量程下限: ",
        "300 is not below 0",
    ),
    (
        "row-twice",
        {"meters": f"{METERS}m1,{uscc(1)},生产,,\nm2,{uscc(1)},生产,,\nm1,{uscc(1)},治理,,\n"},
        "meters.csv line 4, column meter 电表编号: ",
        "line 2",
    ),
]


@pytest.mark.parametrize(("problem", "sheets", "place", "named"), ROWS)
def test_a_fault_is_named_with_place_reason_and_remedy(
    tmp_path: Path, problem: str, sheets: dict[str, str], place: str, named: str
) -> None:
    (fault,) = faults_of(write_csv(tmp_path / "f", sheets))
    assert fault.startswith(place)
    assert named in fault
    assert _fits(problem, fault)
    (chinese,) = faults_of(tmp_path / "f", language="zh")
    assert _fits(problem, chinese, 1)


def _fits(problem: str, fault: str, language: int = 0) -> bool:
    """Whether a told fault is an instance of a problem's sentence."""
    parts = re.split(r"\{\w+\}", SENTENCES[problem][language])
    return re.search(".*".join(map(re.escape, parts)) + "$", fault) is not None


def test_more_columns_than_names_in_a_workbook(tmp_path: Path) -> None:
    rows = [
        ["uscc", "name", "district"],
        [uscc(1), "甲厂", "东区", None, "x"],
        [uscc(2), "乙厂", "东区"],
    ]
    (fault,) = faults_of(write_xlsx(tmp_path / "w.xlsx", {"企业": rows}))
    assert fault.startswith("企业 line 2, column E: there is a value here")


@pytest.mark.parametrize("cell", [9.2990000e22, 123456789012345678901234])
def test_a_code_that_a_workbook_holds_as_a_number_is_not_trusted(
    tmp_path: Path, cell: object
) -> None:
    rows = [["meter", "uscc", "facility", "mn"], ["m1", uscc(1), "生产", cell]]
    (fault,) = faults_of(write_xlsx(tmp_path / "w.xlsx", {"meters": rows}))
    assert "format the column as text" in fault


@pytest.mark.parametrize("cell", [True, "2026-13-01", 1.5, "2026-8"])
def test_cells_that_are_no_dates(tmp_path: Path, cell: object) -> None:
    rows = [["uscc", "category", "listed_from"], [uscc(1), "6", cell]]
    (fault,) = faults_of(write_xlsx(tmp_path / "w.xlsx", {"positive_list": rows}))
    assert "is not a date" in fault


def test_every_fault_is_told_not_only_the_first(tmp_path: Path) -> None:
    sheets = {
        "enterprises": f"{ENTERPRISES}91X,,东区,,,,\n{uscc(2)},乙厂,,500,30,,\n",
        "limits": "mn,pollutant,period,limit\n m 1,02,weekly,x\n",
    }
    told = faults_of(write_csv(tmp_path / "f", sheets))
    assert [fault.partition(": ")[0] for fault in told] == [
        "enterprises.csv line 2, column uscc 统一社会信用代码",
        "enterprises.csv line 2, column name 企业名称",
        "enterprises.csv line 3, column district 县区",
        "enterprises.csv line 3, column longitude 经度",
        "limits.csv line 1, column clause 依据",
        "limits.csv line 1, column valid_from 生效日期",
        "limits.csv line 2, column mn 设备编码",
        "limits.csv line 2, column pollutant 因子编码",
        "limits.csv line 2, column period 时段",
        "limits.csv line 2, column limit 限值",
    ]


def test_the_list_of_faults_is_bounded_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    text = METERS + "".join(f"m{n},91X,生产,,\n" for n in range(SHOWN + 45))
    told = faults_of(write_csv(tmp_path / "f", {"meters": text}))
    assert len(told) == SHOWN + 1
    assert told[-1] == "and 45 more faults"
    assert faults_of(tmp_path / "f", language="zh")[-1] == "另有 45 处错误"


def test_lines_are_counted_as_a_clerk_sees_them(tmp_path: Path) -> None:
    text = f'\n{ENTERPRISES}\n{uscc(1)},"甲\n厂",东区,,,,\n91X,乙厂,东区,,,,\n'
    (fault,) = faults_of(write_csv(tmp_path / "f", {"enterprises": text}))
    assert fault.startswith("enterprises.csv line 6, ")


def test_a_long_cell_does_not_flood_the_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(write_csv(tmp_path / "f", limit(f"hour,{'x' * 5000},,,表1,2026-01-01,")))
    assert len(fault) < 600


# --- files -------------------------------------------------------------------------------------


def _nothing(folder: Path) -> Path:
    return folder / "nowhere"


def _empty_folder(folder: Path) -> Path:
    return write_csv(folder / "f", {})


def _text_file(folder: Path) -> Path:
    (folder / "register.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    return folder / "register.xls"


def _no_archive(folder: Path) -> Path:
    (folder / "w.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 a workbook with a password")
    return folder / "w.xlsx"


def _other_archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "w.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    return folder / "w.xlsx"


def _not_text(folder: Path) -> Path:
    folder = write_csv(folder / "f", {})
    (folder / "limits.csv").write_bytes(b"mn,\xff\xff\x80")
    return folder


def _huge_csv(folder: Path) -> Path:
    folder = write_csv(folder / "f", {})
    with (folder / "limits.csv").open("wb") as file:
        file.truncate(files.FILE_BYTES + 1)
    return folder


def _bomb(folder: Path) -> Path:
    path = write_xlsx(folder / "w.xlsx", {"limits": [["mn"]]})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/media/image.bin", "w") as entry,
    ):
        for _ in range(files.UNPACKED_BYTES // 2**24 + 1):
            entry.write(bytes(2**24))
    return path


def _many_entries(folder: Path) -> Path:
    path = write_xlsx(folder / "w.xlsx", {"limits": [["mn"]]})
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(files.ARCHIVE_ENTRIES):
            archive.writestr(f"x/{number}", b"")
    return path


def _entities(folder: Path) -> Path:
    whole = write_xlsx(folder / "good.xlsx", {"limits": [["mn"], ["hello"]]})
    path = folder / "w.xlsx"
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name.endswith("sheet1.xml"):
                data = laughs + data.replace("<v>", "<v>&b;")
            new.writestr(name, data)
    return path


def _dates_from_1904(folder: Path) -> Path:
    book = Workbook()
    book.epoch = MAC_EPOCH
    book.worksheets[0].append(["a"])
    book.save(folder / "w.xlsx")
    return folder / "w.xlsx"


@pytest.mark.parametrize(
    ("problem", "make"),
    [
        ("not-there", _nothing),
        ("no-sheets", _empty_folder),
        ("wrong-format", _text_file),
        ("unreadable", _no_archive),
        ("unreadable", _other_archive),
        ("encoding", _not_text),
        ("too-large", _huge_csv),
        ("too-large", _bomb),
        ("too-large", _many_entries),
        ("unsafe", _entities),
        ("date-system", _dates_from_1904),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, problem: str, make: Callable[[Path], Path]
) -> None:
    (fault,) = faults_of(make(tmp_path))
    assert _fits(problem, fault)


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS", 10)
    good = METERS + "".join(f"m{n},{uscc(1)},生产,,\n" for n in range(10))
    assert len(read(write_csv(tmp_path / "f", {"meters": good})).meters) == 10
    more = write_csv(tmp_path / "f", {"meters": f"{good}m10,{uscc(1)},生产,,\n"})
    assert any(_fits("too-many-rows", fault) for fault in faults_of(more))


# --- references --------------------------------------------------------------------------------


def _unresolved(books: Books) -> list[str]:
    with pytest.raises(RegisterError) as raised:
        plan(replace(books, language="en"), Register(), replace=False, today=date(2026, 11, 1))
    return raised.value.faults


def test_rows_that_refer_to_nobody_are_named() -> None:
    books = small_books(1)
    told = _unresolved(replace(books, enterprises=()))
    assert [fault.partition(":")[0] for fault in told] == [
        f"{sheet}, column uscc 统一社会信用代码"
        for sheet in ("outlets", "positive_list", "cameras", "meters")
    ]
    assert all(_fits("no-enterprise", fault) and uscc(1) in fault for fault in told)
    told = _unresolved(replace(books, outlets=()))
    assert [fault.partition(":")[0] for fault in told] == [
        f"{sheet}, column mn 设备编码" for sheet in ("meters", "instruments", "limits")
    ]
    assert all(_fits("no-outlet", fault) and mn(1) in fault for fault in told)


def test_references_are_told_with_the_line_in_the_file(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "f", limit(GOOD_LIMIT))
    (fault,) = _unresolved(read(folder))
    assert fault.startswith("limits.csv line 2, column mn 设备编码: no outlet has the device code")


# --- the catalogue -----------------------------------------------------------------------------


def test_every_sentence_is_tested_and_says_the_same_in_both_languages() -> None:
    elsewhere = {"not-there", "no-sheets", "wrong-format", "encoding", "too-large", "unsafe"}
    elsewhere |= {"date-system", "too-many-rows", "no-enterprise", "no-outlet"}
    elsewhere |= {"not-a-time"}  # tests/registry/test_marks.py
    elsewhere |= {"in-future", "names-reporter"}  # tests/registry/test_complaints.py
    elsewhere |= {"no-record", "changed-since", "refused"}  # tests/api/test_record_files.py
    assert {problem for problem, *_ in ROWS} | elsewhere == set(SENTENCES)
    for english, chinese in SENTENCES.values():
        assert _placeholders(english) == _placeholders(chinese)


def _placeholders(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

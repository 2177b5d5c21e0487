"""Whatever a table is: it is read as far as it goes, wrong rows are named, right rows are in."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.observations import tables
from adapters.observations.binding import bind
from adapters.observations.codec import Wrong
from adapters.observations.problems import DOUBT, FILE, ROW
from adapters.observations.reading import batches, looked_at
from adapters.observations.tables import Encoding, Unreadable
from tests.observations.kit import HEADING, MN, Bench, hour, reader, table, workbook

GOOD = [hour(n, n + 0.5) for n in range(24)]
BAD = {
    "cell-count": f"{MN},2026-07-31 01:00,1",
    "missing-device": ",2026-07-31 01:00,1,2,N",
    "device-as-number": "7.6E+23,2026-07-31 01:00,1,2,N",
    "missing-time": f"{MN},,1,2,N",
    "bad-time": f"{MN},yesterday,1,2,N",
    "implausible-time": f"{MN},2036-07-31 01:00,1,2,N",
    "not-a-number": f"{MN},2026-07-31 01:00,<1,2,N",
    "unusable-flag": f'{MN},2026-07-31 01:00,1,2,"a,b"',
    "not-csv": f'{MN},2026-07-31 01:00,"1"2,2,N',
    "undecodable-text": "\udcff\udcfe",
}
"""A row for every way to be wrong."""


def encoded(rows: list[str], ends: str = "\n") -> bytes:
    return (HEADING.strip() + ends + "".join(row + ends for row in rows)).encode(
        "utf-8", "surrogateescape"
    )


@given(st.lists(st.sampled_from(GOOD + list(BAD.values())), max_size=60), st.integers(1, 9),
       st.sampled_from(["\n", "\r\n"]))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_wrong_rows_are_named_and_right_rows_are_in(rows: list[str], size: int, ends: str) -> None:
    file = io.BytesIO(encoded(rows, ends))
    made = list(batches(file, looked_at(file), reader(), size))
    wrong = [(each.line, each.problem) for batch in made for each in batch.wrong]
    names = {row: problem for problem, row in BAD.items()}
    assert wrong == [(n, names[row]) for n, row in enumerate(rows, 2) if row in names]
    values = [dict(zip(r.layout.columns, r.values, strict=True)) for b in made for r in b.readings]
    found = [value for each in values for (code, _), value in each.items() if code == "a21026"]
    assert found == [float(row.split(",")[2]) for row in rows if row in GOOD]
    assert sum(batch.rows for batch in made) == len(rows)


@given(st.lists(st.sampled_from([*GOOD, *BAD.values(), "", " , "]), max_size=60), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_the_frames_put_together_are_the_file(rows: list[str], size: int) -> None:
    data = "标题\n\n".encode() + encoded(rows)
    file = io.BytesIO(data)
    made = list(batches(file, looked_at(file), reader(), size))
    parts = [b"".join(made[0].raw)] if made else []
    parts += [b"".join(batch.raw[1:]) for batch in made[1:]]
    assert all(batch.raw[0] == HEADING.encode() for batch in made[1:])
    assert b"".join(parts) == (data if made else b"")


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """Some bytes of a file overwritten, taken away or put in."""
    change = st.tuples(st.integers(0, len(data)), st.integers(0, 30), st.binary(max_size=30))

    def apply(changes: list[tuple[int, int, bytes]]) -> bytes:
        out = data
        for at, gone, new in changes:
            out = out[:at] + new + out[at + gone :]
        return out

    return st.lists(change, max_size=6).map(apply)


_OBJECTS = [{"设备编码": MN, "监测时间": f"2026-07-31 {n:02}:00", "二氧化硫": n} for n in range(9)]
_SOUND = {
    "csv": table(*GOOD),
    "gb18030": table(*GOOD).decode().encode("gb18030"),
    "json": json.dumps(_OBJECTS, ensure_ascii=False).encode(),
    "jsonl": b"".join(json.dumps(o, ensure_ascii=False).encode() + b"\n" for o in _OBJECTS),
    "workbook": workbook(
        HEADING.strip().split(","),
        *([MN, datetime.fromisoformat(f"2026-07-31 {n:02}:00"), n, 8, "N"] for n in range(9)),
    ),
}


@pytest.mark.parametrize("kind", _SOUND)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_makes_it_raise(kind: str, data: Any) -> None:
    file = io.BytesIO(data.draw(damaged(_SOUND[kind])))
    problems, broken = set(), "no-header"
    try:
        for batch in batches(file, looked_at(file), reader(), 4):
            assert batch.taken + len(batch.wrong) <= batch.rows
            problems |= {each.problem for each in batch.wrong}
            assert {each.problem for each in batch.doubts} <= DOUBT.keys()
    except Unreadable as unreadable:
        broken = unreadable.problem
    assert broken in FILE
    assert problems <= ROW.keys()


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes(), st.dates(),
    st.times(), st.sampled_from(["-", "2026-07-31 10:00", "24:00", MN, "N", "1,234"]),
)  # fmt: skip


@given(st.lists(_CELLS, min_size=5, max_size=5), st.booleans())
@settings(max_examples=400, deadline=None)
def test_no_cells_make_a_row_raise(cells: list[Any], keep: bool) -> None:
    if keep:
        cells[:2] = [MN, "2026-07-31 10:00"]
    one = reader()
    at = bind(HEADING.strip().split(","), one.profile)
    assert at is not None
    found = Wrong("bad-time")
    try:
        one.report(cells, at)
    except Wrong as wrong:
        found = wrong
    assert found.problem in ROW
    assert found.value.encode("utf-8") is not None


def read(data: bytes, said: Any = "hours-wide", size: int = 1000, **more: Any) -> list[Any]:
    file = io.BytesIO(data)
    return list(batches(file, looked_at(file), reader(said), size, **more))


def test_stop_on_error_reads_up_to_the_first_wrong_row() -> None:
    data = table(hour(1), hour(2), hour(3, "x"), hour(4))
    (batch,) = read(data, stop_on_error=True)
    assert (batch.taken, [each.line for each in batch.wrong]) == (2, [4])
    assert hour(4).encode() not in b"".join(batch.raw)


def test_reports_are_the_same_however_large_the_batches_are() -> None:
    long = "设备编码,数据类型,数据时间,监测因子,平均值\n" + "".join(
        f"{MN},小时,2026-07-31 {n:02}:00,{name},{n}\n"
        for n in range(12)
        for name in ("二氧化硫", "氮氧化物", "氧含量")
    )
    found = [
        [r for b in read(long.encode(), "periods-long", size) for r in b.readings]
        for size in (2, 5, 1000)
    ]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 12


def test_a_quote_that_never_closes_costs_one_row() -> None:
    rows = [hour(n) for n in range(20)]
    rows[3] = f'{MN},2026-07-31 03:00,"1,8,N'
    (batch,) = read(table(*rows))
    assert [(each.line, each.problem) for each in batch.wrong] == [(5, "not-csv")]
    assert batch.taken == 19


def test_a_cell_in_quotes_may_have_several_lines() -> None:
    row = f'{MN},2026-07-31 03:00,1,8,"N\n"'
    (batch,) = read(table(row, hour(4, "x")))
    assert (batch.taken, [each.line for each in batch.wrong]) == (1, [4])


def test_an_endless_line_is_wrong_and_takes_no_memory() -> None:
    data = table(hour(1)) + b"x" * 1_000_000 + b"\n" + hour(2).encode()
    made = read(data)
    assert [each.problem for batch in made for each in batch.wrong] == ["not-csv"]
    assert sum(batch.taken for batch in made) == 2
    assert max(sum(map(len, batch.raw)) for batch in made) < 600_000
    with pytest.raises(Unreadable) as no_header:
        read(b"x" * 1_000_000)
    assert no_header.value.problem == "no-header"


def test_blank_lines_are_no_memory_either() -> None:
    made = read(table(hour(1)) + b"\n" * 1_000_000)
    assert max(sum(map(len, batch.raw)) for batch in made) < 600_000


def test_a_word_whose_bytes_are_both_does_not_decide() -> None:
    file = Encoding()
    for line in ("联通".encode("gbk"), "示例热电".encode("gbk"), "二氧化硫".encode("gbk")):
        file.see(line)
    assert file.name == "gb18030"


def test_every_sheet_with_the_headings_is_read_and_numbered_by_itself() -> None:
    data = workbook(
        HEADING.strip().split(","), [MN, "2026-07-31 01:00", "x"], [MN, "2026-07-31 02:00", 2]
    )
    (batch,) = read(data)
    assert [each.where for each in batch.wrong] == ["小时!2"]
    assert batch.taken == 1


def test_archives_and_arrays_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(HEADING.strip().split(","))
    for limit in ("WORKBOOK_BYTES", "UNPACKED_BYTES", "STRINGS_BYTES", "ENTRIES"):
        with monkeypatch.context() as patch:
            patch.setattr(tables, limit, 1)
            with pytest.raises(Unreadable) as refused:
                read(data)
            assert refused.value.problem == "too-large"
    monkeypatch.setattr(tables, "JSON_BYTES", 10)
    with pytest.raises(Unreadable) as refused:
        read(json.dumps(_OBJECTS).encode())
    assert refused.value.problem == "too-large"


async def test_only_the_first_faults_are_remembered() -> None:
    summary = await Bench().take(table(*(hour(n % 24, "x") for n in range(5_000))), batch=100)
    assert (summary.wrong, len(summary.first)) == (5_000, 20)
    assert [each.line for each in summary.first] == list(range(2, 22))

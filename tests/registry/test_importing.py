"""Importing register files: all or nothing, told to those who asked, repeatable."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from monitor.books import Books, Changes
from monitor.errors import RegisterError
from monitor.registry import import_books, read, write
from monitor.store import Connection, Store, books
from monitor.store.tables import events, metadata
from tests import arbitrary
from tests.office import converted
from tests.registers import SAMPLE, bare, small_books, uscc, write_csv

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)


def everything(store: Store) -> dict[str, list[Any]]:
    """The content of the whole database."""
    with store.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))
            for name, table in metadata.tables.items()
        }


def told(store: Store) -> list[tuple[str, str | None, dict[str, Any]]]:
    with store.read() as connection:
        rows = connection.execute(select(events).order_by(events.c.seq)).all()
    return [(row.type, row.district, row.data) for row in rows]


@pytest.mark.parametrize("name", ["register.xlsx", "folder"])
def test_an_export_imports_without_a_change(store: Store, tmp_path: Path, name: str) -> None:
    first = import_books(store, SAMPLE, now=NOW)
    assert first.counts()["outlets"]["added"] == 12
    with store.read() as connection:
        write(tmp_path / name, books.load(connection))
    before = everything(store)
    assert not import_books(store, tmp_path / name, replace=True, now=NOW)
    assert everything(store) == before


def test_what_libreoffice_has_saved_imports_without_a_change(store: Store, tmp_path: Path) -> None:
    import_books(store, SAMPLE, now=NOW)
    with store.read() as connection:
        write(tmp_path / "register.xlsx", books.load(connection))
    saved = converted(tmp_path / "register.xlsx", "xlsx", tmp_path / "saved")
    assert not import_books(store, saved, replace=True, now=NOW)


@pytest.mark.parametrize("name", ["register.xlsx", "folder"])
def test_an_export_after_somebody_has_left_imports_anywhere(
    store: Store, tmp_path: Path, name: str
) -> None:
    write(tmp_path / "a", small_books(1, 2))
    import_books(store, tmp_path / "a", now=NOW)
    write(tmp_path / "b", small_books(1))
    import_books(store, tmp_path / "b", replace=True, now=NOW)
    with store.read() as connection:
        write(tmp_path / name, books.load(connection))
    assert not import_books(store, tmp_path / name, replace=True, now=NOW)
    assert bare(read(tmp_path / name)) == small_books(1)  # refers to nothing that is not in it


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=arbitrary.books())
def test_an_export_of_anything_imports_without_a_change(store: Store, content: Books) -> None:
    with store.write() as connection:
        books.apply(connection, content, replace=True, now=NOW)
        register = books.load(connection)
    for name in ("register.xlsx", "folder"):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / name, register)
            assert not import_books(store, Path(folder) / name, replace=True, now=NOW)


@pytest.mark.parametrize(
    "broken",
    [
        {"limits": "mn,pollutant,period,limit,clause,valid_from\nx,a21026,hour,1,表,2026-01-01\n"},
        {"officers": "licence,name,district\n1,,东区\n"},
        {"cameras": "what\n"},
        {"nonsense": "x\n"},
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_any_fault_leaves_the_database_as_it_was(
    store: Store, tmp_path: Path, broken: dict[str, str], dry_run: bool
) -> None:
    import_books(store, SAMPLE, now=NOW)
    before = everything(store)
    good = {"企业": f"uscc,name,district\n{uscc(1)},新厂,东区\n"}
    with pytest.raises(RegisterError) as raised:
        import_books(store, write_csv(tmp_path / "f", good | broken), now=NOW, dry_run=dry_run)
    assert next(iter(broken)) in raised.value.faults[0]
    assert everything(store) == before


def test_a_dry_run_tells_and_writes_nothing(store: Store) -> None:
    before = everything(store)
    changes = import_books(store, SAMPLE, dry_run=True, now=NOW)
    assert changes.counts()["enterprises"]["added"] == 8
    assert everything(store) == before


def test_faults_are_told_in_the_language_asked_for(store: Store, tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "f", {"cameras": f"camera,uscc,adapter\nc,{uscc(1)},v\n"})
    with pytest.raises(RegisterError, match=r"line 2, column uscc .*: no enterprise"):
        import_books(store, folder, now=NOW, language="en")
    with pytest.raises(RegisterError, match=r"第 2 行，uscc .* 列：.*都没有企业"):
        import_books(store, folder, now=NOW)


def test_changes_of_the_positive_list_are_told(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "a", small_books(1, 2))
    import_books(store, tmp_path / "a", now=NOW)
    write(tmp_path / "b", small_books(1))
    import_books(store, tmp_path / "b", replace=True, now=NOW)
    import_books(store, tmp_path / "b", replace=True, now=NOW)
    happened = told(store)
    assert [(kind, data["change"], data["uscc"]) for kind, _, data in happened] == [
        ("listing.changed", "listed", uscc(1)),
        ("listing.changed", "listed", uscc(2)),
        ("listing.changed", "ended", uscc(2)),
    ]
    assert {district for _, district, _ in happened} == {"东区"}
    assert happened[2][2]["listed_until"] == "2026-10-31"
    assert happened[2][2]["enterprise"] == "示例2厂"


def test_who_joins_the_transaction_sees_the_changes_and_can_stop_them(
    store: Store, tmp_path: Path
) -> None:
    write(tmp_path / "a", small_books(1))
    seen: list[Changes] = []

    def refuse(connection: Connection, changes: Changes) -> None:
        assert books.load(connection).enterprises
        seen.append(changes)
        raise RuntimeError

    before = everything(store)
    with pytest.raises(RuntimeError):
        import_books(store, tmp_path / "a", now=NOW, also=refuse)
    assert seen[0].changed_devices
    assert everything(store) == before


def test_nobody_joins_where_nothing_changes(store: Store) -> None:
    import_books(store, SAMPLE, now=NOW)
    calls: list[Changes] = []
    import_books(store, SAMPLE, now=NOW, also=lambda _, changes: calls.append(changes))
    import_books(store, SAMPLE, now=NOW, dry_run=True, also=lambda _, made: calls.append(made))
    assert calls == []


def test_a_workbook_and_a_folder_say_the_same(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "w.xlsx", read(SAMPLE))
    import_books(store, SAMPLE, now=NOW)
    assert not import_books(store, tmp_path / "w.xlsx", replace=True, now=NOW)


def test_a_column_that_is_not_in_the_file_stays_as_it_is_in_force(
    store: Store, tmp_path: Path
) -> None:
    import_books(store, SAMPLE, now=NOW)
    with store.read() as connection:
        (old, *_) = books.load(connection).enterprises
    sheet = f"uscc,name,district\n{old.uscc},示例新名有限公司,{old.district}\n"
    folder = write_csv(tmp_path, {"enterprises": sheet})
    changes = import_books(store, folder, now=NOW)
    ((before, after),) = changes["enterprises"].changed
    assert after == replace(before, name="示例新名有限公司")
    emptied = f"uscc,name,district,industry\n{old.uscc},示例新名有限公司,{old.district},\n"
    import_books(store, write_csv(tmp_path, {"enterprises": emptied}), now=NOW)
    with store.read() as connection:
        now_in_force = books.load(connection).enterprise(old.uscc)
    assert now_in_force == replace(old, name="示例新名有限公司", industry=None)

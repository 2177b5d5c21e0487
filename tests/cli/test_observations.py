"""`observations import`: wrong rows named, right rows in, beside a daemon too; nothing twice."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench.tables import arguments, measure, write
from monitor.clock import now
from monitor.store import Store, audit, tables
from tests.cli.conftest import Call, write_config
from tests.observations.kit import MN, hour, table


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hours.csv"
    path.write_bytes(table(hour(1), hour(2, "<1"), hour(3), hour(4, "x")))
    return path


def rows(url: str) -> int:
    store = Store(url)
    with store.read() as connection:
        found = connection.execute(select(func.count()).select_from(tables.averages)).scalar_one()
    store.close()
    return int(found)


def config_with(folder: Path, url: str, language: str = "en", more: str = "") -> Path:
    path = write_config(folder, url, f'[media]\nfolder = "{folder}/media"\n{more}')
    path.write_text(f'language = "{language}"\n' + path.read_text("utf-8"), "utf-8")
    return path


@pytest.fixture
def told(tmp_path: Path, database_url: str) -> Path:
    """A configuration in English."""
    return config_with(tmp_path, database_url)


def words(file: Path, config: Path, *more: str | Path) -> tuple[str | Path, ...]:
    profile = () if "--profile" in more else ("--profile", "hours-wide")
    return ("observations", "import", file, "--config", config, *profile, *more)


def test_right_rows_are_in_and_wrong_ones_named(
    call: Call, file: Path, told: Path, database_url: str
) -> None:
    done = call(*words(file, told))
    assert done.code == 3
    summary = json.loads(done.out)
    assert (summary["rows"], summary["taken"], summary["wrong"]) == (4, 2, 2)
    assert summary["unregistered"] == [MN]
    assert "row 3: text where a number should be; the row is left out [not-a-number]" in done.err
    assert "二氧化硫 '<1'" in done.err
    assert f"100 %, {file.stat().st_size} of {file.stat().st_size} bytes, 4 rows" in done.err
    assert rows(database_url) == 4
    assert call(*words(file, told)).code == 3  # the same again
    assert rows(database_url) == 4
    store = Store(database_url)
    with store.read() as connection:
        assert audit.verify(connection) is None
    store.close()


def test_a_dry_run_stores_nothing(call: Call, file: Path, told: Path, database_url: str) -> None:
    done = call(*words(file, told, "--dry-run"))
    assert (done.code, json.loads(done.out)["taken"], rows(database_url)) == (3, 2, 0)


def test_it_stops_at_the_first_wrong_row_if_asked(
    call: Call, file: Path, told: Path, database_url: str
) -> None:
    done = call(*words(file, told, "--stop-on-error"))
    assert (done.code, json.loads(done.out)["taken"], rows(database_url)) == (4, 1, 2)


def test_every_wrong_row_into_a_file(call: Call, file: Path, told: Path, tmp_path: Path) -> None:
    out = tmp_path / "wrong.csv"
    done = call(*words(file, told, "--wrong-rows", out, "--first", "1", "--dry-run"))
    assert "and 1 more" in done.err
    with out.open(encoding="utf-8-sig", newline="") as opened:
        listed = list(csv.DictReader(opened))
    assert [(each["row"], each["value"]) for each in listed] == [("3", "<1"), ("5", "x")]


def test_all_right_is_exit_0_and_no_table_is_exit_1(call: Call, told: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(table(hour(1)))
    bad.write_text("a,b\n1,2\n")
    assert call(*words(good, told)).code == 0
    done = call(*words(bad, told))
    assert done.code == 1
    assert "[no-header]: 设备编码" in done.err.splitlines()[-1]
    missing = call(*words(tmp_path / "nowhere.csv", told))
    assert (missing.code, "nowhere.csv" in missing.err) == (1, True)


def test_the_profile_of_an_entry_of_a_file_or_none(
    call: Call, file: Path, tmp_path: Path, database_url: str
) -> None:
    entry = '[[adapters]]\ntype = "observations"\nname = "north"\nprofile = "hours-wide"\n'
    config = config_with(tmp_path, database_url, "zh", entry)
    done = call(*words(file, config, "--profile", "north"))
    assert "第 3 行: 不是数字 [not-a-number]" in done.err
    own = tmp_path / "own.toml"
    own.write_text('like = "hours-wide"\nmissing = ["<1", "x"]\n')
    assert call(*words(file, config, "--profile", str(own))).code == 0
    own.write_text("typo = 1\n")
    assert "typo" in call(*words(file, config, "--profile", str(own))).err
    assert "hours-wide" in call(*words(file, config, "--profile", "nobody")).err
    assert call("observations", "profiles").out.split() == ["hours-wide", "periods-long"]


def test_beside_others_who_write(call: Call, told: Path, tmp_path: Path, database_url: str) -> None:
    """Another process's writer, here a store of its own, gets its turn while a table goes in."""
    path, over, written = tmp_path / "long.csv", threading.Event(), [0]
    write(path, 6_000, 20)
    store = Store(database_url)

    def other() -> None:
        while not over.is_set():
            with store.write() as connection:
                entry = audit.Entry(at=now(), actor="other", action="x", object="x", data={})
                audit.append(connection, entry)
            written[0] += 1
            over.wait(0.02)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        done = call(*words(path, told))
    finally:
        over.set()
        thread.join()
        store.close()
    assert (done.code, json.loads(done.out)["taken"]) == (0, 6_000)
    assert rows(database_url) == 12_000
    assert written[0] > 3


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_a_small_run_of_the_bench(kind: str) -> None:
    options = arguments().parse_args(["--rows", "4000", "--outlets", "50", "--kind", kind])
    found = measure(options)
    assert found["taken"] == found["rows"] == 4_000
    assert 0 < found["peak_mib_at_a_tenth"] <= found["peak_mib_at_the_end"]

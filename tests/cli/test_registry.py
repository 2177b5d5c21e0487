"""`registry`: files in and out, all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.store import Store, audit, books
from tests.cli.conftest import Call
from tests.registers import SAMPLE, uscc, write_csv

ENTERPRISES = "uscc,name,district\n{uscc},示例厂,东区\n"


def version(url: str) -> int:
    store = Store(url)
    with store.read() as connection:
        found = books.version(connection)
    store.close()
    return found


def test_importing_tells_what_changed(call: Call, config: Path) -> None:
    done = call("registry", "import", SAMPLE, "--config", config)
    assert done.code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in done.out.splitlines()}
    assert rows["sheet"] == ["added", "changed", "ended", "unchanged"]
    assert rows["enterprises"][1:] == ["0", "0", "0"]
    assert int(rows["enterprises"][0]) > 0
    again = call("registry", "import", SAMPLE, "--config", config)
    assert again.out.splitlines()[-1] == "nothing to change"


def test_a_dry_run_tells_and_writes_nothing(call: Call, config: Path, database_url: str) -> None:
    before = version(database_url)
    done = call("registry", "import", SAMPLE, "--dry-run", "--config", config)
    assert done.code == 0
    assert "\nnothing was written (--dry-run)\n" in done.out
    assert "enterprises\t" in done.out
    assert version(database_url) == before


def test_every_bad_row_is_named_and_nothing_written(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    before = version(database_url)
    files = {
        "enterprises": ENTERPRISES.format(uscc=uscc(1))
        + "123,无码厂,东区\n"
        + f"{uscc(2)},,东区\n",
        "outlets": f"mn,uscc,code,medium\nX1,{uscc(1)},DA001,fire\n",
    }
    done = call("registry", "import", write_csv(tmp_path / "r", files), "--config", config)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    places = [("enterprises.csv", "3", "uscc"), ("enterprises.csv", "4", "name")]
    places.append(("outlets.csv", "2", "medium"))
    for line, (file, row, column) in zip(lines, places, strict=True):
        assert line.startswith(f"{file} 第 {row} 行，{column} ")
    assert version(database_url) == before


@pytest.mark.parametrize("name", ["register.xlsx", "folder"])
def test_what_was_exported_changes_nothing(
    name: str, call: Call, config: Path, tmp_path: Path
) -> None:
    target = tmp_path / name
    call("registry", "import", SAMPLE, "--config", config)
    assert call("registry", "export", target, "--config", config).code == 0
    done = call("registry", "import", target, "--replace", "--config", config)
    assert done.code == 0
    assert done.out.splitlines()[-1] == "nothing to change"


def test_replacing_ends_what_is_absent(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    one = ENTERPRISES.format(uscc=uscc(1))
    both = write_csv(tmp_path / "both", {"enterprises": one + f"{uscc(2)},旧厂,东区\n"})
    only = write_csv(tmp_path / "only", {"enterprises": one})
    call("registry", "import", both, "--config", config)
    done = call("registry", "import", only, "--replace", "--config", config)
    assert "enterprises\t0\t0\t1\t1" in done.out
    store = Store(database_url)
    with store.read() as connection:
        assert [e.uscc for e in books.load(connection).enterprises] == [uscc(1)]
    store.close()


@pytest.mark.parametrize("path", ["none", "none.xlsx"])
def test_files_that_are_not_there(path: str, call: Call, config: Path, tmp_path: Path) -> None:
    done = call("registry", "import", tmp_path / path, "--config", config)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert path in done.err


@pytest.mark.parametrize("path", ["config.toml/x", "config.toml/x.xlsx"])
def test_a_place_that_cannot_be_written(
    path: str, call: Call, config: Path, tmp_path: Path
) -> None:
    done = call("registry", "export", tmp_path / path, "--config", config)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "config.toml" in done.err
    assert "unexpected" not in done.err


def test_an_import_stands_in_the_audit_trail(call: Call, config: Path, database_url: str) -> None:
    call("registry", "import", SAMPLE, "--config", config)
    store = Store(database_url)
    with store.read() as connection:
        entry = connection.execute(audit.select(audit.audit)).one()
    store.close()
    assert (entry.actor, entry.action) == ("command line", "register.import")
    assert entry.data["enterprises"]["added"] > 0

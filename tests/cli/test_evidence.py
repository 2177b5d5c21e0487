"""`evidence`: a bundle written once, and checked from the file alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from monitor.store import Store, audit, tables
from tests.cli.conftest import Call, process
from tests.evidence.kit import FIRST, Bureau


def alert(url: str) -> int:
    store = Store(url)
    bureau = Bureau(store, FIRST - timedelta(days=30))
    bureau.enter()
    bureau.report([30, 70])
    number = bureau.alert()
    store.close()
    return number


def export(call: Call, config: Path, number: int | str, out: Path) -> tuple[int, str, str]:
    done = call("evidence", "export", str(number), "--out", out, "--config", config)
    return done.code, done.out, done.err


def test_a_bundle_is_written_and_its_head_is_in_the_audit_trail(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    number, out = alert(database_url), tmp_path / "x.zip"
    code, said, _ = export(call, config, number, out)
    assert code == 0
    head = said.split()[-1]
    store = Store(database_url)
    with store.read() as connection:
        entry = audit.listed(connection, 0, 100)[-1]
    store.close()
    assert (entry.action, entry.actor, entry.object) == (
        "evidence.export",
        "command line",
        f"alert/{number}",
    )
    assert entry.data is not None
    assert entry.data["head"] == head
    done = call("evidence", "verify", out)
    assert done.code == 0, done.out
    assert f"head    {head}" in done.out
    assert "ALTERED" not in done.out
    listed = call("evidence", "exported", str(number), "--config", config)
    assert listed.out.splitlines()[1].split("\t")[3] == head


def test_an_altered_audit_trail_is_told_with_its_heads(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    number = alert(database_url)
    export(call, config, number, tmp_path / "x.zip")
    store = Store(database_url)
    with store.write() as connection:
        connection.execute(update(tables.audit).values(actor="somebody else"))
    store.close()
    listed = call("evidence", "exported", str(number), "--config", config)
    assert (listed.code, listed.err.count("\n")) == (1, 1)
    assert "audit row 1 was altered" in listed.err


def test_verifying_needs_nothing_but_the_file(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    export(call, config, alert(database_url), tmp_path / "x.zip")
    lone = tmp_path / "elsewhere" / "given.zip"
    lone.parent.mkdir()
    (tmp_path / "x.zip").rename(lone)
    done = process("evidence", "verify", str(lone))
    assert done.returncode == 0, done.stdout
    altered = bytearray(lone.read_bytes())
    altered[-1] ^= 1
    lone.write_bytes(altered)
    done = process("evidence", "verify", str(lone))
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"ALTERED  the container is altered at byte" in done.stdout


def test_a_file_that_is_there_is_not_overwritten(
    call: Call, config: Path, database_url: str, tmp_path: Path
) -> None:
    number, out = alert(database_url), tmp_path / "x.zip"
    out.write_bytes(b"precious")
    code, _, said = export(call, config, number, out)
    assert (code, said.count("\n")) == (1, 1)
    assert "is there already" in said
    assert out.read_bytes() == b"precious"


def test_what_cannot_be_exported_leaves_nothing(call: Call, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.zip"
    assert export(call, config, 99, out) == (1, "", "there is no alert 99\n")
    assert not out.exists()
    assert export(call, config, 99, tmp_path / "no" / "x.zip")[0] == 1


def test_what_is_no_bundle_is_told_in_a_line(call: Call, tmp_path: Path) -> None:
    assert call("evidence", "verify", tmp_path / "none.zip").err.count("\n") == 1
    path = tmp_path / "x.zip"
    for content in (b"", b"PK", b"hello" * 100, bytes(200)):
        path.write_bytes(content)
        done = call("evidence", "verify", path)
        assert (done.code, done.err) == (1, "")
        assert done.out.startswith("ALTERED  ")

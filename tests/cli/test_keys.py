"""`key`: entered without echo, listed without the key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.cli.conftest import Call, process, write_config

MN = "7E5700000000000000000001"
KEY = "k9Qz4tVb7LmX2cRw"
MASTER = '[keys]\nmaster = "a-master-secret-of-the-bureau"\n'


def test_a_key_comes_from_standard_input_and_never_shows(tmp_path: Path) -> None:
    config = str(write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", MASTER))
    done = process("key", "set", MN, "--config", config, given=f"{KEY}\n".encode())
    assert done.returncode == 0, done.stderr
    shown = process("key", "list", "--config", config)
    assert MN in shown.stdout.decode()
    assert "active" in shown.stdout.decode()
    assert KEY.encode() not in done.stdout + done.stderr + shown.stdout + shown.stderr
    with sqlite3.connect(tmp_path / "monitor.db") as database:
        assert KEY not in "\n".join(database.iterdump())


def test_a_weak_key_or_none_is_refused_in_a_line(tmp_path: Path) -> None:
    config = str(write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", MASTER))
    for text in ("0" * 16, "short", ""):
        done = process("key", "set", "MN1", "--config", config, given=text.encode())
        assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
        assert not text or text.encode() not in done.stderr


def test_without_a_master_it_says_what_to_do(call: Call, config: Path) -> None:
    done = call("key", "set", MN, "--config", config)
    assert done.code == 1
    assert "keys.master" in done.err


def test_a_file_of_keys(call: Call, database_url: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, database_url, MASTER)
    file = tmp_path / "keys.csv"
    file.write_text(f"\ufeffmn,key\n{MN},{KEY}\nMN2,Zt5WqLp0NvX8yKd3\n", encoding="utf-8")
    assert call("key", "import", file, "--config", config).out == "2 keys are stored\n"
    heads, *rows = call("key", "list", "--config", config).out.splitlines()
    assert heads.split("\t")[:2] == ["mn", "state"]
    assert [row.split("\t")[:2] for row in rows] == [[MN, "active"], ["MN2", "active"]]
    file.write_text(f"{MN},{KEY},more\n", encoding="utf-8")
    wrong = call("key", "import", file, "--config", config)
    assert (wrong.code, "row 1" in wrong.err, KEY in wrong.err) == (1, True, False)

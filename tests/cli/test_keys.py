"""`key`: entered without echo, listed without the key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.cli.conftest import Call, process, write_config
from tests.registers import uscc, write_csv

MN = "7E5700000000000000000001"
KEY = "k9Qz4tVb7LmX2cRw"
MASTER = '[keys]\nmaster = "a-master-secret-of-the-bureau"\n'


def register(tmp_path: Path, config: Path | str, *mns: str) -> None:
    """The outlets that the keys are for."""
    rows = "".join(f"{mn},{uscc(1)},DA{n:03d},air\n" for n, mn in enumerate(mns))
    owner = f"uscc,name,district\n{uscc(1)},示例企业,示例区\n"
    sheets = {"enterprises": owner, "outlets": f"mn,uscc,code,medium\n{rows}"}
    folder = write_csv(tmp_path / "registry", sheets)
    done = process("registry", "import", str(folder), "--config", str(config))
    assert done.returncode == 0, done.stderr


def test_a_key_comes_from_standard_input_and_never_shows(tmp_path: Path) -> None:
    config = str(write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", MASTER))
    register(tmp_path, config, MN)
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


def test_a_key_of_a_device_that_the_register_has_not_is_refused(tmp_path: Path) -> None:
    config = str(write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", MASTER))
    done = process("key", "set", MN, "--config", config, given=KEY.encode())
    assert done.returncode == 1
    assert b"no outlet with this MN" in done.stderr


def test_without_a_master_it_says_what_to_do(call: Call, config: Path) -> None:
    done = call("key", "set", MN, "--config", config)
    assert done.code == 1
    assert "keys.master" in done.err


def test_a_file_of_keys(call: Call, database_url: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, database_url, MASTER)
    register(tmp_path, config, MN, "MN2")
    file = tmp_path / "keys.csv"
    file.write_text(f"\ufeffmn,key\n{MN},{KEY}\nMN2,Zt5WqLp0NvX8yKd3\n", encoding="utf-8")
    assert call("key", "import", file, "--config", config).out == "2 keys are stored\n"
    heads, *rows = call("key", "list", "--config", config).out.splitlines()
    assert heads.split("\t")[:2] == ["mn", "state"]
    assert [row.split("\t")[:2] for row in rows] == [[MN, "active"], ["MN2", "active"]]
    file.write_text(f"{MN},{KEY},more\n", encoding="utf-8")
    wrong = call("key", "import", file, "--config", config)
    assert (wrong.code, "row 1" in wrong.err, KEY in wrong.err) == (1, True, False)


def test_check_sees_that_keys_were_stored_with_another_master(tmp_path: Path) -> None:
    config = str(write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", MASTER))
    register(tmp_path, config, MN)
    process("key", "set", MN, "--config", config, given=KEY.encode())
    assert process("check", "--config", config).returncode == 0
    for other in (MASTER.replace("bureau", "others"), ""):
        write_config(tmp_path, f"sqlite:///{tmp_path}/monitor.db", other)
        checked = process("check", "--config", config)
        assert checked.returncode == 1
        assert b"keys.master" in checked.stdout

"""`hj212`: frames to JSON and back, through files and pipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Call, process
from tests.daemon.process import ROOT


def frame() -> bytes:
    """A whole frame, as `encode` writes it."""
    shape = {
        "qn": "20260801120000001",
        "st": "31",
        "cn": "2061",
        "pw": "123456",
        "mn": "7E5700000000000000000001",
        "flag": 5,
        "data_time": "2026-08-01T11:00:00+08:00",
        "pollutants": {"a21026": {"Avg": 35.2, "Flag": "N"}},
    }
    done = process("hj212", "encode", given=json.dumps(shape).encode())
    assert done.returncode == 0, done.stderr
    return done.stdout


def shapes(output: bytes | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_frame_there_and_back() -> None:
    raw = frame()
    (shape,) = shapes(process("hj212", "decode", given=raw).stdout)
    assert shape["pollutants"] == {"a21026": {"Avg": 35.2, "Flag": "N"}}
    assert (shape["crc"], shape["problems"], shape["ack_wanted"]) == ("hj212", [], True)
    assert process("hj212", "encode", given=json.dumps(shape).encode()).stdout == raw


def test_noise_and_damage_are_shown_and_accounted_for(tmp_path: Path) -> None:
    raw = frame()
    damaged = raw.replace(b"35.2", b"95.2")
    path = tmp_path / "frames"
    path.write_bytes(b"noise" + raw + damaged + b"\x00\x01" + raw[:40])
    done = process("hj212", "decode", str(path))
    assert done.returncode == 0, done.stderr
    found = shapes(done.stdout)
    assert found[0] == {"skipped": 5}
    assert found[1]["problems"] == []
    assert found[2]["crc"] == "bad"
    assert "crc-mismatch" in found[2]["problems"]
    assert {"skipped": 2} in found[3:]
    assert found[-1].keys() == {"skipped"} or "truncated" in found[-1]["problems"]
    assert process("hj212", "decode", "-", given=path.read_bytes()).stdout == done.stdout


def test_every_case_from_the_field_is_accounted_for(call: Call) -> None:
    inputs = sorted((ROOT / "adapters" / "hj212" / "cases").glob("*/input*"))
    assert inputs
    for path in inputs:
        done = call("hj212", "decode", path)
        assert done.code == 0, f"{path}: {done.err}"
        assert shapes(done.out)


def test_nothing_in_nothing_out() -> None:
    done = process("hj212", "decode")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_skipped_bytes_have_no_frame() -> None:
    raw = frame()
    decoded = process("hj212", "decode", given=b"noise" + raw).stdout
    assert process("hj212", "encode", given=decoded).stdout == raw


def test_what_is_not_a_frames_shape_is_named_by_its_line() -> None:
    for wrong in (
        b"5",
        b"{",
        b'{"pollutants": 5}',
        b'{"pollutants": {"a": 1}}',
        b"\xff\xfe",
        b"[]",
    ):
        done = process("hj212", "encode", given=b"\n" + wrong + b"\n")
        assert done.returncode == 1, wrong
        (line,) = done.stderr.splitlines()
        assert line.startswith(b"line 2: "), wrong


def test_a_file_that_cannot_be_read(call: Call, tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        done = call("hj212", "decode", path)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert reason in done.err


def test_encrypted_frames_are_opened_with_a_key_file(call: Call, tmp_path: Path) -> None:
    case = ROOT / "adapters" / "hj212" / "cases" / "2025-official-encrypted"
    (frames,) = case.glob("input.*")
    keys = tmp_path / "keys"
    for mn in ("010000A8900016F000169DC0", "*"):
        keys.write_text(f"# 示例\n{mn} {'0' * 16}\n", encoding="utf-8")
        (shape,) = shapes(call("hj212", "decode", "--key-file", keys, frames).out)
        assert (shape["encrypted"], shape["cipher"], shape["crc"]) == (False, "sm4-raw", "hj212")
        assert shape["pollutants"]["a01011"]["Avg"] == 1.35
        assert shape["problems"] == []
    (closed,) = shapes(call("hj212", "decode", frames).out)
    assert closed["encrypted"] is True
    keys.write_text("* too-short\n", encoding="utf-8")
    done = call("hj212", "decode", "--key-file", keys, frames)
    assert (done.code, "line 1" in done.err, "too-short" in done.err) == (1, True, False)
    keys.write_bytes(b"* \xff" + b"0" * 15)
    done = call("hj212", "decode", "--key-file", keys, frames)
    assert (done.code, done.err) == (1, f"{keys}: not a text in UTF-8\n")

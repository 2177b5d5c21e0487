"""What all commands have in common."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from monitor import __version__
from tests.cli.conftest import Call, process
from tests.daemon.process import COMMAND, ROOT


def test_version(call: Call) -> None:
    assert call("--version").out == f"offsite-monitor {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["check"],
        ["migrate"],
        ["demo"],
        ["registry", "import"],
        ["registry", "export"],
        ["token", "create"],
        ["token", "list"],
        ["token", "revoke"],
        ["hj212", "decode"],
        ["hj212", "encode"],
        ["simulate"],
    ],
)
def test_every_command_explains_itself(words: list[str], call: Call) -> None:
    done = call(*words, "--help")
    assert done.code == 0
    assert " ".join(words) in done.out


def test_an_error_is_one_line(tmp_path: Path) -> None:
    words = ["check", "--config", str(tmp_path / "none.toml")]
    done = process(*words)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr + done.stdout
    words[0] = "migrate"
    done = process(*words)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (1, b"", 1)
    assert b"none.toml: No such file" in done.stderr


def test_debug_shows_where(tmp_path: Path) -> None:
    done = process("--debug", "migrate", "--config", str(tmp_path / "none.toml"))
    assert done.returncode == 1
    assert b"Traceback" in done.stderr


def test_what_nobody_thought_of_is_one_line_too(
    call: Call, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_settings: object) -> None:
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr("monitor.checks.problems", fail)
    done = call("check", "--config", config)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert "ZeroDivisionError: so it goes" in line
    assert "--debug" in line


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.write_bytes(b"##0014Flag=4;CP=&&&&E401\r\n" * 50_000)
    command = [*COMMAND, "hj212", "decode", str(frames)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b"{")
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() != 0

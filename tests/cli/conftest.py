"""The command line, called as a process would be, without the cost of one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.cli import main
from tests.daemon.process import COMMAND, ROOT, logs_as_before


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run a command in this process, from `main()` on; logs go where they went before, afterwards."""

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["offsite-monitor", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    with logs_as_before():
        yield run


def process(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process of its own, with something on standard input."""
    return subprocess.run(
        [*COMMAND, *words], cwd=ROOT, input=given, capture_output=True, check=False
    )


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Path:
    """A configuration for a migrated, empty database, of each kind in turn."""
    return write_config(tmp_path, database_url)


def write_config(folder: Path, url: str, more: str = "") -> Path:
    """A configuration file for a database."""
    path = folder / "config.toml"
    path.write_text(f'[database]\nurl = "{url}"\n{more}', encoding="utf-8")
    return path

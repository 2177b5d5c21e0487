"""The daemon as its users run it: a process with a configuration, a register, a token."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.cli import program
from monitor.rules import CURVE_RULES
from tests.servers import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "monitor.cli"]
_CHECK = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc(number: int) -> str:
    """A credit code with a right check digit (GB 32100-2015) that nobody has."""
    body = f"91990000MATEXT{number:03d}"
    total = sum(_CHECK.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=False))
    return body + _CHECK[(31 - total % 31) % 31]


def mn(number: int) -> str:
    """A device code of the tests."""
    return f"7E57{number:020d}"


@dataclass
class Process:
    """A daemon that can be started, killed and ended; its data stays in `folder` and database."""

    folder: Path
    database: str
    extra: str = ""
    port: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.config = self.folder / "config.toml"
        self.config.write_text(
            f'[database]\nurl = "{self.database}"\n[http]\nport = {self.http}\n'
            f"[detection]\noff = {json.dumps(list(CURVE_RULES))}\n"  # they have tests of their own
            '[webhooks]\nallow = ["127.0.0.0/8"]\n'
            '[[adapters]]\ntype = "hj212"\nname = "emissions"\n'
            f'host = "127.0.0.1"\nport = {self.port}\n{self.extra}\n',
            encoding="utf-8",
        )
        self.log = self.folder / "daemon.log"

    @property
    def api(self) -> str:
        """The API's base."""
        return f"http://127.0.0.1:{self.http}/api/v1"

    def command(self, *words: str) -> str:
        """Run a command with the configuration; its output.

        In this process, which is not the daemon's either: to start another takes seconds.
        """
        code: object = 0
        out, err = io.StringIO(), io.StringIO()
        with logs_as_before(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                program(words[0])([*words, "--config", str(self.config)])
            except SystemExit as ended:
                code = ended.code
        assert not code, out.getvalue() + err.getvalue()
        return out.getvalue()

    def token(self, role: str = "admin") -> str:
        """A new token, in a name that nobody has yet."""
        name = f"示例 {secrets.token_hex(4)}"
        output = self.command("token", "create", "--name", name, "--role", role)
        return output.splitlines()[-1]

    def register(self, outlets: int, limit: float = 35.0, listed: Iterable[int] = ()) -> None:
        """A register: as many enterprises with an outlet each, SO2 limited by the hour."""
        sheets: dict[str, list[list[object]]] = {
            "enterprises": [["uscc", "name", "district"]],
            "outlets": [["mn", "uscc", "code", "medium"]],
            "limits": [["mn", "pollutant", "period", "limit", "basis", "clause", "valid_from"]],
            "positive_list": [["uscc", "category", "listed_from", "document"]],
        }
        for n in range(outlets):
            sheets["enterprises"].append([uscc(n), f"示例企业{n}", "示例区"])
            sheets["outlets"].append([mn(n), uscc(n), "DA001", "air"])
            row = [mn(n), "a21026", "hour", limit, "measured", "GB 13223-2011 表1", "2020-01-01"]
            sheets["limits"].append(list(row))
        for n in listed:
            sheets["positive_list"].append([uscc(n), "6", "2026-01-01", "示例函〔2026〕1号"])
        folder = self.folder / "registry"
        folder.mkdir(exist_ok=True)
        for name, rows in sheets.items():
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        self.command("registry", "import", str(folder))

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.launch()
        wait_for(self._listening, timeout=60)

    def launch(self) -> None:
        """Start it, without waiting."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [*COMMAND, "run", "--config", str(self.config)], cwd=ROOT, stderr=log, stdout=log
            )

    def _listening(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, self.log.read_text()
        return all(listens(port) for port in (self.port, self.http))

    def kill(self) -> None:
        """SIGKILL, at once."""
        assert self.running is not None
        self.running.kill()
        self.running.wait()

    def end(self, within: float = 30) -> int:
        """SIGTERM; the exit code."""
        assert self.running is not None
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(within)


@contextlib.contextmanager
def logs_as_before() -> Iterator[None]:
    """Logs go where they went before, after what sets up its own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

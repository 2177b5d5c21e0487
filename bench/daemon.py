"""The daemon under load: intake over TCP, answered after a durable commit, with rules on.

    python -m bench.daemon [--database sqlite|postgresql] [--frames N] [--connections N] [--in-flight N]

The daemon is a process of its own, started from its configuration like any other; the sender is another
process on the same machine. Every device is registered and has limits for pollutants it reports, so every
frame is judged; no value exceeds.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from adapters.replay import invented
from adapters.replay.devices import TWELVE
from bench import floors
from tests.daemon.process import listens
from tests.servers import Postgres, free_port

_ROOT = Path(__file__).resolve().parent.parent
_LIMITED = TWELVE[:6]


def registry(folder: Path, connections: int) -> None:
    """A register of that many outlets at one enterprise, real-time and hour limits for six pollutants."""
    folder.mkdir()
    uscc = "91000000MA0000000N"
    sheets: dict[str, list[list[Any]]] = {
        "enterprises": [["uscc", "name", "district"], [uscc, "示例企业", "示例区"]],
        "outlets": [["mn", "uscc", "code", "medium"]],
        "limits": [["mn", "pollutant", "period", "limit", "basis", "clause", "valid_from"]],
    }
    for number, device in enumerate(invented(connections)):
        sheets["outlets"].append([device.mn, uscc, f"DA{number:04d}", "air"])
        for code in _LIMITED:
            for period in ("realtime", "hour"):
                limit = [device.mn, code, period, 9999, "measured", "示例", date(2020, 1, 1)]
                sheets["limits"].append(limit)
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    server = Postgres(durable=True)
    try:
        server.execute("CREATE DATABASE bench")
        yield server.url("bench")
    finally:
        server.stop()


@contextmanager
def daemon(
    folder: Path, url: str, port: int, http: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A running daemon with one hj212 adapter, ready; ended by SIGTERM."""
    config = folder / "config.toml"
    http = http or free_port()
    config.write_text(
        f'[database]\nurl = "{url}"\n[http]\nport = {http}\nrequests_per_minute = 1000000\n'
        f'[[adapters]]\ntype = "hj212"\nname = "emissions"\nhost = "127.0.0.1"\nport = {port}\n'
    )
    command = [sys.executable, "-m", "monitor.cli"]
    if (folder / "registry").is_dir():
        registry = [*command, "registry", "import", str(folder / "registry")]
        subprocess.run([*registry, "--config", str(config)], check=True, stdout=subprocess.DEVNULL)
    log = (folder / "daemon.log").open("wb")
    process = subprocess.Popen([*command, "run", "--config", str(config)], stderr=log, cwd=_ROOT)
    try:
        _until_listening(process, port, folder / "daemon.log")
        yield process
        process.send_signal(signal.SIGTERM)
        if process.wait(20) != 0:
            raise SystemExit(
                "the daemon did not end cleanly:\n" + (folder / "daemon.log").read_text()
            )
    finally:
        process.kill()
        process.wait()
        log.close()


def _until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if listens(port):
            return
        time.sleep(0.05)
    raise SystemExit("the daemon did not come up:\n" + log.read_text())


def rss_mb(pid: int) -> float:
    """Memory in use, in MiB (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def _send(port: int, wanted: argparse.Namespace, watch: int | None) -> dict[str, Any]:
    """Run the sender; with `watch`, note that process' memory after every turn."""
    per_turn = 100
    repeats = max(1, wanted.frames // (wanted.connections * per_turn))
    numbers = (port, wanted.connections, per_turn, wanted.in_flight, repeats)
    sender = subprocess.Popen(
        [sys.executable, "-m", "bench.sender", *map(str, numbers)],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    )
    assert sender.stdout is not None
    last: dict[str, Any] = {}
    memory = []
    for line in sender.stdout:
        last = json.loads(line)
        if watch is not None:
            memory.append(round(rss_mb(watch), 1))
        if sys.stderr.isatty():
            print(line.decode().strip(), memory[-1:], file=sys.stderr)
    if sender.wait() != 0:
        raise SystemExit("the sender failed")
    return last | {"memory_mb": memory}


def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """Frames a second, the floors beside them, and the daemon's memory."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        registry(folder / "registry", wanted.connections)
        port = free_port()
        with database(wanted.database, folder) as url, daemon(folder, url, port) as process:
            cpu = cpu_seconds(process.pid)
            sent = _send(port, wanted, process.pid)
            cpu = cpu_seconds(process.pid) - cpu
        echo = _echo(wanted)
        rows = floors.sqlite_rows(folder)
    rate = sent["acked"] / sent["seconds"]
    return {
        "database": wanted.database,
        "connections": wanted.connections,
        "in_flight": wanted.in_flight,
        "frames": sent["acked"],
        "frames_per_second": round(rate),
        "daemon_cpu_us_per_frame": round(cpu / sent["acked"] * 1e6, 1),
        "of_answering_only": round(rate / echo, 3),
        "of_storing_only": round(rate / rows, 3),
        "memory_mb": sent["memory_mb"],
    }


def _echo(wanted: argparse.Namespace) -> float:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.floors", str(port)], stdout=subprocess.PIPE, cwd=_ROOT
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        few = argparse.Namespace(**(vars(wanted) | {"frames": 100_000}))
        sent = _send(port, few, None)
    finally:
        server.kill()
        server.wait()
    return float(sent["acked"] / sent["seconds"])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def arguments() -> argparse.ArgumentParser:
    """The options, all with defaults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=1)
    return parser


if __name__ == "__main__":
    print(json.dumps(measure(arguments().parse_args())))

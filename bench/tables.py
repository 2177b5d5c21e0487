"""A table of a million rows into the store, by the command, with its memory on the way.

    python -m bench.tables [--database sqlite|postgresql] [--rows N] [--outlets N] [--dry-run]
                           [--kind csv|jsonl|xlsx]

A wide table of hours (sulphur dioxide, its converted value, oxygen, a mark) of registered outlets with
limits; every row is judged, none exceeds. A JSON line: rows a second of the whole command, and the peak
of its memory (VmHWM, Linux) when a tenth has been read and at the end: flat means that they are alike.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from adapters.replay import invented
from bench.daemon import database, registry

_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = [sys.executable, "-m", "monitor.cli"]
HEADINGS = ("设备编码", "监测时间", "二氧化硫(mg/m3)", "二氧化硫折算", "氧含量", "标记")
_LAST = datetime.fromisoformat("2026-10-31T23:00")


def rows(count: int, outlets: int) -> Iterator[tuple[Any, ...]]:
    """Hours of outlets, all outlets of an hour one after the other, up to the last of October."""
    names = [device.mn for device in invented(outlets)]
    hours = -(-count // outlets)
    for number in range(count):
        hour, outlet = divmod(number, outlets)
        at = _LAST - timedelta(hours=hours - 1 - hour)
        value = 20 + (number * 7919 % 1500) / 100
        numbers = (value, round(value * 1.2, 2), 8.5)
        yield names[outlet], f"{at:%Y-%m-%d %H:%M}", *numbers, "正常"


def write(path: Path, count: int, outlets: int) -> None:
    """The table, as its name ends."""
    if path.suffix == ".xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet("小时")
        for row in (HEADINGS, *rows(count, outlets)):
            sheet.append(row)
        book.save(path)
        return
    with path.open("w", encoding="utf-8") as file:
        if path.suffix == ".jsonl":
            for row in rows(count, outlets):
                made = dict(zip(HEADINGS, row, strict=True))
                file.write(json.dumps(made, ensure_ascii=False) + "\n")
            return
        file.write(",".join(HEADINGS) + "\n")
        file.writelines(",".join(map(str, row)) + "\n" for row in rows(count, outlets))


def peak(pid: int) -> float:
    """The most memory that a process has had so far, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / f"hours.{options.kind}"
        write(file, options.rows, options.outlets)
        registry(folder / "registry", options.outlets)
        with database(options.database, folder) as url:
            config = folder / "config.toml"
            config.write_text(f'[database]\nurl = "{url}"\n[media]\nfolder = "{folder}/media"\n')
            books = [*_COMMAND, "registry", "import", str(folder / "registry"), "-c", str(config)]
            subprocess.run(books, cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
            return _imported(file, config, options)


def _imported(file: Path, config: Path, options: argparse.Namespace) -> dict[str, Any]:
    words = ["observations", "import", str(file), "--profile", "hours-wide", "-c", str(config)]
    words += ["--dry-run"] if options.dry_run else []
    began, peaks = time.monotonic(), list[float]()
    with subprocess.Popen(
        [*_COMMAND, *words], cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if re.match(r"\d+ %", line):
                peaks.append(peak(process.pid))
            else:
                sys.stderr.write(line)
        summary = json.loads(process.stdout.read())
    seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"the import ended with {process.returncode}")
    return {
        "database": options.database,
        "kind": options.kind,
        "dry_run": options.dry_run,
        "rows": summary["rows"],
        "taken": summary["taken"],
        "bytes": file.stat().st_size,
        "seconds": round(seconds, 1),
        "rows_a_second": round(summary["rows"] / seconds),
        "peak_mib_at_a_tenth": round(peaks[0], 1),
        "peak_mib_at_the_end": round(peaks[-1], 1),
        "peaks_mib": [round(each) for each in peaks],
    }


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kind", choices=("csv", "jsonl", "xlsx"), default="csv")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--outlets", type=int, default=500)
    parser.add_argument("--dry-run", action="store_true", help="read only, store nothing")
    return parser


def main() -> None:
    print(json.dumps(measure(arguments().parse_args())), flush=True)


if __name__ == "__main__":
    main()

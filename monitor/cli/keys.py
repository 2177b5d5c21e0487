"""`key`: with what devices encrypt (HJ 212-2025)."""

from __future__ import annotations

import csv
import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import Desk, keys
from monitor.cli.base import (
    COMMAND_LINE,
    ConfigOption,
    open_desk,
    read_settings,
    show_table,
)
from monitor.errors import ConfigError

app = typer.Typer(help="Keys of devices that encrypt (HJ 212-2025).", no_args_is_help=True)


@app.command("set")
def set_(config: ConfigOption, mn: Annotated[str, typer.Argument(help="The device.")]) -> None:
    """Enter the key that a device has, as registered on the ministry's platform.

    It is asked for without echo, or read from standard input; never given as an argument.
    """
    desk, master = _desk(config)
    if master is None:
        raise ConfigError([keys.NO_MASTER])
    text = getpass.getpass(f"key of {mn}: ") if sys.stdin.isatty() else sys.stdin.readline()
    keys.enter(desk, COMMAND_LINE, [(mn, text.strip())], master)
    print(f"the key of {mn} is stored")


@app.command("import")
def import_(
    config: ConfigOption, file: Annotated[Path, typer.Argument(help="CSV with columns mn, key.")]
) -> None:
    """Enter the keys of many devices; all of them or none."""
    desk, master = _desk(config)
    with file.open(encoding="utf-8-sig", newline="") as source:
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(source) if any(row)]
        except (UnicodeDecodeError, csv.Error):
            raise ConfigError([f"{file}: not a CSV file in UTF-8"]) from None
    if rows and [cell.lower() for cell in rows[0]] == ["mn", "key"]:
        del rows[0]
    faults = [f"{file}: row {n}: two columns are wanted: mn, key" for n, r in enumerate(rows, 1)
              if len(r) != 2]  # fmt: skip
    if faults:
        raise ConfigError(faults)
    print(f"{keys.enter(desk, COMMAND_LINE, [(r[0], r[1]) for r in rows], master)} keys are stored")


@app.command("list")
def list_(config: ConfigOption) -> None:
    """Show which devices have keys, and since when (not the keys)."""
    desk, _ = _desk(config)
    heads = ("mn", "state", "created", "activated", "retired")
    names = ("mn", "state", "created_at", "activated_at", "retired_at")
    rows = keys.listed(desk, COMMAND_LINE)
    show_table(heads, [tuple(row[name] or "" for name in names) for row in rows])


def _desk(path: Path) -> tuple[Desk, str | None]:
    return open_desk(path), read_settings(path)[0].keys.wrapping

"""`draws`: a list of drawn enterprises in, what becomes of each out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import draws as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk
from monitor.errors import ConfigError
from monitor.exports import tables
from monitor.registry import draws as files


def draws(
    path: Annotated[
        Path, typer.Argument(help="A workbook (.xlsx) or CSV file, sheet draw 抽查名单.")
    ],
    config: ConfigOption,
    *,
    on: Annotated[str, typer.Option("--date", help="The day of the draw, like 2026-11-01.")],
    out: Annotated[Path, typer.Option(help="The answers: .xlsx or .csv.")],
) -> None:
    """Answer a random draw (双随机) by the positive list of its day, and record it."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise ConfigError([f"--date: {on}: no day; write it like 2026-11-01"]) from None
    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise ConfigError([f"--out: {out}: name a file that ends in .xlsx or .csv"])
    desk = open_desk(config)
    found = actions.ask(desk, COMMAND_LINE, day, files.read(path, language=desk.language))
    rows = files.told(found["items"], desk.language)
    if out.suffix.lower() == ".csv":
        content = tables.text(files.ANSWERED, rows, desk.language)
    else:
        content = tables.sheet("draw", files.ANSWERED, rows, desk.language)
    out.write_bytes(content)
    counts: dict[str, int] = {}
    for item in found["items"]:
        counts[item["treatment"]] = counts.get(item["treatment"], 0) + 1
    told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    print(f"draw {found['id']}: {told}; written to {out}")

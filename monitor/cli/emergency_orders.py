"""`emergency-orders`: orders to stop or to limit production, in from a file and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import emergency_orders as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, read_settings, show_table
from monitor.registry import emergency_orders as files
from monitor.store import emergency_orders as orders

app = typer.Typer(help="Emergency orders (应急减排).", no_args_is_help=True)

_SHOWN = 1000


@app.command("import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(help="A workbook (.xlsx) or CSV file, sheet emergency_orders 应急减排."),
    ],
    config: ConfigOption,
) -> None:
    """Enter the orders of a file: all, or with any fault none."""
    settings, _ = read_settings(config)
    desk = open_desk(config)
    found = files.read(path, zone=desk.zone, language=settings.language)
    entered = actions.enter_all(desk, COMMAND_LINE, found)
    new = sum(1 for _, is_new in entered if is_new)
    print(f"{new} orders entered, {len(entered) - new} were there already")


@app.command("list")
def list_(
    config: ConfigOption,
    *,
    uscc: Annotated[str | None, typer.Option(help="Of one enterprise.")] = None,
    struck_out: Annotated[bool, typer.Option(help="With those that count no more.")] = False,
) -> None:
    """The orders in order of time."""
    desk = open_desk(config)
    with desk.store.read() as connection:
        rows = orders.listed(connection, (), _SHOWN, uscc=uscc, struck_out=struck_out)
    columns = ("id", "uscc", "line", "kind", "start", "end", "allowed_share", "document")
    shapes = [actions.shape(row, desk.zone) for row in rows]
    show_table(columns, [tuple("" if s[c] is None else str(s[c]) for c in columns) for s in shapes])

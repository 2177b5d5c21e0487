"""`logger`: data loggers that introduced themselves (HJ 212-2025)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from adapters.hj212.orders import SET_MN
from adapters.hj212.parameters import prepare
from monitor.actions import loggers as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, open_store, show_table
from monitor.clock import rfc3339
from monitor.store import loggers

app = typer.Typer(help="Data loggers that wait for an MN, or have one.", no_args_is_help=True)


@app.command("list")
def list_(config: ConfigOption) -> None:
    """Show who introduced itself, with what, from where, and the MN it has."""
    settings, store = open_store(config)
    with store.read() as connection:
        rows = loggers.listed(connection, None)
    heads = ("logger", "mn", "adapter", "peer", "details", "first seen", "last seen")
    show_table(
        heads,
        [
            (
                row.logger,
                row.mn or "",
                row.adapter,
                row.peer or "",
                ", ".join(f"{name}={value}" for name, value in row.details.items()),
                rfc3339(row.first_seen, settings.zone),
                rfc3339(row.last_seen, settings.zone),
            )
            for row in rows
        ],
    )


@app.command()
def assign(
    config: ConfigOption,
    logger: Annotated[str, typer.Argument(help="Its own number, see `logger list`.")],
    mn: Annotated[str, typer.Argument(help="The MN of a registered outlet.")],
) -> None:
    """Give a logger its MN (CN=1002); the daemon tells it when it is connected."""
    desk = open_desk(config)
    checked = partial(prepare, zone=desk.zone)
    placed = actions.assign(desk, COMMAND_LINE, checked, SET_MN, logger, mn)
    print(f"command {placed['id']} is queued; `offsite-monitor command show {placed['id']}`")

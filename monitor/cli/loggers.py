"""`logger`: data loggers that introduced themselves (HJ 212-2025)."""

from __future__ import annotations

import typer

from monitor.cli.base import ConfigOption, open_store, show_table
from monitor.clock import rfc3339
from monitor.store import loggers

app = typer.Typer(help="Data loggers that wait for an MN, or have one.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `list` a command of its own."""


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

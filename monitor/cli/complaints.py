"""`complaints`: in from a file of the complaint platform, and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import complaining
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, read_settings, show_table
from monitor.complaint import State
from monitor.registry import complaints as files
from monitor.store import complaints

app = typer.Typer(help="Complaints (信访举报).", no_args_is_help=True)

_SHOWN = 1000


@app.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(help="A workbook (.xlsx) or CSV file, sheet complaints 信访举报.")
    ],
    config: ConfigOption,
    *,
    dry_run: Annotated[
        bool, typer.Option(help="Show what would be recorded, record nothing.")
    ] = False,
) -> None:
    """Record the complaints of a file: all, or with any fault none."""
    settings, _ = read_settings(config)
    desk = open_desk(config)
    found = files.read(
        path,
        zone=desk.zone,
        channels=desk.complaining.channels,
        register=desk.register(),
        now=desk.now(),
        language=settings.language,
    )
    done = complaining.record_all(desk, COMMAND_LINE, found, dry_run=dry_run)
    new = sum(1 for _, is_new in done if is_new)
    said = "would be recorded" if dry_run else "recorded"
    print(f"{new} complaints {said}, {len(done) - new} were there already")


@app.command("list")
def list_(
    config: ConfigOption,
    *,
    state: Annotated[State | None, typer.Option(help="In one state.")] = None,
    overdue: Annotated[bool, typer.Option(help="Those of which something is late.")] = False,
) -> None:
    """The latest thousand complaints, without what they say."""
    desk = open_desk(config)
    wanted = complaints.Wanted(state=state, overdue_at=desk.now() if overdue else None)
    with desk.store.read() as connection:
        rows = complaints.listed(connection, (), _SHOWN, None, wanted)
        shapes = complaints.shapes(connection, rows, desk.zone)
    columns = ("id", "state", "channel", "reference", "received_at", "district", "task")
    show_table(columns, [tuple("" if s[c] is None else str(s[c]) for c in columns) for s in shapes])

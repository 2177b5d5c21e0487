"""`registry`: the register's files in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor import clock, rejudging
from monitor.books import Changes
from monitor.cli.base import ConfigOption, open_store
from monitor.registry import import_books, write
from monitor.store import books

app = typer.Typer(help="The register: enterprises, outlets, limits, …", no_args_is_help=True)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx) or a folder of CSV files.")],
    config: ConfigOption,
    *,
    replace: Annotated[
        bool, typer.Option(help="End what is absent, within the districts the files name.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, change nothing.")] = False,
) -> None:
    """Bring the register to what files say: all of it, or with any fault nothing."""
    settings, store = open_store(config)
    now = clock.now()
    changes = import_books(
        store,
        path,
        replace=replace,
        dry_run=dry_run,
        now=now,
        zone=settings.zone,
        language=settings.language,
        also=lambda connection, made: rejudging.note(connection, made, now, settings.zone),
    )
    _summary(changes, dry_run=dry_run)


def _summary(changes: Changes, *, dry_run: bool) -> None:
    table = Table("sheet", "added", "changed", "ended", "unchanged")
    for sheet, counts in changes.counts().items():
        if any(counts.values()):
            table.add_row(sheet, *(str(number) for number in counts.values()))
    Console().print(table)
    if dry_run:
        print("nothing was written (--dry-run)")
    elif not changes:
        print("nothing to change")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx), or a folder for CSV files.")],
    config: ConfigOption,
) -> None:
    """Write what is in force, in the form that `registry import` reads."""
    settings, store = open_store(config)
    with store.read() as connection:
        register = books.load(connection)
    write(path, register, language=settings.language)
    print(f"written to {path}")

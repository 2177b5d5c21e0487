"""`registry`: the register's files in and out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor import clock, rejudging
from monitor.books import Changes
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_store, show_table
from monitor.registry import import_books, write
from monitor.store import Connection, audit, books

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

    def also(connection: Connection, made: Changes) -> None:
        rejudging.note(connection, made, clock.now(), settings.zone)  # what came until here
        _audit(connection, made, now, path)

    changes = import_books(
        store,
        path,
        replace=replace,
        dry_run=dry_run,
        now=now,
        zone=settings.zone,
        language=settings.language,
        also=also,
        by=COMMAND_LINE.name,
    )
    _summary(changes, dry_run=dry_run)


def _audit(connection: Connection, changes: Changes, at: datetime, path: Path) -> None:
    counts = {
        sheet: numbers for sheet, numbers in changes.counts().items() if any(numbers.values())
    }
    entry = audit.Entry(
        at=at,
        actor=COMMAND_LINE.name,
        action="register.import",
        object=f"register/{path.name}",
        data=counts,
    )
    audit.append(connection, entry)


def _summary(changes: Changes, *, dry_run: bool) -> None:
    counts = {
        sheet: numbers for sheet, numbers in changes.counts().items() if any(numbers.values())
    }
    rows = [(sheet, *map(str, numbers.values())) for sheet, numbers in counts.items()]
    show_table(("sheet", "added", "changed", "ended", "unchanged"), rows)
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

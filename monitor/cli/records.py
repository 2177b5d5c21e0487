"""`records`: cases, reliefs, documents and typical cases as a workbook, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import record_files as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table

app = typer.Typer(help="Cases, reliefs, issued documents, typical cases.", no_args_is_help=True)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx), a CSV file or a folder.")],
    config: ConfigOption,
    *,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, change nothing.")] = False,
) -> None:
    """Enter and amend records: all of a file, or with any fault none."""
    found = actions.import_file(open_desk(config), COMMAND_LINE, path, dry_run=dry_run)
    heads = ("added", "changed", "unchanged")
    rows = [(sheet, *(str(counts.get(h, 0)) for h in heads)) for sheet, counts in found.items()]
    show_table(("sheet", *heads), rows)
    if dry_run:
        print("nothing was written (--dry-run)")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx).")],
    config: ConfigOption,
) -> None:
    """Write the records that count, in the form that `records import` reads."""
    number = actions.export_file(open_desk(config), COMMAND_LINE, path)
    print(f"{number} records written to {path}")

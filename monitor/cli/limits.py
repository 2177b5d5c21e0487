"""`limits`: the catalogue of limits, and what it proposes for the register."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from monitor import catalogue, clock, pollutants
from monitor.books import Books
from monitor.catalogue import Klass, Row, Standing
from monitor.cli import limit_tables
from monitor.cli.base import ConfigOption, open_store
from monitor.errors import NotFound
from monitor.register import Outlet, Register
from monitor.registry import write_sheet
from monitor.store import books

app = typer.Typer(help="Limits: the catalogue, and proposals from it.", no_args_is_help=True)

Language: TypeAlias = Literal["zh", "en"]


class _Class(StrEnum):
    """The classes that can be asked for; ultra-low has an option of its own."""

    SPECIAL = "special"
    NEW = "new"
    EXISTING = "existing"
    TABLE = "table"


@app.command()
def propose(
    config: ConfigOption,
    out: Annotated[
        Path, typer.Option(help="Where to write the sheet: limits.csv, or a workbook (.xlsx).")
    ],
    *,
    mn: Annotated[
        list[str] | None, typer.Option(help="Only for these device codes; all if left out.")
    ] = None,
    klass: Annotated[
        _Class, typer.Option("--class", help="Of which class; others where it has none.")
    ] = _Class.SPECIAL,
    kind: Annotated[
        str | None, typer.Option(help="The facility or the grade of the outlets named with --mn.")
    ] = None,
    condition: Annotated[
        list[str] | None, typer.Option(help="A word of the condition that is fulfilled.")
    ] = None,
    ultra_low: Annotated[
        bool, typer.Option("--ultra-low", help="Also ultra-low emissions, where a permit has them.")
    ] = False,
) -> None:
    """Write the limits that the catalogue has for outlets, to be checked and imported.

    Nothing takes effect by it. What the register has a limit for, and what it leaves open, is shown only.
    """
    if kind and not mn:
        raise typer.BadParameter("--kind speaks of single outlets: name them with --mn")
    settings, store = open_store(config)
    with store.read() as connection:
        register = books.load(connection)
    on = clock.civil_date(clock.now(), settings.zone)
    given = {
        outlet: catalogue.proposals(
            outlet,
            on,
            Klass(klass),
            kind=kind,
            conditions=condition or (),
            ultra_low=ultra_low,
            held=register.limits,
        )
        for outlet in _outlets(register, mn)
    }
    ready = [p.limit for each in given.values() for p in each if p.standing is Standing.READY]
    if ready:
        write_sheet(out, "limits", Books(limits=tuple(ready)), language=settings.language)
    limit_tables.tell(given, settings.language, out if ready else None)


def _outlets(register: Register, wanted: list[str] | None) -> list[Outlet]:
    if not wanted:
        return list(register.outlets)
    found = {mn: register.outlet(mn) for mn in dict.fromkeys(wanted)}
    if missing := [mn for mn, outlet in found.items() if outlet is None]:
        raise NotFound(f"no outlet in the register: {', '.join(missing)}")
    return [outlet for outlet in found.values() if outlet is not None]


@app.command("list")
def list_(
    *,
    standard: Annotated[str | None, typer.Option(help="Only of a standard.")] = None,
    pollutant: Annotated[
        str | None, typer.Option(help="Only of a pollutant: its code or name.")
    ] = None,
    language: Annotated[Language, typer.Option(help="In which language.")] = "zh",
) -> None:
    """Show the catalogue, in the units of the standards."""
    named = catalogue.standards(standard)
    if standard and not named:
        raise NotFound(f"no such standard in the catalogue: {standard}")
    rows = [
        row
        for row in catalogue.ROWS
        if (not named or row.standard in named) and (not pollutant or _is(row, pollutant))
    ]
    limit_tables.show_rows(rows, language)


def _is(row: Row, word: str) -> bool:
    known = pollutants.get(row.pollutant)
    names = (known.name_zh, known.name_en) if known else ()
    return word.casefold() in map(str.casefold, (row.pollutant, *names))

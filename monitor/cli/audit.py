"""`audit`: the trail of who did what, exported and verified."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor import trail
from monitor.actions import trail as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, instant, open_desk, open_to_read
from monitor.errors import ConfigError, MonitorError
from monitor.store import audit

app = typer.Typer(help="The audit trail: who did what.", no_args_is_help=True)


@app.command()
def export(
    config: ConfigOption,
    file: Annotated[Path, typer.Argument(help="Where the lines go; - for standard output.")],
    start: Annotated[str | None, typer.Option("--from", help="A day, or an instant.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="A day, to its end, or an instant.")
    ] = None,
) -> None:
    """Write entries as JSON lines, a chain without a gap; the export is an entry of its own."""
    desk = open_desk(config)
    since = instant("--from", start, desk.zone) if start else None
    until = instant("--to", end, desk.zone, end=True) if end else None
    lines = actions.export(desk, COMMAND_LINE, since, until)
    if str(file) == "-":
        sys.stdout.writelines(lines)
        return
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(lines)
    with file.open(encoding="utf-8") as written:
        print(_told(trail.check(trail.read(written), whole=False)))


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A file of lines; without one the database.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The configuration, without a file.")
    ] = None,
) -> None:
    """Say whether the chain holds, and its head; exit 1 if anything was altered.

    Note the head elsewhere: only against it shows that nothing was cut off the end.
    """
    try:
        chain = _of_file(file) if file else _of_database(config)
    except trail.Altered as fault:
        print(fault)
        sys.exit(1)
    print(_told(chain))


def _of_file(file: Path) -> trail.Chain:
    try:
        with file.open(encoding="utf-8") as lines:
            return trail.check(trail.read(lines), whole=False)
    except UnicodeDecodeError:
        raise MonitorError(f"{file}: not UTF-8 text") from None


def _of_database(config: Path | None) -> trail.Chain:
    if config is None:
        raise ConfigError(["name a file, or the database's configuration: --config FILE"])
    _, store = open_to_read(config)
    with store.snapshot() as connection:
        return trail.check(audit.entries(connection), whole=True)


def _told(chain: trail.Chain) -> str:
    if not chain.seq:
        return "no entries"
    return f"entries {chain.first} to {chain.seq} hold; head {chain.seq} {chain.hash}"

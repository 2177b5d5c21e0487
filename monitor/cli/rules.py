"""`rules`: what each rule is worth."""

from __future__ import annotations

import csv
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from monitor import clock, yields
from monitor.cli.base import ConfigOption, instant, open_to_read, show_table
from monitor.errors import ConfigError
from monitor.store import yields as counted

app = typer.Typer(help="The rules and what they are worth.", no_args_is_help=True)

_USUAL = timedelta(days=90)
_PLAIN = ("rule", "alerts", "muted", "reminded", "replied", "screened")
_WORTH = ("tasks", "verified", "confirmed", "yield", "precision", "noisy")
_HEADS = (*_PLAIN, *yields.VERDICTS, *yields.CAUSES, *_WORTH)


@app.callback()
def _group() -> None:
    """A group, although there is one command so far."""


@app.command("yield")
def yield_(
    config: ConfigOption,
    *,
    start: Annotated[
        str, typer.Option("--from", help="First day, or a time; without it 90 days back.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="Last day, or a time; without it now.")] = "",
    district: Annotated[str, typer.Option(help="Of one district alone.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """What came of the alerts that were opened in a span, rule by rule, the noisiest first."""
    settings, store = open_to_read(config)
    until = instant("--to", end, settings.zone, end=True) if end else clock.now()
    since = instant("--from", start, settings.zone) if start else until - _USUAL
    if since >= until:
        raise ConfigError(["--from must lie before --to"])
    with store.read() as connection:
        found = counted.counts(connection, (), since, until, district or None)
    rows = [_cells(each) for each in yields.table(found)]
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([_HEADS, *rows])
    else:
        show_table(_HEADS, rows)


def _cells(worth: dict[str, Any]) -> list[str]:
    said = worth | worth["verdicts"] | worth["causes"] | {"noisy": "yes" if worth["noisy"] else ""}
    return ["" if said[head] is None else str(said[head]) for head in _HEADS]

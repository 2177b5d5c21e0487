"""`positive-list`: what of a month's list is due for review."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

import typer

from monitor.actions import inclusion
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table
from monitor.clock import civil_date
from monitor.errors import ConfigError

app = typer.Typer(help="The positive list (正面清单).", no_args_is_help=True)

_PAGE = 1000
_HEADS = ("id", "uscc", "enterprise", "district", "category", "until", "reasons", "failing")


@app.callback()
def _group() -> None:
    """A group of one command so far, which is named all the same."""


@app.command()
def review(
    config: ConfigOption,
    *,
    month: Annotated[str, typer.Option(help="Like 2026-11; this one if left out.")] = "",
) -> None:
    """The listings that run out, fail a condition, or have an open proposal."""
    desk = open_desk(config)
    text = month or civil_date(desk.now(), desk.zone).isoformat()[:7]
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        raise ConfigError([f"--month: {text}: no month; write it like 2026-11"])
    span, shown, after = inclusion.Month(date.fromisoformat(f"{text}-01")), [], None
    while True:
        due, rows = inclusion.review(desk, COMMAND_LINE, span, _PAGE, after)
        shown += [_line(item) for item in due]
        if len(rows) <= _PAGE:
            break
        after = (rows[_PAGE - 1].uscc, rows[_PAGE - 1].id)
    show_table(_HEADS, shown)


def _line(item: dict[str, Any]) -> tuple[str, ...]:
    listing = item["listing"]
    numbers = " ".join(map(str, item["proposals"]))
    reasons = ", ".join(
        f"{name} {numbers}" if name == "proposed" else name for name in item["reasons"]
    )
    failing = ", ".join(each["condition"] for each in item["failing"])
    names = ("id", "uscc", "name", "district", "category", "listed_until")
    return (*(str(listing[name] or "") for name in names), reasons, failing)

"""`report`: the monthly brief and article, the year's summary, the summary table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from monitor.actions import reports as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, civil_day, open_desk, show_table
from monitor.registry.writing import whole
from monitor.reports import rooms, summary, texts
from monitor.reports.content import Report
from monitor.reports.period import Level, Span, month, span, year
from monitor.task import InputError

app = typer.Typer(help="Reports on the positive list (正面清单).", no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
AtLevel = Annotated[Level, typer.Option("--level", help="Whose report it is.")]
District = Annotated[str, typer.Option("--district", help="A county's own; else all of them.")]
Month = Annotated[str, typer.Option("--month", help="Such as 2026-10.")]


@app.command()
def brief(
    config: ConfigOption,
    *,
    on: Month,
    out: Out,
    level: AtLevel = Level.CITY,
    district: District = "",
) -> None:
    """The monthly brief (简报, docx); what a writer wrote in the file that is there is kept."""
    _paper(config, month(on), out, (level, district), texts.brief)


@app.command()
def article(
    config: ConfigOption,
    *,
    on: Month,
    out: Out,
    level: AtLevel = Level.CITY,
    district: District = "",
) -> None:
    """The month's article (稿件, docx) as a draft; what a writer wrote is kept."""
    _paper(config, month(on), out, (level, district), texts.article)


@app.command("year")
def year_(
    config: ConfigOption,
    *,
    on: Annotated[int, typer.Option("--year", help="Such as 2026.")],
    out: Out,
    level: AtLevel = Level.CITY,
    district: District = "",
) -> None:
    """The year's work summary (工作总结, docx); what a writer wrote is kept."""
    _paper(config, year(on), out, (level, district), texts.year_summary)


@app.command("summary")
def summary_(
    config: ConfigOption,
    *,
    first: Annotated[str, typer.Option("--from", help="The first day.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    out: Out,
    level: AtLevel = Level.CITY,
    district: District = "",
) -> None:
    """The summary table (汇总表, xlsx) with the records behind it."""
    asked = span(civil_day("--from", first), civil_day("--to", last))
    if out.exists() and not summary.is_ours(out):
        raise InputError(f"{out}: it is no summary table; name another file with --out")
    made = actions.summary(open_desk(config), COMMAND_LINE, asked, level, district or None)
    _write(out, summary.workbook(made))


@app.command("due")
def due(
    config: ConfigOption,
    *,
    first: Annotated[str, typer.Option("--from", help="The first day.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
) -> None:
    """What is owed to the level above between two days, and what was handed in."""
    days = civil_day("--from", first), civil_day("--to", last)
    found = actions.duties(open_desk(config), COMMAND_LINE, *days)
    heads = ("due_on", "level", "unit", "kind", "period", "state", "handed_in_on")
    show_table(heads, [[str(each[head] or "") for head in heads] for each in found])


def _paper(
    config: Path,
    asked: Span,
    out: Path,
    whose: tuple[Level, str],
    make: Callable[[Report, rooms.Kept | None], bytes],
) -> None:
    level, district = whose
    try:
        kept = rooms.read(out.read_bytes()) if out.exists() else None
    except InputError as error:
        raise InputError(f"{out}: {error}; name another file with --out") from None
    report = actions.report(open_desk(config), COMMAND_LINE, asked, level, district or None)
    _write(out, make(report, kept))


def _write(out: Path, data: bytes) -> None:
    """Write a file whole or not at all: a writer's words may be in the one that is there."""
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: there is no such folder")
    with whole(out, 0o644) as temporary:
        temporary.write_bytes(data)
    print(out)

"""`marks`: marks of devices and operating conditions, in from a file and listed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import clock
from monitor.actions import marks as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, read_settings, show_table
from monitor.registry import marks as files
from monitor.store import marks

app = typer.Typer(help="Marks (数据标记) of devices and conditions.", no_args_is_help=True)

_SHOWN = 1000


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A workbook (.xlsx) or CSV file, sheet marks 标记.")],
    config: ConfigOption,
) -> None:
    """Enter the marks of a file: all, or with any fault none. What they cover is judged again."""
    settings, _ = read_settings(config)
    desk = open_desk(config)
    found = files.read(path, now=clock.now(), zone=desk.zone, language=settings.language)
    entered = actions.enter_all(desk, COMMAND_LINE, found)
    new = sum(1 for _, is_new in entered if is_new)
    print(f"{new} marks entered, {len(entered) - new} were there already")


@app.command("list")
def list_(
    mn: Annotated[str, typer.Argument(help="The outlet's device code (MN).")],
    config: ConfigOption,
    *,
    struck_out: Annotated[bool, typer.Option(help="With those that count no more.")] = False,
) -> None:
    """The marks of an outlet, the latest last, and the hours that they have used this year."""
    desk = open_desk(config)
    with desk.store.read() as connection:
        rows = marks.listed(connection, (), _SHOWN, mn=mn, struck_out=struck_out)
    shapes = [actions.shape(row, desk.zone) for row in rows]
    year = clock.civil_date(clock.now(), desk.zone).year
    standing = actions.standing(desk, COMMAND_LINE, mn, year)
    years = {clock.civil_date(clock.from_ms(row.start_ms), desk.zone).year for row in rows}
    refused = dict(standing.refused)
    for other in sorted(years - {year}):
        refused |= actions.standing(desk, COMMAND_LINE, mn, other).refused
    for each in shapes:
        why = {part["why"] for part in refused.get(each["id"], ())}
        each["manual"] = "yes" if each["manual"] else "no"
        each["refused"] = "struck-out" if each["struck_out"] else ", ".join(sorted(why))
    columns = (
        "id",
        "class",
        "item",
        "pollutant",
        "start",
        "end",
        "manual",
        "submitted_at",
        "refused",
    )
    show_table(columns, [tuple(str(s[name] or "") for name in columns) for s in shapes])
    for sum_ in standing.hours:
        items = "、".join(sum_["items"])
        print(f"{sum_['span']} {items}: {sum_['used']:g} of {sum_['allowed']:g} hours")

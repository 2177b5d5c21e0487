"""`device`: what was heard of devices, how good their data is, what is missing of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from monitor.actions import quality
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table
from monitor.clock import day_start
from monitor.errors import ConfigError
from monitor.gaps import KINDS
from monitor.observation import Period
from monitor.store import views

app = typer.Typer(help="Devices: what is heard of them, how good it is.", no_args_is_help=True)

_AT_ONCE = 1000

Mn = Annotated[str, typer.Argument(help="The device code (MN).")]


@app.command("list")
def list_(
    config: ConfigOption,
    *,
    registered: Annotated[
        bool | None,
        typer.Option("--registered/--unregistered", help="Only these; both if left out."),
    ] = None,
    district: Annotated[str | None, typer.Option(help="Only those of a district.")] = None,
) -> None:
    """Show the devices that were heard."""
    desk = open_desk(config)
    heads = ("mn", "adapter", "registered", "last seen", "frames", "peer")
    rows = []
    after = 0
    while True:
        with desk.store.read() as connection:
            found = views.device_rows(connection, [], registered, _AT_ONCE, after, district)
        rows += [_line(quality.summary(row, desk)) for row in found]
        if len(found) < _AT_ONCE:
            break
        after = found[-1].id
    show_table(heads, rows)


def _line(device: dict[str, Any]) -> tuple[str, ...]:
    return (
        device["mn"],
        device["adapter"],
        "yes" if device["registered"] else "no",
        device["last_seen"],
        str(device["frames"]),
        device["peer"] or "",
    )


@app.command()
def show(config: ConfigOption, mn: Mn) -> None:
    """Show how good a device's data is."""
    found = quality.page(open_desk(config), COMMAND_LINE, mn)
    show_table(("what", "value"), list(_flat(found)))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Everything in a page, line by line, under the names of the API joined by dots."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for problem in value:
            yield f"{name}.{problem['problem']}", str(problem["count"])
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@app.command()
def gaps(
    config: ConfigOption,
    mn: Mn,
    period: Annotated[
        Period | None, typer.Option(help="minute, hour or day; all of them if left out.")
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; a week ago."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; today.")
    ] = None,
) -> None:
    """Show what is missing of a device's data."""
    if period is not None and period not in KINDS:
        raise ConfigError([f"--period: of {period} nothing is due; use minute, hour or day"])
    desk = open_desk(config)
    until = day_start(last.date() + timedelta(days=1), desk.zone) if last else desk.now()
    since = day_start(first.date(), desk.zone) if first else until - timedelta(days=7)
    if since >= until:
        raise ConfigError(["--from: must lie before --to"])
    rows = []
    for kind in (period,) if period else KINDS:
        for gap in quality.missing(desk, COMMAND_LINE, mn, kind, since, until):
            shape = quality.gap_shape(gap, desk)
            rows.append(tuple(str(shape[key]) for key in ("period", "start", "end", "missing")))
    show_table(("period", "start", "end", "missing"), rows)

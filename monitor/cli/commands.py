"""`command`: telling devices what to do, and what they answered."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import typer

from adapters.hj212.parameters import listed, prepare
from monitor.actions import Desk
from monitor.actions import commands as actions
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table
from monitor.command import OPEN, State
from monitor.errors import ConfigError, MonitorError, NotFound
from monitor.store import commands

app = typer.Typer(help="Commands to devices (HJ 212 反控).", no_args_is_help=True)

_LOOK = 0.5


@app.command()
def send(
    config: ConfigOption,
    mn: Annotated[str, typer.Argument(help="The device code (MN).")],
    code: Annotated[str, typer.Argument(help="The command code (CN); see `command codes`.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(help="NAME=VALUE, e.g. BeginTime=20261101000000.")
    ] = None,
    *,
    wait_minutes: Annotated[
        int, typer.Option(min=1, max=43_200, help="How long it may wait for the device.")
    ] = 1440,
    follow: Annotated[
        int, typer.Option(min=0, max=86_400, help="Seconds to stay and wait for the result.")
    ] = 0,
) -> None:
    """Queue a command for the daemon to send; prints it as JSON. Exit 1 if it is seen to fail."""
    desk = open_desk(config)
    checked = partial(prepare, zone=desk.zone)
    wait = timedelta(minutes=wait_minutes)
    placed = actions.place(desk, COMMAND_LINE, checked, mn, code, _pairs(parameters or []), wait)
    ended = _followed(desk, placed["id"], follow) if follow else placed
    print(json.dumps(ended, ensure_ascii=False))
    if ended["state"] in (State.FAILED, State.EXPIRED, State.CANCELLED):
        raise MonitorError(f"command {ended['id']} {ended['state']}: {ended['reason']}")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ConfigError([f"{text!r}: write NAME=VALUE"])
        pairs[name] = value
    return pairs


def _followed(desk: Desk, number: int, seconds: int) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while True:
        found = _shape(desk, number)
        if found["state"] not in OPEN or time.monotonic() >= until:
            return found
        time.sleep(_LOOK)


def _shape(desk: Desk, number: int) -> dict[str, Any]:
    with desk.store.read() as connection:
        row = commands.find(connection, number)
    if row is None:
        raise NotFound(f"there is no command {number}")
    return commands.shape(row, desk.zone)


@app.command()
def show(config: ConfigOption, command: Annotated[int, typer.Argument(help="Its number.")]) -> None:
    """Show one command and what the device answered, as JSON."""
    print(json.dumps(_shape(open_desk(config), command), ensure_ascii=False, indent=2))


@app.command("list")
def list_(
    config: ConfigOption,
    mn: Annotated[str | None, typer.Option(help="Of this device only.")] = None,
    state: Annotated[State | None, typer.Option(help="In this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
) -> None:
    """Show commands, newest first."""
    desk = open_desk(config)
    with desk.store.read() as connection:
        rows = commands.listed(connection, (), mn=mn, state=state, limit=limit, before=None)
    shapes = [commands.shape(row, desk.zone) for row in rows]
    heads = ("id", "mn", "code", "origin", "state", "reason", "requested_at", "finished_at")
    show_table(heads, [tuple(str(each[head] or "") for head in heads) for each in shapes])


@app.command()
def cancel(
    config: ConfigOption,
    command: Annotated[int, typer.Argument(help="Its number.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the audit trail.")],
) -> None:
    """End a command that was not sent yet."""
    actions.cancel(open_desk(config), COMMAND_LINE, command, reason)
    print(f"command {command} is cancelled")


@app.command()
def codes() -> None:
    """Show the command codes that can be sent, with their parameters."""
    rows = [
        (each["code"], " ".join(each["editions"]), each["meaning"], _parameters(each))
        for each in listed()
        if each["direction"] != "up" and each["kind"] != "reply"
    ]
    show_table(("code", "editions", "meaning", "parameters"), rows)


def _parameters(listed_code: dict[str, Any]) -> str:
    texts = [f"{each['name']}: {each['allowed']}" for each in listed_code["parameters"]]
    optional = [each["optional"] for each in listed_code["parameters"]]
    return "; ".join(
        f"[{t}]" if may_lack else t for t, may_lack in zip(texts, optional, strict=True)
    )

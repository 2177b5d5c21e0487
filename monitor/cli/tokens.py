"""`token`: who may use the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from monitor import clock
from monitor.actions import tokens
from monitor.cli.base import COMMAND_LINE, ConfigOption, open_desk, show_table
from monitor.errors import ConfigError
from monitor.tokens import Role

app = typer.Typer(help="Tokens of the API.", no_args_is_help=True)


@app.command()
def create(
    config: ConfigOption,
    name: Annotated[str, typer.Option(help="Who holds it; stands on tasks and in the audit.")],
    role: Annotated[Role, typer.Option(help="What it is for.")],
    district: Annotated[
        list[str] | None, typer.Option(help="A district it may see; repeat it; none = all.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it works.")
    ] = None,
) -> None:
    """Make a token and print it, this once, alone on the last line."""
    desk = open_desk(config)
    last_day = expires.date() if expires else None
    _check(name, district or [], last_day, clock.civil_date(clock.now(), desk.zone))
    number, text = tokens.create(desk, COMMAND_LINE, name, role, district or [], last_day)
    where = ", ".join(district) if district else "all districts"
    print(f"token {number}: {name}, {role}, {where}; it is shown only now:")
    print(text)


def _check(name: str, districts: list[str], last_day: date | None, today: date) -> None:
    if not name.strip():
        raise ConfigError(["--name: say who holds it"])
    if not all(district.strip() for district in districts):
        raise ConfigError(["--district: name one, or leave it out for all"])
    if last_day is not None and last_day < today:
        raise ConfigError([f"--expires: {last_day} is past"])


@app.command("list")
def list_(config: ConfigOption) -> None:
    """Show the tokens (not the secrets: those are not kept)."""
    desk = open_desk(config)
    heads = ("id", "kind", "name", "role", "districts", "expires", "last used", "state")
    show_table(heads, [_row(token) for token in tokens.listed(desk, COMMAND_LINE)])


def _row(token: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(token["id"]),
        token["kind"],
        token["name"],
        token["role"],
        ", ".join(token["districts"]) or "all",
        token["expires_on"] or token["expires_at"] or "",
        token["last_used_at"] or "",
        "" if token["in_force"] else "revoked" if token["revoked_at"] else "expired",
    )


@app.command()
def revoke(config: ConfigOption, token: Annotated[int, typer.Argument(help="Its id.")]) -> None:
    """End a token, and the webhooks made with it."""
    tokens.revoke(open_desk(config), COMMAND_LINE, token)
    print(f"token {token} is revoked")

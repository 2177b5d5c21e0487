"""`token`: who may use the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor import clock
from monitor.cli.base import ConfigOption, open_store
from monitor.errors import NotFound
from monitor.store import tokens
from monitor.tokens import Role, digest, new_token

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
    _, store = open_store(config)
    token = new_token()
    with store.write() as connection:
        number = tokens.add(
            connection,
            name=name,
            role=role.value,
            districts=district or [],
            digest=digest(token),
            at=clock.now(),
            expires_on=expires.date() if expires else None,
        )
    where = ", ".join(district) if district else "all districts"
    print(f"token {number}: {name}, {role}, {where}; it is shown only now:")
    print(token)


@app.command("list")
def list_(config: ConfigOption) -> None:
    """Show the tokens (not the secrets: those are not kept)."""
    settings, store = open_store(config)
    with store.read() as connection:
        rows = tokens.listed(connection)
    table = Table("id", "name", "role", "districts", "expires", "last used", "state")
    for row in rows:
        table.add_row(
            str(row.id),
            row.name,
            row.role,
            ", ".join(row.districts) or "all",
            str(row.expires_on or ""),
            clock.rfc3339(row.last_used_at, settings.zone) if row.last_used_at else "",
            "revoked" if row.revoked_at else "",
        )
    Console().print(table)


@app.command()
def revoke(config: ConfigOption, token: Annotated[int, typer.Argument(help="Its id.")]) -> None:
    """End a token, and the webhooks made with it."""
    _, store = open_store(config)
    with store.write() as connection:
        if not tokens.revoke(connection, token, clock.now()):
            raise NotFound(f"there is no token {token} that is not revoked; see `token list`")
    print(f"token {token} is revoked")

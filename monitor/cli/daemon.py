"""`run`: the daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor import app as composition
from monitor import logs
from monitor.cli.base import ConfigOption, read_settings


def run(
    config: ConfigOption,
    *,
    migrate: Annotated[
        bool, typer.Option(help="Upgrade the schema first; without it, refuse an older one.")
    ] = True,
) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""
    settings, adapters = read_settings(config)
    logs.setup()
    composition.run(settings, adapters, migrate=migrate, reread=lambda: read_settings(config)[0])

"""`run`, `check`, `migrate`, `demo`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor import app as composition
from monitor import checks, logs
from monitor.cli import demo
from monitor.cli.base import ConfigOption, read_settings
from monitor.errors import ConfigError
from monitor.store import Store, schema


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


def check(config: ConfigOption) -> None:
    """Say what is wrong with configuration, database, register and clock; start nothing."""
    try:
        settings, _ = read_settings(config)
    except ConfigError as error:
        print(error)
        sys.exit(1)
    problems = checks.problems(settings)
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(1)
    print("all is well")


def migrate(config: ConfigOption) -> None:
    """Bring the database's schema to this version."""
    settings, _ = read_settings(config)
    store = Store(settings.database.url.get_secret_value())
    before = schema.current(store)
    schema.upgrade(store)
    print(f"schema: {before or 'empty'} → {schema.current(store)}")


def demo_(
    *,
    speed: Annotated[float, typer.Option(help="Simulated time runs so many times faster.")] = 1200,
    once: Annotated[
        bool, typer.Option(help="End when a task, a webhook and a verification are through.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where the demo keeps its database; default: a new folder.")
    ] = None,
) -> None:
    """Run the main job on this machine, with simulated devices and a webhook receiver."""
    sys.exit(asyncio.run(demo.run(speed=speed, once=once, folder=folder)))

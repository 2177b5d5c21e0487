"""`check` and `migrate`: what stands before a daemon is run."""

from __future__ import annotations

import sys

from monitor import checks
from monitor.cli.base import ConfigOption, read_settings
from monitor.errors import ConfigError
from monitor.store import Store, schema


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

"""What the commands share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adapters import TYPES
from monitor import config, policies
from monitor.actions import Desk
from monitor.adapter import AdapterConfig, load
from monitor.clock import day_start
from monitor.config import Settings
from monitor.errors import ConfigError
from monitor.register import Register
from monitor.store import Store, books, schema
from monitor.tokens import Caller, Role

COMMAND_LINE = Caller(id=None, name="command line", role=Role.ADMIN)
"""Who acts, in the audit trail: whoever may read the configuration may do everything."""

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file (TOML).")
]


class _Schemas(Mapping[str, type[AdapterConfig]]):
    """The configuration class of each type of adapter; an adapter is imported when it is asked for."""

    def __getitem__(self, kind: str) -> type[AdapterConfig]:
        return load(kind, TYPES).Config

    def __contains__(self, kind: object) -> bool:
        return kind in TYPES

    def __iter__(self) -> Iterator[str]:
        return iter(TYPES)

    def __len__(self) -> int:
        return len(TYPES)


SCHEMAS = _Schemas()


def read_settings(path: Path) -> tuple[Settings, tuple[AdapterConfig, ...]]:
    """The configuration of a file; ConfigError with a line per fault."""
    return config.load(path, SCHEMAS)


def open_store(path: Path) -> tuple[Settings, Store]:
    """The settings and the database of a configuration, at this program's schema.

    An empty database gets its tables; one of another version is refused.
    """
    settings, _ = read_settings(path)
    store = Store(settings.database.url.get_secret_value())
    if schema.current(store) is None:
        schema.upgrade(store)
    schema.require_head(store)
    return settings, store


def open_to_read(path: Path) -> tuple[Settings, Store]:
    """The same for who only reads: nothing is made, upgraded or changed."""
    settings, _ = read_settings(path)
    store = Store(settings.database.url.get_secret_value(), read_only=True)
    schema.require_head(store)
    return settings, store


def open_desk(path: Path) -> Desk:
    """The desk of a configuration, for commands that do what a person may do."""
    settings, store = open_store(path)

    def register() -> Register:
        with store.read() as connection:
            return books.load(connection)

    return Desk(
        store=store,
        zone=settings.zone,
        register=register,
        terms=lambda: policies.terms(settings),
        language=settings.language,
        marking=lambda: policies.marking(settings),
        judging=lambda: policies.stated(settings),
        media=policies.media(settings),
        reminding=policies.reminding(settings),
        grading=lambda: policies.policy(settings),
        listing_policy=lambda: policies.listing_policy(settings),
        longest_silence=lambda: policies.longest_silence(settings),
        reporting=lambda: policies.reporting(settings),
        complaining=policies.complaining(settings),
        judged_by=lambda register: policies.bench(settings, register),
    )


def instant(option: str, text: str, zone: tzinfo, *, end: bool = False) -> datetime:
    """A civil day's beginning (as an end: that of the following day), or an instant as it is given."""
    try:
        day = date.fromisoformat(text)
        return day_start(day + timedelta(days=1) if end else day, zone)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ConfigError(
            [f"{option}: {text}: no time; write 2026-11-01 or 2026-11-01T08:00:00+08:00"]
        )
    return at


def civil_day(option: str, text: str) -> date:
    """A day as it is given."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"{option}: {text}: no day; write 2026-11-01"]) from None


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; lines with tabs, and nothing cut off, for another program."""
    if not sys.stdout.isatty():
        for row in (heads, *rows):
            print("\t".join(row))
        return
    table = Table(*heads)
    for row in rows:
        table.add_row(*row)
    Console().print(table)

"""What `check` looks at beyond the configuration's form: database, schema, register, keys, clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import clock, policies
from monitor.config import Settings
from monitor.errors import ConfigError, StoreError
from monitor.keys import unwrap
from monitor.media.places import Folder, InBucket
from monitor.objects import Bucket
from monitor.store import Store, books, keys, schema, tokens
from monitor.store.database import new_file

_BUILT = datetime(2026, 1, 1, tzinfo=UTC)
_SKEW = timedelta(minutes=2)


def problems(settings: Settings) -> list[str]:
    """A line per problem, with what to do."""
    return [*_clock(), *_files(settings), *_database(settings), *_media(settings)]


def _clock() -> Iterator[str]:
    if clock.now() < _BUILT:
        yield f"clock: it is {clock.now():%Y-%m-%d} by this machine; set the clock (chrony, ntp)"


def _files(settings: Settings) -> Iterator[str]:
    for read in (policies.marking, policies.terms):
        try:
            read(settings)
        except ConfigError as error:
            yield from error.faults


def _database(settings: Settings) -> Iterator[str]:
    url = settings.database.url.get_secret_value()
    try:
        missing = new_file(url)
        if missing is not None:  # asking would create it, perhaps as the wrong user
            folder = _existing(missing.parent)
            if not (folder.is_dir() and os.access(folder, os.W_OK)):
                yield f"database.url: {folder} cannot be written to"
            return
        store = Store(url)
        found = schema.current(store)
    except StoreError as error:
        reason = str(error).removeprefix("database.url: ").removeprefix("database: ")
        yield f"database.url: {reason}"
        return
    if found is None:  # the first start makes the tables
        return
    wrong = schema.fault(found)
    if wrong is not None:
        yield wrong
        return
    yield from _register(store)
    yield from _keys(store, settings)
    yield from _names(store, settings)
    yield from _database_clock(store)


def _media(settings: Settings) -> Iterator[str]:
    fault = Folder(settings.media.folder.expanduser()).fault()
    if fault is not None:
        yield f"media.folder: {fault}"
    if settings.media.s3.endpoint:
        fault = InBucket(Bucket(settings.media.s3)).fault()
        if fault is not None:
            yield f"media.s3: {fault}"


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _register(store: Store) -> Iterator[str]:
    with store.read() as connection:
        register = books.load(connection)
    enterprises = {e.uscc for e in register.enterprises}
    outlets = {o.mn for o in register.outlets}
    for outlet in register.outlets:
        if outlet.uscc not in enterprises:
            yield f"register: outlet {outlet.mn}: enterprise {outlet.uscc} is not in force"
    for limit in register.limits:
        if limit.mn not in outlets:
            yield f"register: limit {limit.id}: outlet {limit.mn} is not in force"
    for listing in register.listings:
        if listing.uscc not in enterprises:
            yield f"register: listing {listing.id}: enterprise {listing.uscc} is not in force"


def _keys(store: Store, settings: Settings) -> Iterator[str]:
    with store.read() as connection:
        rows = keys.every(connection)
    if not rows:
        return
    master = settings.keys.wrapping
    if master is None:
        yield "keys.master: missing, and keys of devices are stored; set the one they were stored with"
        return
    try:
        for row in rows:
            unwrap(row.wrapped, row.mn, master)
    except ValueError as error:
        yield f"keys.master: {error}"


def _names(store: Store, settings: Settings) -> Iterator[str]:
    at = clock.now()
    with store.read() as connection:
        shared = tokens.shared_names(connection, at, clock.civil_date(at, settings.zone))
    for name in shared:
        yield f"tokens: several in force are named {name}, and count as one person; revoke all but one"


def _database_clock(store: Store) -> Iterator[str]:
    skew = abs(store.clock() - clock.now())
    if skew > _SKEW:
        yield f"clock: this machine and the database server differ by {skew}; set both by NTP"

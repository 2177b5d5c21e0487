"""Importing register files: read, compare, write, tell, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path

from monitor.books import Books, Changes, Row
from monitor.register import Enterprise, Listing
from monitor.registry.reading import read
from monitor.store import Connection, Store, books, listings, outbox

Also = Callable[[Connection, Changes], None]


def import_books(
    store: Store,
    path: Path | str,
    *,
    replace: bool = False,
    dry_run: bool = False,
    now: datetime,
    zone: tzinfo = books.SHANGHAI,
    language: str = "zh",
    also: Also | None = None,
    by: str | None = None,
) -> Changes:
    """Bring the books to what the files say; answers what changed, or with `dry_run` would.

    `now` is the instant from which the books say so; what `replace` ends has held through the day
    before it in `zone`. Changed listings are told as `listing.changed`. `also` joins the
    transaction, e.g. to note devices as due or to leave a line in the audit; it is called only where
    something changed. `by` stands on the listings. Raises RegisterError with every fault; then nothing
    has been written.
    """
    found = read(path, language=language)
    if dry_run:
        with store.read() as connection:
            return books.preview(connection, found, replace=replace, now=now, zone=zone)
    with store.write() as connection:
        changes = apply_books(connection, found, replace=replace, now=now, zone=zone, by=by)
        if changes and also:
            also(connection, changes)
    return changes


def apply_books(
    connection: Connection,
    found: Books,
    *,
    replace: bool = False,
    now: datetime,
    zone: tzinfo = books.SHANGHAI,
    by: str | None = None,
) -> Changes:
    """Write books down and tell of changed listings, in the caller's transaction."""
    changes = books.apply(connection, found, replace=replace, now=now, zone=zone, by=by)
    if changes["positive_list"]:
        owners = {each.uscc: each for each in books.load(connection).enterprises}
        gone = [old for old, _ in changes["enterprises"].ended if isinstance(old, Enterprise)]
        owners |= {each.uscc: each for each in gone}
        outbox.publish(connection, list(_listings(changes, owners, now)))
    return changes


def _listings(
    changes: Changes, owners: Mapping[str, Enterprise], now: datetime
) -> Iterator[outbox.Event]:
    told = changes["positive_list"]
    spans: list[tuple[str, Row]] = [("listed", row) for row in told.added]
    spans += [("changed", new) for _, new in told.changed]
    spans += [("ended", last or old) for old, last in told.ended]
    for change, row in spans:
        assert isinstance(row, Listing)
        yield listings.event(change, row, owners.get(row.uscc), now)

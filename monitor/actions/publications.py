"""Publishing the positive list (公开): what was published when is recorded; audited."""

from __future__ import annotations

from datetime import date, tzinfo
from typing import Any

from monitor.actions.desk import Desk
from monitor.actions.listings import require_city
from monitor.actions.spans import require_near
from monitor.clock import rfc3339
from monitor.errors import NotFound
from monitor.exchange import fingerprint
from monitor.store import Row, books, listings, proposals
from monitor.task import InputError
from monitor.tokens import Caller, Right

MOST = 20_000
"""Rows of a publication."""
_TOLD = ("uscc", "name", "district", "category", "listed_from", "listed_until", "document")


def publish(desk: Desk, caller: Caller, on: date, note: str | None) -> dict[str, Any]:
    """Record that the list of a day is published, and which rows; the publication's shape, with them.

    Approved proposals that take effect by then are `published` by it.
    """
    require_city(caller)
    require_near(desk, on, "on")
    with desk.transaction(caller, Right.DIRECT) as work:
        books.lock(work.connection)
        rows = listings.listed(work.connection, (), on, on, MOST + 1)
        if len(rows) > MOST:
            raise InputError(f"more than {MOST:,} enterprises are listed; that is no city's list")
        told = [{name: row._mapping[name] for name in _TOLD} | {"listing": row.id} for row in rows]
        values = {
            "on_day": on,
            "note": note,
            "count": len(told),
            "list_version": books.version(work.connection),
            "published_at": work.at,
            "published_by": caller.name,
        }
        number = proposals.publish(work.connection, values, told)
        data = {"on": on.isoformat(), "count": len(told)}
        work.audit("listing.publish", f"publication/{number}", note, data)
        row = proposals.publication(work.connection, number)
        shaped = shape(row, proposals.published(work.connection, number), desk.zone)
        work.leaves(f"positive-list/publications/{number}", fingerprint(shaped))
        return shaped


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A publication with its rows. It is public: a token's districts do not bound it."""
    caller.require(Right.READ)
    with desk.store.snapshot() as connection:
        row = proposals.publication(connection, number)
        if row is None:
            raise NotFound(f"there is no publication {number}")
        return shape(row, proposals.published(connection, number), desk.zone)


def head(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a publication without its rows."""
    return {
        "id": row.id,
        "on": row.on_day.isoformat(),
        "note": row.note,
        "count": row.count,
        "list_version": row.list_version,
        "published_at": rfc3339(row.published_at, zone),
        "published_by": row.published_by,
    }


def shape(row: Any, rows: list[Row[Any]], zone: tzinfo) -> dict[str, Any]:
    """The JSON of a publication."""
    items = []
    for each in rows:
        told = {name: each._mapping[name] for name in _TOLD}
        days = ("listed_from", "listed_until")
        told |= {name: told[name].isoformat() if told[name] else None for name in days}
        items.append(told)
    return head(row, zone) | {"items": items}

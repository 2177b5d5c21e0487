"""The positive list by people: listing, ending, moving; one transaction each, audited.

The list is the city's (环办执法〔2021〕10号: inclusion, publication, adjustment).
A token that is bound to districts proposes (`actions.proposals`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta, tzinfo
from typing import Any

from monitor.actions import spans
from monitor.actions.desk import Desk, Work
from monitor.actions.spans import day_text
from monitor.clock import rfc3339
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.positive import Policy, Treatment
from monitor.register import Listing
from monitor.store import Row, books, listings
from monitor.tokens import Caller, Right


def enter(desk: Desk, caller: Caller, said: Listing) -> dict[str, Any]:
    """List an enterprise; the span's shape.

    Raises InputError for an unknown category or days that cannot be, Conflict where another span is in
    the way or the enterprise is barred, NotFound, Forbidden.
    """
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        books.lock(work.connection)
        until = listings.barred_until(work.connection, said.uscc)
        if until is not None and said.listed_from <= until:
            raise Conflict(
                f"{said.uscc} may not come back before {until + timedelta(days=1)}; a proposal that is "
                "approved with its reason is the way over that"
            )
        return _left(work, spans.place(work, said))


def end(
    desk: Desk,
    caller: Caller,
    number: int,
    since: date,
    document: str | None,
    reason: str,
    bar: spans.Bar | None = None,
) -> dict[str, Any]:
    """Take an enterprise off the list from a day on; the shape of what the span now is."""
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        row = locked(work, number)
        return _left(work, spans.take_off(work, row, since, document, reason, bar))


def move(
    desk: Desk,
    caller: Caller,
    number: int,
    said: Listing,
) -> dict[str, Any]:
    """End a span the day before `said` begins, and begin that; the shape of the new span."""
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        row = locked(work, number)
        return _left(work, spans.shift(work, row, replace(said, uscc=row.uscc)))


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A span's shape, superseded or not; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        row = listings.get(connection, caller.districts, number)
    if row is None:
        raise NotFound(f"there is no listing {number}")
    return shape(row, desk.zone, desk.listing_policy())


def require_city(caller: Caller) -> None:
    """Raise Forbidden for a token that does not cover the whole city."""
    if caller.districts:
        raise Forbidden(
            "the city decides upon the list: propose it (POST /positive-list/proposals)"
        )


def locked(work: Work, number: int) -> Row[Any]:
    """A span in force, held until the transaction ends, and as the caller has seen it."""
    books.lock(work.connection)
    row = listings.get(work.connection, work.caller.districts, number, lock=True)
    if row is None:
        raise NotFound(f"there is no listing {number}")
    work.seen(fingerprint(_shaped(work, row)))
    if row.superseded_at is not None:
        raise Conflict(f"listing {number} has been changed meanwhile; read the list again")
    return row


def _shaped(work: Work, row: Row[Any]) -> dict[str, Any]:
    return shape(row, work.desk.zone, work.desk.listing_policy())


def _left(work: Work, row: Row[Any]) -> dict[str, Any]:
    shaped = _shaped(work, row)
    work.leaves(f"positive-list/{row.id}", fingerprint(shaped))
    return shaped


def shape(row: Any, zone: tzinfo, policy: Policy) -> dict[str, Any]:
    """The JSON of a span's row with its enterprise."""
    known = policy.categories.get(row.category)
    superseded = None
    if row.superseded_at is not None:
        superseded = {
            "at": rfc3339(row.superseded_at, zone),
            "by": row.superseded_by,
            "reason": row.superseded_reason,
        }
    return {
        "id": row.id,
        "uscc": row.uscc,
        "name": row.name,
        "district": row.district,
        "category": row.category,
        "treatment": (known.treatment if known else Treatment.REGULAR).value,
        "listed_from": row.listed_from.isoformat(),
        "listed_until": day_text(row.listed_until),
        "document": row.document,
        "grounds": row.grounds,
        "end_document": row.end_document,
        "end_reason": row.end_reason,
        "bar_until": day_text(row.bar_until),
        "bar_kind": row.bar_kind,
        "recorded_at": rfc3339(row.recorded_at, zone),
        "recorded_by": row.recorded_by,
        "superseded": superseded,
    }

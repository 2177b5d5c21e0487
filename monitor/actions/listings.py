"""The positive list by people: listing, ending, moving; one transaction each, audited.

The list is the city's (环办执法〔2021〕10号: inclusion, publication, adjustment).
A token that is bound to districts proposes (`actions.proposals`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.positive import Policy, Treatment, ended, in_the_way, months_after
from monitor.register import Listing
from monitor.registry import checks
from monitor.store import Connection, Row, books, listings, outbox
from monitor.task import InputError
from monitor.tokens import Caller, Right

EARLIEST = date(2000, 1, 1)
_AHEAD = timedelta(days=366)
_LONGEST = timedelta(days=366 * 50)


@dataclass(frozen=True, slots=True)
class Bar:
    """How long an enterprise stays off the list: until a day, or as it is configured for a kind."""

    kind: str | None = None
    until: date | None = None


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
        return _left(work, place(work, said))


def end(
    desk: Desk,
    caller: Caller,
    number: int,
    since: date,
    document: str | None,
    reason: str,
    bar: Bar | None = None,
) -> dict[str, Any]:
    """Take an enterprise off the list from a day on; the shape of what the span now is."""
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        row = locked(work, number)
        return _left(work, take_off(work, row, since, document, reason, bar))


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
        return _left(work, shift(work, row, replace(said, uscc=row.uscc)))


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


# --- steps within a transaction, the books locked --------------------------------------------------


def place(work: Work, said: Listing) -> Row[Any]:
    """Enter a span; its row."""
    span = checked(work, said)
    require_free(work.connection, span)
    row = _entered(work, "listed", span)
    work.audit("listing.enter", f"listing/{row.id}", span.grounds, _said(span))
    return row


def take_off(
    work: Work, row: Row[Any], since: date, document: str | None, reason: str, bar: Bar | None
) -> Row[Any]:
    """End a span; the row that follows it, or itself where it counts as never listed."""
    require_near(work.desk, since, "from")
    until, kind = _bar(work.desk.listing_policy(), since, bar)
    last = ended(listings.listing(row), since, document, reason, until, kind)
    listings.supersede(work.connection, row.id, work.at, work.caller.name, reason)
    if last is None:
        _told(work, "ended", listings.listing(row))
        after = _row(work.connection, row.id)
    else:
        after = _entered(work, "ended", last)
    work.audit("listing.end", f"listing/{row.id}", reason, _said(listings.listing(after)))
    return after


def shift(work: Work, row: Row[Any], said: Listing) -> Row[Any]:
    """End a span the day before another begins, and enter that; its row."""
    before = listings.listing(row)
    span = checked(work, replace(said, listed_until=said.listed_until or before.listed_until))
    if span.category == before.category:
        raise InputError(f"category: it is in category {before.category} already")
    document, reason = span.document or "", span.grounds or ""
    last = ended(before, span.listed_from, document, reason)
    if last is None:
        raise InputError("from: on its first day a listing is ended, and another one entered")
    listings.supersede(work.connection, row.id, work.at, work.caller.name, reason)
    _entered(work, "ended", last)
    require_free(work.connection, span)
    following = _entered(work, "listed", span)
    data = _said(span) | {"from_category": before.category}
    work.audit("listing.move", f"listing/{following.id}", reason, data)
    return following


def checked(work: Work, said: Listing) -> Listing:
    """A span whose enterprise, category and days are known to be right."""
    if listings.owner(work.connection, work.caller.districts, said.uscc) is None:
        raise NotFound(f"there is no enterprise {said.uscc}")
    require_near(work.desk, said.listed_from, "listed_from")
    last = said.listed_until
    if last is not None and not said.listed_from <= last <= said.listed_from + _LONGEST:
        raise InputError("listed_until lies on or after listed_from, 50 years after it at most")
    return replace(said, category=category(work.desk.listing_policy(), said.category))


def require_near(desk: Desk, day: date, name: str) -> None:
    """Raise InputError for a day that no list reaches."""
    if not EARLIEST <= day <= civil_date(desk.now(), desk.zone) + _AHEAD:
        raise InputError(f"{name} lies between {EARLIEST.year} and {_AHEAD.days} days from now")


def require_free(connection: Connection, span: Listing) -> None:
    """Raise Conflict where another span of the enterprise has a day in common, naming it."""
    other = in_the_way(listings.of(connection, span.uscc), span.listed_from, span.listed_until)
    if other is not None:
        until = f"until {other.listed_until}" if other.listed_until else "without an end"
        raise Conflict(
            f"listing {other.id} is in the way: category {other.category} from {other.listed_from} "
            f"{until}; end or move that one"
        )


def category(policy: Policy, text: str) -> str:
    """The code of a category however it is written; InputError names those that there are."""
    code = checks.category(text.strip())
    if policy.categories.get(code) is None:
        known = ", ".join(policy.categories.by_code)
        raise InputError(f"category: there is no {code}; there are: {known}")
    return code


def _bar(policy: Policy, since: date, bar: Bar | None) -> tuple[date | None, str | None]:
    if bar is None or (bar.kind is None and bar.until is None):
        return None, None
    if bar.until is not None:
        if not since <= bar.until <= since + _LONGEST:
            raise InputError("bar_until lies on or after the day of the removal, 50 years at most")
        return bar.until, bar.kind
    assert bar.kind is not None, "else there is an end"
    if bar.kind not in policy.bars:
        known = ", ".join(policy.bars) or "none; name bar_until"
        raise InputError(f"bar_kind: {bar.kind} is not configured; there are: {known}")
    return months_after(since, policy.bars[bar.kind]) - timedelta(days=1), bar.kind


def _entered(work: Work, change: str, span: Listing) -> Row[Any]:
    number = listings.add(work.connection, span, work.at, work.caller.name)
    _told(work, change, span)
    return _row(work.connection, number)


def _told(work: Work, change: str, span: Listing) -> None:
    books.note_change(work.connection)
    owner = listings.owner(work.connection, (), span.uscc)
    outbox.publish(work.connection, [listings.event(change, span, owner, work.at)])


def _said(span: Listing) -> dict[str, Any]:
    """What of a span stands in the audit trail."""
    return {
        "uscc": span.uscc,
        "category": span.category,
        "listed_from": span.listed_from.isoformat(),
        "listed_until": _day(span.listed_until),
        "document": span.end_document or span.document,
    }


def _row(connection: Connection, number: int) -> Row[Any]:
    row = listings.get(connection, (), number)
    assert row is not None, "entered a moment ago"
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
        "listed_until": _day(row.listed_until),
        "document": row.document,
        "grounds": row.grounds,
        "end_document": row.end_document,
        "end_reason": row.end_reason,
        "bar_until": _day(row.bar_until),
        "bar_kind": row.bar_kind,
        "recorded_at": rfc3339(row.recorded_at, zone),
        "recorded_by": row.recorded_by,
        "superseded": superseded,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

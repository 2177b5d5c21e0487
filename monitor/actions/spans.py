"""Spans of the positive list entered, ended, moved: in the caller's transaction, the books locked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.clock import civil_date
from monitor.errors import Conflict, NotFound
from monitor.positive import Policy, ended, in_the_way, months_after
from monitor.register import Listing
from monitor.registry import checks
from monitor.store import Connection, Row, books, listings, outbox
from monitor.task import InputError

EARLIEST = date(2000, 1, 1)
_AHEAD = timedelta(days=366)
_LONGEST = timedelta(days=366 * 50)


@dataclass(frozen=True, slots=True)
class Bar:
    """How long an enterprise stays off the list: until a day, or as it is configured for a kind."""

    kind: str | None = None
    until: date | None = None


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
        "listed_until": day_text(span.listed_until),
        "document": span.end_document or span.document,
    }


def _row(connection: Connection, number: int) -> Row[Any]:
    row = listings.get(connection, (), number)
    assert row is not None, "entered a moment ago"
    return row


def day_text(day: date | None) -> str | None:
    """A day as JSON has it."""
    return None if day is None else day.isoformat()

"""Spans of the list: which is in the way of which, how one ends, how long a bar lasts. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from monitor.register import Listing
from monitor.task import InputError

_EVER = date.max


def in_the_way(listings: Iterable[Listing], first: date, last: date | None) -> Listing | None:
    """The earliest span that has a day in common with [first, last]; last None = open."""
    touching = [
        each
        for each in listings
        if each.listed_from <= (last or _EVER) and first <= (each.listed_until or _EVER)
    ]
    return min(touching, key=lambda each: (each.listed_from, each.id), default=None)


def ended(
    listing: Listing,
    since: date,
    document: str | None,
    reason: str,
    bar_until: date | None = None,
    bar_kind: str | None = None,
) -> Listing | None:
    """A span as it is when the enterprise is off the list from `since` on.

    None where that is the span's first day: then it counts as never listed. Raises InputError for a
    day before it, or one on which it has ended anyway.
    """
    if since < listing.listed_from:
        raise InputError(f"from: it is listed from {listing.listed_from} only")
    if listing.listed_until is not None and since > listing.listed_until:
        raise InputError(f"from: its last day is {listing.listed_until} already")
    if since == listing.listed_from:
        if bar_until is not None:
            raise InputError("from: what counts as never listed bars nothing; end it a day later")
        return None
    return replace(
        listing,
        listed_until=since - timedelta(days=1),
        end_document=document,
        end_reason=reason,
        bar_until=bar_until,
        bar_kind=bar_kind,
    )


def months_after(day: date, months: int) -> date:
    """The same day of a month so many later (before, where negative), or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

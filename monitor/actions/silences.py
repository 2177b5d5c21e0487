"""Silencing alerts for a time (静默), and ending that."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from monitor import silence
from monitor.actions.desk import Desk, Work
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.silence import Matcher
from monitor.store import silences
from monitor.task import InputError
from monitor.tokens import Caller, Right


def enter(
    desk: Desk,
    caller: Caller,
    matcher: Matcher,
    reason: str,
    starts_at: datetime | None,
    ends_at: datetime,
) -> dict[str, Any]:
    """A silence from now or later, of alerts within the caller's districts."""
    matcher.check()
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        start = starts_at or work.at
        silence.check_span(start, ends_at, work.at, desk.longest_silence())
        home = _home(work, matcher)
        if caller.districts:
            matcher = replace(matcher, district=home)
        values = asdict(matcher) | {
            "reason": reason,
            "home": home,
            "starts_at": start,
            "ends_at": ends_at,
            "created_at": work.at,
            "created_by": caller.name,
        }
        number = silences.add(work.connection, values)
        silences.apply(work.connection, work.at)
        said = {name: value for name, value in asdict(matcher).items() if value is not None}
        work.audit("silence.create", f"silence/{number}", reason, said)
        return _left(work, number)


def _home(work: Work, matcher: Matcher) -> str | None:
    """The district that a silence is about; None where it is about all of them.

    Raises NotFound where it names an enterprise or outlet out of reach, InputError where the caller has
    several districts and it is not said which.
    """
    home = matcher.district
    if matcher.uscc is not None:
        enterprise = work.books.enterprise(matcher.uscc)
        if enterprise is None or not work.caller.sees(enterprise.district):
            raise NotFound(f"there is no enterprise {matcher.uscc}")
        home = enterprise.district
    if matcher.mn is not None:
        owner = work.books.owner(matcher.mn)
        if owner is None or not work.caller.sees(owner.district):
            raise NotFound(f"there is no outlet {matcher.mn}")
        if matcher.uscc not in (None, owner.uscc):
            raise InputError(f"outlet {matcher.mn} is not of enterprise {matcher.uscc}")
        home = owner.district
    if matcher.district not in (None, home):
        raise InputError(f"district: it is {home} where that is")
    reach = work.caller.districts
    if home is None and len(reach) == 1:
        home = reach[0]
    if not work.caller.sees(home):
        raise InputError("district must name one of the token's districts")
    return home


def end(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """End a silence now, or before it began; it stays to be read. Only whose is it within reach."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = silences.find(work.connection, number, caller.districts, lock=True)
        if row is None:
            raise NotFound(f"there is no silence {number}")
        work.seen(fingerprint(silences.shape(row, desk.zone, work.at)))
        if not caller.sees(row.home):
            raise Forbidden("a silence of all districts is ended by who has all of them")
        if row.ends_at <= work.at:
            raise Conflict(f"silence {number} is over already")
        values = {"ends_at": work.at, "ended_at": work.at, "ended_by": caller.name}
        silences.change(work.connection, number, values)
        work.audit("silence.end", f"silence/{number}")
        return _left(work, number)


def _left(work: Work, number: int) -> dict[str, Any]:
    row = silences.find(work.connection, number, work.caller.districts)
    assert row is not None, "entered a moment ago"
    shaped = silences.shape(row, work.desk.zone, work.at)
    work.leaves(f"silences/{number}", fingerprint(shaped))
    return shaped

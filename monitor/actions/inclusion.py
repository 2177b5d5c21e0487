"""Looking at conditions of inclusion (纳入条件), and the monthly review (按月复核): reading only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from monitor.actions.desk import Desk
from monitor.actions.listings import shape
from monitor.actions.spans import category, require_near
from monitor.clock import civil_date
from monitor.errors import NotFound
from monitor.positive import Answer, Condition, Facts, Outcome, Statement, check, failed
from monitor.positive.spans import months_after
from monitor.store import Connection, Row, inclusion, listings, proposals
from monitor.tokens import Caller, Right


def answers(
    desk: Desk,
    connection: Connection,
    at: datetime,
    uscc: str,
    code: str,
    on: date,
    stated: Mapping[Condition, Statement] | None = None,
) -> list[Answer]:
    """Every condition of a category for a listing from a day on; of a later day, by what is known now."""
    policy = desk.listing_policy()
    day = min(on, civil_date(at, desk.zone))
    known = inclusion.facts(connection, [uscc], day, policy.conditions, desk.zone)[uscc]
    if known.bar_until is not None and known.bar_until < on:
        known = replace(known, bar_until=None)  # over by the day of the listing
    return _check(desk, code, known, day, stated)


def of_enterprise(
    desk: Desk, caller: Caller, uscc: str, code: str, on: date | None
) -> dict[str, Any]:
    """The check of an enterprise for a category on a day (today); NotFound out of reach."""
    caller.require(Right.READ)
    code, at = category(desk.listing_policy(), code), desk.now()
    day = on or civil_date(at, desk.zone)
    require_near(desk, day, "on")
    with desk.store.read() as connection:
        if listings.owner(connection, caller.districts, uscc) is None:
            raise NotFound(f"there is no enterprise {uscc}")
        found = answers(desk, connection, at, uscc, code, day)
    outcomes = {each.outcome for each in found}
    meets = None if Outcome.UNKNOWN in outcomes else True
    return {
        "uscc": uscc,
        "category": code,
        "on": day.isoformat(),
        "meets": False if Outcome.FAILS in outcomes else meets,
        "conditions": [answer_shape(each) for each in found],
    }


@dataclass(frozen=True, slots=True)
class Month:
    """A month under review."""

    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return months_after(self.first, 1) - timedelta(days=1)


def review(
    desk: Desk,
    caller: Caller,
    month: Month,
    limit: int,
    after: tuple[str, int] | None = None,
) -> tuple[list[dict[str, Any]], list[Row[Any]]]:
    """What is due for review of the spans that hold in a month, and a page of these and one more.

    A span is due when it runs out in the month or shortly after, when a condition fails, or when a
    proposal about its enterprise is open. Conditions are those of today, or of a past month's end.
    """
    caller.require(Right.READ)
    policy = desk.listing_policy()
    on = min(month.last, civil_date(desk.now(), desk.zone))
    soon = month.last + timedelta(days=policy.expiring_days)
    with desk.store.read() as connection:
        rows = listings.listed(
            connection, caller.districts, month.first, month.last, limit + 1, after
        )
        usccs = sorted({row.uscc for row in rows[:limit]})
        known = inclusion.facts(connection, usccs, on, policy.conditions, desk.zone)
        open_ = proposals.open_of(connection, usccs)
    due = [_due(desk, row, known[row.uscc], open_, on, soon) for row in rows[:limit]]
    return [each for each in due if each["reasons"]], rows


def _due(
    desk: Desk,
    row: Row[Any],
    known: Facts,
    open_: Mapping[str, Sequence[int]],
    on: date,
    soon: date,
) -> dict[str, Any]:
    policy = desk.listing_policy()
    # of a listed enterprise it is the conditions that count, not whether it might come back
    known = replace(known, bar_until=None)
    found = _check(desk, row.category, known, on) if policy.categories.get(row.category) else []
    expires = row.listed_until is not None and row.listed_until <= soon
    numbers = list(open_.get(row.uscc, ()))
    fails = [answer_shape(each) for each in found if each.condition in failed(found)]
    reasons = {"expiring": expires, "failing": bool(fails), "proposed": bool(numbers)}
    return {
        "listing": shape(row, desk.zone, policy),
        "reasons": [name for name, holds in reasons.items() if holds],
        "failing": fails,
        "proposals": numbers,
    }


def _check(
    desk: Desk,
    code: str,
    known: Facts,
    on: date,
    stated: Mapping[Condition, Statement] | None = None,
) -> list[Answer]:
    policy = desk.listing_policy()
    found = policy.categories.by_code[code]
    return check(found, known, on, policy.conditions, stated, desk.language)


def answer_shape(answer: Answer) -> dict[str, Any]:
    """The JSON of how a condition stands."""
    return {
        "condition": answer.condition.value,
        "outcome": answer.outcome.value,
        "why": answer.why,
        "records": [dict(each) for each in answer.records],
    }

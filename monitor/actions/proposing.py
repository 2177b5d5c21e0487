"""What a proposal asks for: held against list and conditions, and carried out; in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.actions import spans
from monitor.actions.desk import Work
from monitor.actions.inclusion import answer_shape, answers
from monitor.actions.spans import Bar
from monitor.errors import Conflict
from monitor.positive import (
    Answer,
    Condition,
    ListChange,
    Outcome,
    ProposalState,
    Statement,
)
from monitor.register import Listing
from monitor.store import Connection, Row, listings
from monitor.task import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What somebody proposes: for `add` and `move` the span that shall be, for `remove` since when."""

    change: ListChange
    uscc: str
    since: date
    until: date | None = None
    category: str | None = None
    document: str | None = None
    grounds: str
    stated: Mapping[Condition, tuple[bool, str]] | None = None
    """Of `add`: what the clerk states of conditions that no record knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The city's approval: by which document, and why, where a condition fails."""

    document: str
    reason: str | None = None
    since: date | None = None
    """Another first day than was proposed."""
    bar: Bar | None = None


def row_values(work: Work, said: Proposed) -> dict[str, Any]:
    """The row of a proposal that can be done as things are."""
    span = _holding(work.connection, said.uscc, said.since)
    values: dict[str, Any] = {
        "change": said.change.value,
        "state": ProposalState.PROPOSED.value,
        "uscc": said.uscc,
        "listing": span.id if span else None,
        "category": None,
        "from_day": said.since,
        "until_day": said.until,
        "document": said.document,
        "grounds": said.grounds,
        "proposed_at": work.at,
        "proposed_by": work.caller.name,
    }
    if said.change is ListChange.ADD:
        wanted = spans.checked(work, _span(said.uscc, said.since, said))
        spans.require_free(work.connection, wanted)
        stated = _stated(said, work.caller.name)
        found = _check(work, said.uscc, wanted.category, said.since, stated)
        return values | {
            "category": wanted.category,
            "stated": {
                name.value: [each.holds, each.words, each.by] for name, each in stated.items()
            },
            "inclusion": [answer_shape(each) for each in found],
        }
    if span is None:
        raise Conflict(f"{said.uscc} is not listed on {said.since}")
    if said.change is ListChange.MOVE:
        wanted = spans.checked(work, _span(said.uscc, said.since, said))
        values["category"] = wanted.category
    return values


def _span(uscc: str, since: date, said: Any) -> Listing:
    if said.category is None:
        raise InputError("category: name the one that it shall be listed in")
    return Listing(uscc=uscc, category=said.category, listed_from=since, listed_until=said.until)


def _stated(said: Proposed, by: str) -> dict[Condition, Statement]:
    return {
        name: Statement(holds, words, by) for name, (holds, words) in (said.stated or {}).items()
    }


def still_fit(work: Work, row: Row[Any], since: date, reason: str | None) -> list[dict[str, Any]]:
    """The check of inclusion as it is on the day of the decision."""
    stated = {Condition(name): Statement(*said) for name, said in (row.stated or {}).items()}
    found = _check(work, row.uscc, row.category, since, stated)
    failed = [each.condition.value for each in found if each.outcome is Outcome.FAILS]
    if failed and reason is None:
        raise InputError(
            f"reason: {', '.join(failed)} fail; say why it is listed all the same, or reject it"
        )
    return [answer_shape(each) for each in found]


def _check(
    work: Work, uscc: str, code: str, since: date, stated: Mapping[Condition, Statement]
) -> list[Answer]:
    return answers(work.desk, work.connection, work.at, uscc, code, since, stated)


def carry_out(work: Work, row: Row[Any], since: date, said: Decision) -> Row[Any]:
    """Change the list as proposed; the row that came of it."""
    span = Listing(
        uscc=row.uscc,
        category=row.category or "",
        listed_from=since,
        listed_until=row.until_day,
        document=said.document,
        grounds=row.grounds,
    )
    if row.change == ListChange.ADD:
        return spans.place(work, span)
    before = _holding(work.connection, row.uscc, since)
    if before is None:
        raise Conflict(f"{row.uscc} is not listed on {since} any more; reject the proposal")
    held = listings.get(work.connection, (), before.id, lock=True)
    assert held is not None, "the books are locked"
    if row.change == ListChange.MOVE:
        return spans.shift(work, held, span)
    return spans.take_off(work, held, since, said.document, said.reason or row.grounds, said.bar)


def _holding(connection: Connection, uscc: str, on: date) -> Listing | None:
    """The span that holds on a day: the latest begun, as the register has it."""
    held = [each for each in listings.of(connection, uscc) if each.holds(on)]
    return held[-1] if held else None

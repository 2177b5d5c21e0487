"""Proposals for the positive list: a county proposes, the city decides, the clock suggests; audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from monitor.actions import listings as list_actions
from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk, Work
from monitor.actions.inclusion import answer_shape, answers
from monitor.actions.listings import Bar, require_city
from monitor.clock import civil_date, rfc3339
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.positive import STEPS, Answer, Condition, ListChange, Outcome, ProposalState, Statement
from monitor.register import Listing
from monitor.store import Connection, Row, books, listings, proposals
from monitor.task import InputError
from monitor.tokens import Caller, Right

_AT_ONCE = 200
_SUGGESTED = {
    "zh": "任务 {task} 的现场核查确认违法：建议移出正面清单",
    "en": "the on-site verification of task {task} confirmed a violation: removal is suggested",
}


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


def propose(desk: Desk, caller: Caller, said: Proposed) -> dict[str, Any]:
    """Enter a proposal; its shape. Raises Conflict where one is open, or it cannot be done."""
    with desk.transaction(caller, Right.DIRECT) as work:
        if listings.owner(work.connection, caller.districts, said.uscc) is None:
            raise NotFound(f"there is no enterprise {said.uscc}")
        values = _values(work, said)
        number = proposals.add(work.connection, values)
        if number is None:
            other = proposals.open_one(work.connection, said.uscc, said.change)
            raise Conflict(f"proposal {other} is open for the same; decide or withdraw that first")
        data = {"uscc": said.uscc, "change": said.change.value, "category": values["category"]}
        work.audit("listing-proposal.enter", f"listing-proposal/{number}", said.grounds, data)
        return _left(work, number)


def approve(desk: Desk, caller: Caller, number: int, said: Decision) -> dict[str, Any]:
    """Do what is proposed, by the deciding document; the proposal's shape.

    Raises InputError where a condition of inclusion fails and no reason is given.
    """
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        books.lock(work.connection)
        row = _open(work, number, "approve")
        since = said.since or row.from_day
        inclusion = None
        if row.change == ListChange.ADD:
            inclusion = _still_fit(work, row, since, said.reason)
        made = _carry_out(work, row, since, said)
        values = proposals.state_values(ProposalState.APPROVED, work.at, caller.name) | {
            "from_day": since,
            "decision_document": said.document,
            "decision_reason": said.reason,
            "decision_inclusion": inclusion,
            "result": made.id,
        }
        proposals.change(work.connection, number, values)
        data = {"document": said.document, "listing": made.id}
        work.audit("listing-proposal.approve", f"listing-proposal/{number}", said.reason, data)
        return _left(work, number)


def reject(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Decide against a proposal; its shape."""
    require_city(caller)
    with desk.transaction(caller, Right.DIRECT) as work:
        _open(work, number, "reject")
        _settle(work, number, ProposalState.REJECTED, reason)
        work.audit("listing-proposal.reject", f"listing-proposal/{number}", reason)
        return _left(work, number)


def withdraw(desk: Desk, caller: Caller, number: int, reason: str) -> dict[str, Any]:
    """Take a proposal back: who made it, or the city; its shape."""
    with desk.transaction(caller, Right.DIRECT) as work:
        row = _open(work, number, "withdraw")
        if caller.districts and row.proposed_by != caller.name:
            raise Forbidden("it is withdrawn by who proposed it, or by the city")
        _settle(work, number, ProposalState.WITHDRAWN, reason)
        work.audit("listing-proposal.withdraw", f"listing-proposal/{number}", reason)
        return _left(work, number)


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A proposal's shape; NotFound out of reach."""
    caller.require(Right.READ)
    with desk.store.read() as connection:
        return shape(_found(connection, caller.districts, number), desk.zone)


def suggest(desk: Desk) -> int:
    """Propose the removal of who was found to violate the law while listed; returns how many.

    Once a task, and not while another removal of the enterprise is open: the city decides, and what it
    rejects is not suggested again.
    """
    with desk.transaction(SYSTEM, Right.DIRECT) as work:
        today = civil_date(work.at, desk.zone)
        made = 0
        for row in proposals.to_suggest(work.connection, today, _AT_ONCE):
            grounds = _SUGGESTED[desk.language].format(task=row.id)
            values = {
                "change": ListChange.REMOVE.value,
                "state": ProposalState.PROPOSED.value,
                "uscc": row.uscc,
                "listing": row.listing,
                "from_day": today,
                "grounds": grounds,
                "task": row.id,
                "proposed_at": work.at,
                "proposed_by": SYSTEM.name,
            }
            number = proposals.add(work.connection, values)
            if number is not None:  # else another worker has, or a task before in this round
                made += 1
                data = {"uscc": row.uscc, "task": row.id}
                thing = f"listing-proposal/{number}"
                work.audit("listing-proposal.suggest", thing, grounds, data)
    return made


# --- parts ----------------------------------------------------------------------------------------


def _values(work: Work, said: Proposed) -> dict[str, Any]:
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
        wanted = list_actions.checked(work, _span(said.uscc, said.since, said))
        list_actions.require_free(work.connection, wanted)
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
        wanted = list_actions.checked(work, _span(said.uscc, said.since, said))
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


def _still_fit(work: Work, row: Row[Any], since: date, reason: str | None) -> list[dict[str, Any]]:
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


def _carry_out(work: Work, row: Row[Any], since: date, said: Decision) -> Row[Any]:
    """ListChange the list as proposed; the row that came of it."""
    span = Listing(
        uscc=row.uscc,
        category=row.category or "",
        listed_from=since,
        listed_until=row.until_day,
        document=said.document,
        grounds=row.grounds,
    )
    if row.change == ListChange.ADD:
        return list_actions.place(work, span)
    before = _holding(work.connection, row.uscc, since)
    if before is None:
        raise Conflict(f"{row.uscc} is not listed on {since} any more; reject the proposal")
    held = listings.get(work.connection, (), before.id, lock=True)
    assert held is not None, "the books are locked"
    if row.change == ListChange.MOVE:
        return list_actions.shift(work, held, span)
    return list_actions.take_off(
        work, held, since, said.document, said.reason or row.grounds, said.bar
    )


def _holding(connection: Connection, uscc: str, on: date) -> Listing | None:
    """The span that holds on a day: the latest begun, as the register has it."""
    held = [each for each in listings.of(connection, uscc) if each.holds(on)]
    return held[-1] if held else None


def _open(work: Work, number: int, step: str) -> Row[Any]:
    """A proposal that a step may be taken with, held until the transaction ends."""
    row = _found(work.connection, work.caller.districts, number, lock=True)
    work.seen(fingerprint(shape(row, work.desk.zone)))
    if row.state != STEPS[step].before:
        raise Conflict(f"proposal {number} is {row.state} already")
    return row


def _found(
    connection: Connection, reach: Sequence[str], number: int, *, lock: bool = False
) -> Row[Any]:
    row = proposals.get(connection, reach, number, lock=lock)
    if row is None:
        raise NotFound(f"there is no proposal {number}")
    return row


def _settle(work: Work, number: int, state: ProposalState, reason: str) -> None:
    values = proposals.state_values(state, work.at, work.caller.name)
    proposals.change(work.connection, number, values | {"decision_reason": reason})


def _left(work: Work, number: int) -> dict[str, Any]:
    shaped = shape(_found(work.connection, (), number), work.desk.zone)
    work.leaves(f"positive-list/proposals/{number}", fingerprint(shaped))
    return shaped


def shape(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a proposal's row with its enterprise."""
    decision = None
    if row.decided_at is not None:
        decision = {
            "at": rfc3339(row.decided_at, zone),
            "by": row.decided_by,
            "document": row.decision_document,
            "reason": row.decision_reason,
            "inclusion": row.decision_inclusion,
            "listing": row.result,
        }
    return {
        "id": row.id,
        "change": row.change,
        "state": row.state,
        "uscc": row.uscc,
        "name": row.name,
        "district": row.district,
        "listing": row.listing,
        "category": row.category,
        "from": row.from_day.isoformat(),
        "until": row.until_day.isoformat() if row.until_day else None,
        "document": row.document,
        "grounds": row.grounds,
        "inclusion": row.inclusion,
        "task": row.task,
        "proposed_at": rfc3339(row.proposed_at, zone),
        "proposed_by": row.proposed_by,
        "decision": decision,
        "publication": row.publication,
    }

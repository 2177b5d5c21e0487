"""Proposals for the positive list: a county proposes, the city decides; audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.actions.listings import require_city
from monitor.actions.proposing import Decision, Proposed, carry_out, row_values, still_fit
from monitor.clock import rfc3339
from monitor.errors import Conflict, Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.positive import STEPS, ListChange, ProposalState
from monitor.store import Connection, Row, books, listings, proposals
from monitor.tokens import Caller, Right


def propose(desk: Desk, caller: Caller, said: Proposed) -> dict[str, Any]:
    """Enter a proposal; its shape. Raises Conflict where one is open, or it cannot be done."""
    with desk.transaction(caller, Right.DIRECT) as work:
        if listings.owner(work.connection, caller.districts, said.uscc) is None:
            raise NotFound(f"there is no enterprise {said.uscc}")
        values = row_values(work, said)
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
            inclusion = still_fit(work, row, since, said.reason)
        made = carry_out(work, row, since, said)
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

"""Proposals for the positive list: a county proposes, the city decides."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from monitor.actions import proposals as actions
from monitor.actions.proposing import Decision, Proposed
from monitor.actions.spans import Bar
from monitor.api import listing_shapes as shapes
from monitor.api import paging
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.positive import Condition, ListChange, ProposalState
from monitor.store import proposals

routes = router("positive list")
_ONE = "/positive-list/proposals/{proposal_id}"


@routes.get("/positive-list/proposals", response_model=shapes.ProposalPage)
def list_proposals(
    tools: Tools,
    caller: Reader,
    state: ProposalState | None = None,
    change: ListChange | None = None,
    uscc: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Proposals within the token's districts, newest first."""
    before = paging.decode("proposals", cursor, int)
    with tools.desk.store.read() as connection:
        rows = proposals.listed(
            connection,
            caller.districts,
            limit + 1,
            before,
            state=state and state.value,
            change=change and change.value,
            uscc=uscc,
        )
    rows, following = paging.page(rows, limit, lambda row: paging.encode("proposals", row.id))
    return {"items": [actions.shape(row, tools.desk.zone) for row in rows], "next": following}


@routes.post(
    "/positive-list/proposals",
    response_model=shapes.Proposal,
    status_code=201,
    responses=problems(409, 415),
)
def propose_listing(tools: Tools, caller: Director, body: shapes.ProposalBody) -> Any:
    """Propose to list, remove or move an enterprise; one to list carries the check of its conditions."""
    said = Proposed(
        change=body.change,
        uscc=body.uscc.strip().upper(),
        since=body.from_,
        until=body.until,
        category=body.category,
        document=body.document,
        grounds=body.grounds,
        stated={Condition(each.condition): (each.holds, each.words) for each in body.stated},
    )
    return actions.propose(tools.desk, caller, said)


@routes.get(_ONE, response_model=shapes.Proposal)
def get_proposal(tools: Tools, caller: Reader, proposal_id: Id, response: Response) -> Any:
    """One proposal."""
    return paging.tagged(response, actions.one(tools.desk, caller, proposal_id))


@routes.post(f"{_ONE}/approve", response_model=shapes.Proposal, responses=problems(409, 415))
def approve_proposal(
    tools: Tools, caller: Director, proposal_id: Id, body: shapes.ApproveBody
) -> Any:
    """Decide for a proposal, which changes the list. It takes a token of the whole city."""
    said = Decision(
        document=body.document,
        reason=body.reason,
        since=body.from_,
        bar=Bar(body.bar_kind, body.bar_until),
    )
    return actions.approve(tools.desk, caller, proposal_id, said)


@routes.post(f"{_ONE}/reject", response_model=shapes.Proposal, responses=problems(409, 415))
def reject_proposal(
    tools: Tools, caller: Director, proposal_id: Id, body: shapes.ReasonBody
) -> Any:
    """Decide against a proposal. It takes a token of the whole city."""
    return actions.reject(tools.desk, caller, proposal_id, body.reason)


@routes.post(f"{_ONE}/withdraw", response_model=shapes.Proposal, responses=problems(409, 415))
def withdraw_proposal(
    tools: Tools, caller: Director, proposal_id: Id, body: shapes.ReasonBody
) -> Any:
    """Take a proposal back."""
    return actions.withdraw(tools.desk, caller, proposal_id, body.reason)

"""Suggestions: the clock proposes the removal of who violated the law while listed; audited."""

from __future__ import annotations

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk
from monitor.clock import civil_date
from monitor.positive import ListChange, ProposalState
from monitor.store import proposals
from monitor.tokens import Right

_AT_ONCE = 200
_SUGGESTED = {
    "zh": "任务 {task} 的现场核查确认违法：建议移出正面清单",
    "en": "the on-site verification of task {task} confirmed a violation: removal is suggested",
}


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

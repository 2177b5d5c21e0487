"""Proposals (拟纳入、拟移出): a county proposes, the city decides, the list is published. Pure.

proposed ──approve──▶ approved ──(publication)──▶ published
    ├────reject──▶ rejected
    └────withdraw──▶ withdrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ListChange(StrEnum):
    """What is proposed."""

    ADD = "add"
    """拟纳入."""
    REMOVE = "remove"
    """拟移出."""
    MOVE = "move"
    """拟调整类别."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Step:
    """What may be done with a proposal."""

    before: ProposalState
    after: ProposalState
    decides: bool
    """Whether it takes a token of the whole city; else who proposed may, and the city."""


STEPS = {
    "approve": Step(ProposalState.PROPOSED, ProposalState.APPROVED, decides=True),
    "reject": Step(ProposalState.PROPOSED, ProposalState.REJECTED, decides=True),
    "withdraw": Step(ProposalState.PROPOSED, ProposalState.WITHDRAWN, decides=False),
    "publish": Step(ProposalState.APPROVED, ProposalState.PUBLISHED, decides=True),
}
"""Every step by its name."""

"""The positive list (监督执法正面清单) and random draws (双随机): what is decided by which rules. Pure.

环执法发〔2020〕1号 says how the categories are treated when drawn, 环综合〔2020〕13号 which there are,
环办执法〔2021〕10号 made the list a standing one that is adjusted as enterprises change.
"""

from monitor.positive.categories import SHIPPED, Categories, Category, Treatment
from monitor.positive.conditions import Condition
from monitor.positive.draw import MOST_DRAWN, Drawn, draw
from monitor.positive.inclusion import (
    STATED,
    Answer,
    Conditions,
    Facts,
    Outcome,
    Statement,
    Visit,
    check,
    failed,
)
from monitor.positive.policy import Policy
from monitor.positive.proposal import STEPS, ListChange, ProposalState, Step
from monitor.positive.spans import ended, in_the_way, months_after

__all__ = [
    "MOST_DRAWN",
    "SHIPPED",
    "STATED",
    "STEPS",
    "Answer",
    "Categories",
    "Category",
    "Condition",
    "Conditions",
    "Drawn",
    "Facts",
    "ListChange",
    "Outcome",
    "Policy",
    "ProposalState",
    "Statement",
    "Step",
    "Treatment",
    "Visit",
    "check",
    "draw",
    "ended",
    "failed",
    "in_the_way",
    "months_after",
]

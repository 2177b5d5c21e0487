"""How marks are taken: every part of it is a setting. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.marks.allowances import Allowances, shipped
from monitor.marks.model import Deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Allowances, deadlines, and what becomes of an incinerator's day with marked hours in it."""

    allowances: Allowances = field(default_factory=shipped)
    deadlines: Deadlines = field(default_factory=Deadlines)
    part_marked_day: str = "hours"
    """`hours`: the mean of the valid hours that are not marked (order 10 art. 6: by HJ 212; how a
    part-marked day is computed it does not say); `reported`: as the device reports it; `day`: it is not
    judged."""

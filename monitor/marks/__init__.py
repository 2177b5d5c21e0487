"""Marks (数据标记): what enterprises, devices or the bureau say of a span of data, and what follows.

Announcement 2022 no. 21 (标记规则): data under a device mark is invalid; data under a condition mark of
the sector's rule is not used within the time that the rule allows. A mark is a report, no amnesty.
"""

from monitor.marks.accounting import INCINERATOR, Account, Guard, Refused, account
from monitor.marks.allowances import Allowance, Allowances, kind_of, parse, shipped
from monitor.marks.exemption import Exemptions, Ground, SeriesName, Span, hours_left
from monitor.marks.model import AUTOMATIC, OUT_OF_USE, Deadlines, Mark, MarkClass, from_flags
from monitor.marks.policy import Marking

__all__ = [
    "AUTOMATIC",
    "INCINERATOR",
    "OUT_OF_USE",
    "Account",
    "Allowance",
    "Allowances",
    "Deadlines",
    "Exemptions",
    "Ground",
    "Guard",
    "Mark",
    "MarkClass",
    "Marking",
    "Refused",
    "SeriesName",
    "Span",
    "account",
    "from_flags",
    "hours_left",
    "kind_of",
    "parse",
    "shipped",
]

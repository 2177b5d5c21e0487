"""What is judged together once it is due: a rule over windows alone, rules over curves by period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.observation import Period
from monitor.rules.base import CurveRule, Rule
from monitor.rules.power_base import PowerRule

POWER = "power"
"""The reason of hours of meters."""


@dataclass(frozen=True, slots=True)
class Due:
    """Rules whose spans are due together, under one reason, so that their data is loaded once."""

    reason: str
    period: Period
    rules: tuple[Rule, ...]

    @property
    def reads(self) -> frozenset[Period]:
        """The data that any of them looks at."""
        return frozenset(period for rule in self.rules for period in rule.reads)

    @property
    def trigger(self) -> frozenset[Period]:
        """What makes spans of any of them due at once."""
        return frozenset(period for rule in self.rules for period in rule.trigger)

    @property
    def over_curves(self) -> bool:
        """Whether what they say of a slot rests on slots before it."""
        return isinstance(self.rules[0], CurveRule)


def reason_of(rule: Rule) -> str:
    """The reason under which a rule's spans are due."""
    if isinstance(rule, PowerRule):
        return POWER
    return f"curves-{rule.period}" if isinstance(rule, CurveRule) else rule.due or rule.name


def grouped(rules: Iterable[Rule]) -> Mapping[str, Due]:
    """Rules by the reason under which they are due."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(reason_of(rule), []).append(rule)
    return {
        reason: Due(reason, members[0].period, tuple(members)) for reason, members in found.items()
    }

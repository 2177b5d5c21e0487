"""The shapes of rules and what they are worth, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from monitor.actions.alerts import Cause, Verdict
from monitor.api.schemas import Shape, Timestamp
from monitor.corroboration import Family

Outcome = Literal["remind", "screen", "verify"]


class Rule(Shape):
    """A rule and what follows of it (处置规程)."""

    name: str
    title: str
    """In the bureau's language."""
    ground: str
    """The clause it applies, or why an inspector looks there."""
    thresholds: dict[str, Any]
    outcome: Outcome | None
    """What its alerts ask for; null where that depends on the period."""
    outcome_by_period: dict[str, Outcome]
    family: Family | None
    """Alerts of other families about the same raise its alerts; null: it takes no part in that."""
    mutes: list[str]
    """Rules whose alerts are told to nobody while one of its own is open, at the same outlet."""


class RuleList(Shape):
    """Every rule."""

    items: list[Rule]
    next: None = None


class Yield(Shape):
    """What came of a rule's alerts."""

    rule: str
    alerts: int
    muted: int
    reminded: int
    replied: int
    screened: int
    verdicts: dict[Verdict, int]
    causes: dict[Cause, int]
    """Of those dismissed, where the screener said it."""
    tasks: int
    verified: int
    """Alerts whose visit was reported."""
    confirmed: int
    """Alerts whose visit confirmed them, if only in part."""
    yield_: float | None = Field(alias="yield")
    """confirmed / alerts."""
    precision: float | None
    """confirmed / verified."""
    noisy: bool
    """Of 20 screened alerts or more, less than 5 % were taken to a visit."""


class YieldTable(Shape):
    """Rules with alerts in a span, the noisiest first."""

    from_: Timestamp = Field(alias="from")
    to: Timestamp
    items: list[Yield]
    next: None = None

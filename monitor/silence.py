"""Silences (静默): for a time, alerts that a supervisor expects are told to nobody. Pure.

A silence quiets what is told (webhooks, chats, the stream), never the record, never a task, and never an
alert that asks for a visit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from monitor.alert import Outcome
from monitor.task import InputError

LONGEST = timedelta(days=30)
"""How long a silence may last unless the configuration says otherwise."""


class State(StrEnum):
    """Where a silence stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


def state(starts_at: datetime, ends_at: datetime, at: datetime) -> State:
    """A silence that holds in [starts_at, ends_at), at an instant."""
    if ends_at <= at:
        return State.EXPIRED
    return State.PENDING if starts_at > at else State.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Which alerts are meant: those that are like this in everything that is said."""

    uscc: str | None = None
    mn: str | None = None
    rule: str | None = None
    pollutant: str | None = None
    district: str | None = None

    def check(self) -> None:
        """Raise InputError unless it says an enterprise, an outlet or a rule: nobody silences a city."""
        if not (self.uscc or self.mn or self.rule):
            raise InputError("at least one of uscc, outlet and rule must be given")

    def matches(self, alert: Any) -> bool:
        """Whether an alert's row is meant; one that asks for a visit never is."""
        if alert.outcome == Outcome.VERIFY:
            return False
        return all(
            wanted is None or getattr(alert, name) == wanted
            for name, wanted in asdict(self).items()
        )

    @classmethod
    def of(cls, row: Any) -> Matcher:
        """What a silence's row matches."""
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})


def check_span(starts_at: datetime, ends_at: datetime, at: datetime, longest: timedelta) -> None:
    """Raise InputError unless a silence ends after it begins, not in the past, and is not too long."""
    if ends_at <= max(starts_at, at):
        raise InputError("until must lie behind from, and not in the past")
    if ends_at - starts_at > longest:
        raise InputError(f"a silence may last {longest.days} days at most")

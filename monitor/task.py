"""The life of a verification task (现场核查任务): states, steps, deadlines. Pure.

A task that is mandatory ends with a reported verification, confirmed by a supervisor, or with a
supervisor's reasoned withdrawal; there is no other way out.

    queued ──claim──▶ claimed ──complete──▶ reported ──close──▶ closed
      ▲                 │
      └──release────────┘      queued, claimed ──withdraw──▶ withdrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.errors import Conflict


class State(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    REPORTED = "reported"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.QUEUED, State.CLAIMED, State.SUSPENDED})
"""While a task of a matter is in one of these, further alerts of the matter join it."""


class Trigger(StrEnum):
    """What a task is about; with the enterprise it makes the matter."""

    EXCEEDANCE = "exceedance"
    SUSPICION = "suspicion"
    VIDEO = "video"
    DRONE = "drone"
    POWER = "power"
    REMOTE_SENSING = "remote_sensing"
    COMPLAINT = "complaint"
    MANUAL = "manual"


class Result(StrEnum):
    """What the officers found (核查结果)."""

    CONFIRMED = "confirmed"
    PARTLY_CONFIRMED = "partly_confirmed"
    NOT_CONFIRMED = "not_confirmed"
    DEVICE_FAULT = "device_fault"
    PRODUCTION_STOPPED = "production_stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One way from state to state: from where, to where, and the event that tells of it."""

    sources: frozenset[State]
    target: State
    event: str


STEPS: dict[str, Step] = {
    "claim": Step(frozenset({State.QUEUED}), State.CLAIMED, "task.claimed"),
    "release": Step(frozenset({State.CLAIMED}), State.QUEUED, "task.updated"),
    "expire": Step(frozenset({State.CLAIMED}), State.QUEUED, "task.updated"),
    "complete": Step(frozenset({State.CLAIMED}), State.REPORTED, "task.completed"),
    "close": Step(frozenset({State.REPORTED}), State.CLOSED, "task.closed"),
    "withdraw": Step(frozenset({State.QUEUED, State.CLAIMED}), State.WITHDRAWN, "task.withdrawn"),
}


def step(name: str, state: State) -> Step:
    """The step of a name from a state; raises Conflict, saying from where it may be taken."""
    found = STEPS[name]
    if state not in found.sources:
        allowed = ", ".join(sorted(found.sources))
        raise Conflict(f"a task that is {state} cannot be taken to `{name}`; it must be: {allowed}")
    return found


def priority(exceed_ratio: float | None) -> int:
    """1 (highest) to 5 from how far a limit was exceeded (超标倍数); 3 where there is no limit."""
    if exceed_ratio is None:
        return 3
    if exceed_ratio >= 1:
        return 1
    return 2 if exceed_ratio >= 0.5 else 3

"""The life of a verification task (现场核查任务): states, steps, deadlines. Pure.

A task that is mandatory ends with a reported verification, confirmed by a supervisor, or with a
supervisor's reasoned withdrawal; there is no other way out.

    queued ──claim──▶ claimed ──complete──▶ reported ──close──▶ closed
      ▲                 │
      └──release────────┘      queued, claimed ──withdraw──▶ withdrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.errors import Conflict, MonitorError


class State(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    REPORTED = "reported"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class InputError(MonitorError):
    """What was handed in cannot be right, however well it is formed."""


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
class Report:
    """What officers bring back from a visit (现场核查反馈)."""

    result: Result
    findings: str
    inspected_at: datetime
    officers: tuple[str, ...]

    def check(self, now: datetime) -> None:
        """Raise InputError unless somebody went, and not in the future."""
        if self.inspected_at > now + _CLOCKS_DIFFER:
            raise InputError("inspected_at lies in the future")
        if not any(officer.strip() for officer in self.officers):
            raise InputError("officers must name at least one officer")


_CLOCKS_DIFFER = timedelta(minutes=5)


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


_TRIGGERS = {
    "exceedance": Trigger.EXCEEDANCE,
    "forecast-exceedance": Trigger.EXCEEDANCE,
    "night-power": Trigger.POWER,
    "meter-dark": Trigger.POWER,
    "treatment-off": Trigger.POWER,
    "stop-order-breach": Trigger.POWER,
    "video-event": Trigger.VIDEO,
    "drone-finding": Trigger.DRONE,
    "hotspot": Trigger.REMOTE_SENSING,
    "complaint": Trigger.COMPLAINT,
}


def trigger(rule: str) -> Trigger:
    """What a task is about whose alert came from a rule; data rules raise 疑似异常."""
    return _TRIGGERS.get(rule, Trigger.SUSPICION)


def priority(exceed_ratio: float | None) -> int:
    """1 (highest) to 5 from how far a limit was exceeded (超标倍数); 3 where there is no limit."""
    if exceed_ratio is None:
        return 3
    if exceed_ratio >= 1:
        return 1
    return 2 if exceed_ratio >= 0.5 else 3

"""The life of a verification task (现场核查任务): states and steps. Pure.

`STEPS` is the whole of it; docs/api.md shows it as a table. A task that is mandatory ends with a
reported verification, confirmed by a second person, or with a supervisor's reasoned withdrawal; there
is no other way out.

    queued ──claim──▶ claimed ──complete──▶ reported ──close──▶ closed
      ▲ ▲               │                      │                  │
      │ └─release/return┘                      └──────reopen──────┤
      └───────────────────────────────────────────────────────────┘
    queued, claimed ──suspend──▶ suspended ──resume──▶ queued;  what is open ──withdraw──▶ withdrawn
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.errors import Conflict, MonitorError
from monitor.tokens import Right


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


class CheckKind(StrEnum):
    """What kind of inspection a visit is (检查类型)."""

    CASE = "case"
    """个案检查: after a complaint, a transfer, abnormal data; outside the yearly cap on inspections."""
    ROUTINE = "routine"
    """日常检查: by the yearly plan."""
    SPECIAL = "special"
    """专项检查: a campaign."""


@dataclass(frozen=True, slots=True)
class Report:
    """What officers bring back from a visit (现场核查反馈)."""

    result: Result
    findings: str
    inspected_at: datetime
    officers: tuple[str, ...]
    record: str | None = None
    """Number of the on-site record (现场检查笔录)."""
    check_code: str | None = None
    """The code shown on entry (检查码)."""

    def check(self, now: datetime) -> None:
        """Raise InputError unless two went, and not in the future.

        An inspection takes two officers with a licence at least (行政处罚法 art. 42).
        """
        if self.inspected_at > now + _CLOCKS_DIFFER:
            raise InputError("inspected_at lies in the future")
        if len({officer.strip() for officer in self.officers} - {""}) < _OFFICERS:
            raise InputError("officers must name two officers at least, by their licence numbers")


_CLOCKS_DIFFER = timedelta(minutes=5)
_OFFICERS = 2
HIGHEST_LEVEL = 2
"""Levels of escalation: 0 the district, 1 the city, 2 its head."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way from state to state: from where, to where, who may, and the event that tells of it.

    `target` None: the state stays. `by` None: the daemon's clock takes it.
    """

    sources: frozenset[State]
    target: State | None
    by: Right | None
    event: str = "task.updated"


_QUEUED, _CLAIMED = frozenset({State.QUEUED}), frozenset({State.CLAIMED})

STEPS: dict[str, Step] = {
    "claim": Step(_QUEUED, State.CLAIMED, Right.WORK, "task.claimed"),
    "release": Step(_CLAIMED, State.QUEUED, Right.WORK),
    "expire": Step(_CLAIMED, State.QUEUED, None),
    "return": Step(_CLAIMED, State.QUEUED, Right.WORK),
    "transfer": Step(OPEN, State.QUEUED, Right.DIRECT),
    "extend": Step(OPEN, None, Right.DIRECT),
    "suspend": Step(_QUEUED | _CLAIMED, State.SUSPENDED, Right.DIRECT),
    "resume": Step(frozenset({State.SUSPENDED}), State.QUEUED, Right.DIRECT),
    "escalate": Step(OPEN, None, Right.WORK),
    "complete": Step(_CLAIMED, State.REPORTED, Right.WORK, "task.completed"),
    "close": Step(frozenset({State.REPORTED}), State.CLOSED, Right.DIRECT, "task.closed"),
    "reopen": Step(frozenset({State.REPORTED, State.CLOSED}), State.QUEUED, Right.DIRECT),
    "fail-recheck": Step(frozenset({State.REPORTED, State.CLOSED}), State.QUEUED, Right.WORK),
    "withdraw": Step(OPEN, State.WITHDRAWN, Right.DIRECT, "task.withdrawn"),
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

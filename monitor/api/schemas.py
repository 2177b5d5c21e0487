"""The shapes of requests and answers, as the OpenAPI document names them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from monitor.actions.alerts import Verdict
from monitor.media import Kind
from monitor.reminder import State as ReminderState
from monitor.task import Result, State, Trigger


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains characters that cannot be stored")
    return text


def _record(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    if len(text) > _RECORD:
        raise ValueError(f"may have {_RECORD} characters at most")
    if "\\u0000" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains characters that cannot be stored")
    return document


_RECORD = 4000
Record = Annotated[dict[str, Any], AfterValidator(_record)]
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Storable = AfterValidator(_storable)
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Storable
]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), Storable
]


class Shape(BaseModel):
    """Anything that is answered."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Body(BaseModel):
    """Anything that is sent; keys that are not known are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class FieldFault(Shape):
    """One fault of a request."""

    where: str
    message: str


class Problem(Shape):
    """An error (RFC 9457)."""

    type: str
    """`urn:offsite-monitor:problem:…`, stable."""
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = None


# --- tasks ----------------------------------------------------------------------------------


class EnterpriseRef(Shape):
    """An enterprise, named."""

    uscc: str
    name: str
    district: str


class Place(Body):
    """A place in WGS-84."""

    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    address: Line | None = None


class ListingOn(Shape):
    """Whether an enterprise was on the positive list on the day of the act."""

    listed: bool
    category: str | None = None
    on: Day


class HistoryLine(Shape):
    """One thing that happened to a task."""

    at: Timestamp
    change: str
    actor: str
    reason: str | None
    data: dict[str, Any] | None


class AttachmentRef(Shape):
    """A file of a task; `GET` its link for the rest."""

    id: int
    kind: Kind
    sha256: str
    struck_out: bool
    links: dict[str, str | None]


class Task(Shape):
    """A verification task (现场核查任务)."""

    id: int
    state: State
    mandatory: bool
    trigger: Trigger
    priority: int
    """1 (highest) to 5."""
    enterprise: EnterpriseRef | None
    district: str | None
    place: dict[str, Any] | None
    outlets: list[str]
    alerts: list[int]
    reason: str
    listing: dict[str, Any]
    legal_basis: list[dict[str, Any]]
    queued_at: Timestamp
    due_at: Timestamp
    overdue_at: Timestamp | None
    claimed_by: str | None
    claimed_at: Timestamp | None
    lease_until: Timestamp | None
    result: dict[str, Any] | None
    version: int
    attachments: list[AttachmentRef]
    """Oldest first, those struck out too; an event has the last few."""
    history: list[HistoryLine]
    """What happened, oldest first; an event has the last few lines, without their data."""


class TaskDetail(Task):
    """A task and where its evidence lies."""

    links: dict[str, Any]


class TaskPage(Shape):
    """A page of the queue."""

    items: list[Task]
    next: str | None


class Change(Shape):
    """A change of a task, and the task as it was then."""

    change: str
    """The event's type without `task.`: `queued`, `claimed` …"""
    at: Timestamp
    task: Task


class ChangePage(Shape):
    """Changes in the order of their commits; `next` is always there."""

    items: list[Change]
    next: str


class Lease(Shape):
    """What the holder of a claim sends with the steps that follow."""

    token: str
    until: Timestamp


class Claimed(Shape):
    """A task and the lease on it."""

    task: Task
    lease: Lease


class NewTask(Body):
    """A task by hand: an enterprise or a place, and why."""

    uscc: Line | None = None
    """The enterprise; or else `place`."""
    place: Place | None = None
    district: Line | None = None
    """Of a place; may be left out by a token of one district."""
    trigger: Trigger = Trigger.MANUAL
    reason: Words
    priority: int = Field(3, ge=1, le=5)
    mandatory: bool = True
    due_at: Timestamp | None = None
    """A time with offset, or a date, whose end is meant."""


class ClaimBody(Body):
    """Which device claims."""

    device: Line | None = None


class LeaseBody(Body):
    """The lease that `claim` gave."""

    lease: Line


class ReleaseBody(LeaseBody):
    """The lease, and why it is given back."""

    reason: Words | None = None


class CompleteBody(LeaseBody):
    """What the officers found on site."""

    result: Result
    findings: Prose
    inspected_at: Timestamp
    officers: list[Name] = Field(min_length=1, max_length=10)
    case: Record | None = None
    """A case that was filed; kept with the report."""
    relief: Record | None = None
    """A relief that was granted; kept with the report."""


class ReasonBody(Body):
    """Why."""

    reason: Words


class MaybeReasonBody(Body):
    """Why, if there is something to say."""

    reason: Words | None = None


# --- alerts ---------------------------------------------------------------------------------


class Screening(Shape):
    """What a person decided."""

    verdict: Verdict
    reason: str
    by: str
    at: Timestamp


class ReminderRef(Shape):
    """A reminder, and how far it has come."""

    id: int
    state: ReminderState


class Alert(Shape):
    """An alert (报警): an episode of findings of one rule."""

    id: int
    rule: str
    outcome: Literal["remind", "screen", "verify"]
    state: str
    enterprise: EnterpriseRef | None
    outlet: str | None
    pollutant: str | None
    period: str | None
    start: Timestamp
    end: Timestamp | None
    cleared_at: Timestamp | None
    value: float | None
    limit: float | None
    exceed_ratio: float | None
    clause: str
    limit_verified: bool
    """Whether somebody has held the limit against the text of its source."""
    reason: str
    count: int
    task: int | None
    screening: Screening | None
    opened_at: Timestamp
    silent: bool
    """Of real-time or minute data that only came late: kept, told to nobody."""
    reminders: list[ReminderRef]
    """The latest reminders that it led to."""


class Finding(Shape):
    """One period that an alert is made of, and the frame it came in."""

    start: Timestamp
    end: Timestamp
    value: float
    limit: float
    exceed_ratio: float
    late: bool
    frame: int
    link: str


class AlertDetail(Alert):
    """An alert and what it is made of."""

    findings: list[Finding]


class AlertPage(Shape):
    """Alerts, newest first."""

    items: list[Alert]
    next: str | None


class ScreenBody(Body):
    """What becomes of an alert, and why."""

    verdict: Verdict
    reason: Words
    text: Words | None = None
    """With `remind`: what the enterprise reads; the alert's own sentence unless it is given."""

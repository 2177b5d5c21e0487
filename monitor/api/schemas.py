"""The shapes of requests and answers, as the OpenAPI document names them."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from monitor.actions.alerts import Cause, Verdict
from monitor.corroboration import Family
from monitor.follow_up import Kind as FollowUpKind
from monitor.media import Kind
from monitor.reminder import State as ReminderState
from monitor.starting import Kind as StartKind
from monitor.task import CheckKind, Result, State, Trigger


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains characters that cannot be stored")
    return text


def storable_json(document: Any) -> Any:
    """JSON of another system that is kept as it is, within bounds."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    if len(text) > _RECORD:
        raise ValueError(f"may have {_RECORD} characters at most")
    if "\\u0000" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains characters that cannot be stored")
    return document


_RECORD = 4000
Record = Annotated[dict[str, Any], AfterValidator(storable_json)]
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


class DeadlineFacts(Shape):
    """How a due time came about; it does not move when the calendar does."""

    term: str | None
    """`48 hours`, `3 working days` …; null: set by hand."""
    calendar: str | None
    """The version of the calendar it was counted with, where working days were."""
    provisional: bool
    """It reaches into a year whose holidays are not announced yet; counted again once they are."""


class StartCondition(Shape):
    """Why somebody goes (启动条件), as it was written down when the task was queued."""

    kind: StartKind
    rule: str | None
    alert: int | None
    text: str


class FollowUp(Shape):
    """Something that a report leads to."""

    id: int
    kind: FollowUpKind
    due_on: Day
    done_on: Day | None
    done_by: str | None
    passed: bool | None
    """Of a re-check."""


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
    start_condition: StartCondition | None
    """Null for tasks from before it was written down."""
    check_kind: CheckKind
    listing: dict[str, Any]
    legal_basis: list[dict[str, Any]]
    queued_at: Timestamp
    due_at: Timestamp
    deadline: DeadlineFacts
    overdue_at: Timestamp | None
    level: int
    """0 the district, 1 the city, 2 its head."""
    assigned_to: str | None
    """Who alone may claim it, beside supervisors."""
    returned_at: Timestamp | None
    """Since when it waits for a supervisor to hand it on."""
    suspended_at: Timestamp | None
    resume_at: Timestamp | None
    claimed_by: str | None
    claimed_at: Timestamp | None
    lease_until: Timestamp | None
    result: dict[str, Any] | None
    version: int
    follow_ups: list[FollowUp]
    """What has to follow the report, in order of time."""
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
    check_kind: CheckKind = CheckKind.CASE
    """`case` (个案检查) is outside the yearly cap on inspections."""
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
    officers: list[Name] = Field(min_length=2, max_length=10)
    """Two at least, by licence number (执法证号), with or without the name beside it."""
    record: Line | None = None
    """Number of the on-site record (现场检查笔录)."""
    check_code: Line | None = None
    """The code that was shown on entry (检查码)."""
    correct_by: date | None = None
    """By when the enterprise has to correct."""
    recheck_on: date | None = None
    """When somebody looks whether it has."""
    case: Record | None = None
    """A case that was filed (`filed_on`, `decided_on`: dates); kept with the report."""
    relief: Record | None = None
    """A relief that was granted; kept with the report."""


class ReasonBody(Body):
    """Why."""

    reason: Words


class TransferBody(ReasonBody):
    """To whom: an officer, who alone may claim it then, or another district, or both."""

    officer: Name | None = None
    district: Line | None = None


class ExtendBody(ReasonBody):
    """Until when."""

    due_at: Timestamp
    """A time with offset, or a date, whose end is meant."""


class SuspendBody(ReasonBody):
    """Until when at most; by default as long as `[tasks] suspend_days` says."""

    until: Timestamp | None = None


class ReopenBody(ReasonBody):
    """When it is due then; by default as a new task would be."""

    due_at: Timestamp | None = None


class DoneBody(Body):
    """What was done when."""

    on: date
    passed: bool | None = None
    """Of a re-check, which is not done without it; false opens the task again."""
    filed: bool = True
    """Of `file_case`: whether a case was filed, which has to be decided then."""
    reason: Words | None = None


class DeferBody(ReasonBody):
    """To which day."""

    due_on: date


class MaybeReasonBody(Body):
    """Why, if there is something to say."""

    reason: Words | None = None


class Feature(Shape):
    """A point (GeoJSON, RFC 7946)."""

    type: Literal["Feature"]
    id: int
    geometry: dict[str, Any]
    properties: dict[str, Any]


class FeatureCollection(Shape):
    """Points."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


class CalendarBody(Body):
    """What a calendar may tell."""

    details: bool = False
    """Name enterprises and reasons; left out by default, since the link may lie on a private phone."""


class CalendarLink(Shape):
    """A link for a calendar, without its secret."""

    id: int
    details: bool
    created_at: Timestamp


class NewCalendarLink(CalendarLink):
    """The same, with its path, this once."""

    path: str


class CalendarPage(Shape):
    """A token's links, all of them."""

    items: list[CalendarLink]
    next: str | None


# --- alerts ---------------------------------------------------------------------------------


class Screening(Shape):
    """What a person decided."""

    verdict: Verdict
    cause: Cause | None = None
    reason: str
    by: str
    at: Timestamp


class ReminderRef(Shape):
    """A reminder, and how far it has come."""

    id: int
    state: ReminderState


class Corroboration(Shape):
    """An alert of another family that bears one out (互证), and what that has changed."""

    alert: int
    rule: str
    family: Family
    start: Timestamp
    end: Timestamp | None
    before: Literal["remind", "screen", "verify"]
    after: Literal["remind", "screen", "verify"]
    stands: bool
    """False once it has no findings any more, or was dismissed."""


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
    source: str | None
    """Of what an eye saw: the adapter and its camera or aircraft."""
    label: str | None
    """Of what an eye saw: what it was, in the source's own word."""
    count: int
    task: int | None
    screening: Screening | None
    opened_at: Timestamp
    silent: bool
    """Of real-time or minute data that only came late: kept, told to nobody."""
    muted_by: dict[Literal["alert", "silence"], int] | None
    """Told to nobody because of another alert, or a silence: its number."""
    corroborated_by: list[Corroboration]
    """In order of time."""
    reminders: list[ReminderRef]
    """The latest reminders that it led to."""


class ScreenBody(Body):
    """What becomes of an alert, and why."""

    verdict: Verdict
    cause: Cause | None = None
    """With `dismiss`: the device, the data, a false alarm, or explained by the enterprise."""
    reason: Words
    text: Words | None = None
    """With `remind`: what the enterprise reads; the alert's own sentence unless it is given."""

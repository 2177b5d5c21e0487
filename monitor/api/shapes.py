"""Shapes of the rest: enterprises, observations, events, operation."""

from __future__ import annotations

from typing import Any, Literal

from monitor.api.complaint_shapes import Complaint
from monitor.api.listing_shapes import ListedSpan, Proposal
from monitor.api.mark_shapes import Mark
from monitor.api.power_shapes import EmergencyOrder
from monitor.api.record_shapes import Case, Relief, TypicalCase
from monitor.api.reminder_shapes import Reminder
from monitor.api.schemas import Alert, Day, Shape, Task, Timestamp
from monitor.api.survey_shapes import Survey
from monitor.positive import Treatment


class Enterprise(Shape):
    """A polluting entity (排污单位)."""

    uscc: str
    name: str
    district: str
    industry: str | None
    longitude: float | None
    latitude: float | None
    boundary: str | None
    key_unit: bool


class EnterprisePage(Shape):
    """Enterprises by credit code."""

    items: list[Enterprise]
    next: str | None


class Outlet(Shape):
    """A discharge point (排口)."""

    mn: str
    uscc: str
    code: str
    name: str | None
    medium: str
    standard: str | None
    reference_oxygen: float | None
    kind: str | None


class Limit(Shape):
    """What a pollutant of an outlet may not exceed."""

    mn: str
    pollutant: str
    period: str
    limit: float | None
    lower: float | None
    basis: str
    clause: str
    valid_from: Day
    valid_to: Day | None


class DrawnOf(Shape):
    """What a random draw was answered about an enterprise."""

    draw: int
    date: Day
    treatment: Treatment
    category: str | None
    ground: str


class EnterpriseFile(Enterprise):
    """One enterprise, one file (一企一档); of what grows without end the newest hundred."""

    outlets: list[Outlet]
    limits: list[Limit]
    listings: list[ListedSpan]
    """The spans on the positive list that hold in the books, past ones too, the earliest first."""
    listing_history: list[ListedSpan]
    """All that was ever entered of them, superseded or not, in the order in which it was."""
    proposals: list[Proposal]
    draws: list[DrawnOf]
    """What random draws (双随机) were answered about it."""
    alerts: list[Alert]
    tasks: list[Task]
    complaints: list[Complaint]
    surveys: list[Survey]
    cases: list[Case]
    reliefs: list[Relief]
    typical_cases: list[TypicalCase]
    emergency_orders: list[EmergencyOrder]
    marks: list[Mark]
    reminders: list[Reminder]


class Quality(Shape):
    """The form that the frame of a report had."""

    verdict: str
    """`clean`, `tolerated` (understood, with problems), or `assembled` of sub-packets."""
    edition: str | None
    """Of HJ 212: 2005, 2017, 2025."""
    crc: str | None
    """`hj212`, `modbus` or `modbus-swapped`."""
    encryption: str | None
    """The form in which it was encrypted, e.g. `sm4-raw`; null = in clear."""
    problems: list[str]
    """Stable names; `others` where they are not kept one by one."""


class Observation(Shape):
    """One pollutant over one span; `value` null = measured, but invalid or unreadable."""

    start: Timestamp
    end: Timestamp
    pollutant: str
    value: float | None
    min: float | None
    max: float | None
    total: float | None
    value_converted: float | None
    standard: float | None
    """Of a check (period `check`): what the standard sample holds; `value` is what was measured."""
    passed: bool | None
    """Of a check: the device's own judgement."""
    flag: str | None
    received_at: Timestamp
    late: bool
    frame: int
    quality: Quality | None
    """Null where it was not noted yet when the report came."""


class ObservationPage(Shape):
    """Observations by start and pollutant."""

    items: list[Observation]
    next: str | None


class Event(Shape):
    """What a webhook would have said, and its id."""

    id: str
    type: str
    timestamp: Timestamp
    data: dict[str, Any]


class EventPage(Shape):
    """Events in the order of their commits; `next` is always there."""

    items: list[Event]
    next: str


class FrameProblem(Shape):
    """How often a device's frames had a problem on a day."""

    day: Day
    adapter: str
    device: str
    problem: str
    count: int
    first_at: Timestamp
    last_at: Timestamp
    frame: int


class FrameProblemPage(Shape):
    """Problems, newest day first."""

    items: list[FrameProblem]
    next: str | None


class Frame(Shape):
    """The bytes as they came."""

    id: int
    source: str
    peer: str
    received_at: Timestamp
    device: str | None
    sent_at: Timestamp | None
    verdict: str
    problems: list[str]
    note: str
    size: int
    """Bytes that came."""
    raw: str
    """Base64; empty of a frame that is too long for the log."""
    text: str
    """The same as far as it is text (GB18030, which ASCII is part of)."""


class AuditEntry(Shape):
    """Who did what, when, to what, from where."""

    seq: int
    at: Timestamp
    actor: str
    action: str
    object: str
    origin: str | None
    data: dict[str, Any] | None
    previous: str
    hash: str


class AuditPage(Shape):
    """The trail from its beginning."""

    items: list[AuditEntry]
    next: str | None


class Health(Shape):
    """Alive."""

    status: Literal["alive"]


class Readiness(Shape):
    """What is ready and what is not."""

    ready: bool
    database: str
    adapters: dict[str, dict[str, Any]]

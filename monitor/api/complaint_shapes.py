"""The shapes of complaints, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from monitor.api.schemas import (
    Body,
    EnterpriseRef,
    Line,
    Name,
    Prose,
    Record,
    Shape,
    Storable,
    Timestamp,
    Words,
)
from monitor.complaint import Kind, State


class ComplaintPlace(Body):
    """A place in WGS-84."""

    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)


class ComplaintBody(Body):
    """A complaint to record, about an enterprise (`uscc`) or a `place`."""

    channel: Annotated[str, Field(max_length=32)]
    """One of `[complaints.channels]`."""
    received_at: Timestamp
    text: Prose
    """What is complained of. What stands in it of `reporter` is taken out before it is stored."""
    reporter: Record | None = None
    """Who complains: `name`, `phone`, `address` and whatever else is known. Left out: anonymous. It is
    kept sealed, and is in no other answer than that of `GET /complaints/{id}/reporter`."""
    reference: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$"), Storable] | None = None
    """The channel's own number; the same again is the same complaint."""
    uscc: Annotated[str, Field(max_length=100)] | None = None
    place: ComplaintPlace | None = None
    district: Name | None = None
    """Whose a place is that is nobody's; left out, the nearest enterprise's."""
    close_by: Timestamp | None = None
    """By when an upper level wants it closed, where that is sooner than the usual."""


class AcceptBody(Body):
    """A complaint is accepted."""

    reason: Words | None = None
    close_by: Timestamp | None = None
    """By when an upper level wants it closed, where that is sooner."""


class HandOnBody(Body):
    """To whom a complaint is handed on, one of both, and why."""

    district: Name | None = None
    """A district of the register; the open task goes with it."""
    body: Line | None = None
    """A body that is not one of ours, which deals with it from then on."""
    reason: Words


class PutOffBody(Body):
    """Until when closing is put off, and why."""

    due_at: Timestamp
    reason: Words


class CloseComplaintBody(Body):
    """What came of a complaint."""

    outcome: Words


class NearestEnterprise(Shape):
    """The enterprise that is nearest to a place that is nobody's."""

    name: str
    distance: float
    """Metres."""


class ComplaintDeadline(Shape):
    """What is owed by when; worked out once."""

    kind: Kind
    due_at: Timestamp
    term: str | None
    """`15 days`, `3 working days` …; null: set by hand."""
    calendar: str | None
    provisional: bool
    """It reaches into a year whose holidays are not announced yet."""
    settled_at: Timestamp | None
    """Since when it is owed no more."""
    overdue_at: Timestamp | None
    """When it was told that it is late."""


class Feedback(Shape):
    """When, by whom and how the reporter was told what came of it."""

    at: Timestamp
    by: str
    reason: str | None


class ComplaintStep(Shape):
    """One thing that happened to a complaint."""

    at: Timestamp
    step: str
    actor: str
    reason: str | None
    data: dict[str, Any] | None


class Complaint(Shape):
    """A complaint (信访举报), and nothing of who made it."""

    id: int
    state: State
    channel: str
    reference: str | None
    received_at: Timestamp
    enterprise: EnterpriseRef | None
    place: ComplaintPlace | None
    nearest: NearestEnterprise | None
    district: str | None
    text: str
    """〔举报人〕 stands where its reporter was named."""
    named: bool
    """The reporter gave a name (实名), and is owed feedback (Code art. 145–146)."""
    reporter_kept: bool
    """Who made it is known still."""
    alert: int | None
    task: int | None
    deadlines: list[ComplaintDeadline]
    outcome: str | None
    ended_at: Timestamp | None
    feedback: Feedback | None
    feedback_owed: bool
    recorded_at: Timestamp
    recorded_by: str
    history: list[ComplaintStep]


class ComplaintPage(Shape):
    """Complaints, the latest first."""

    items: list[Complaint]
    next: str | None


class Reporter(Shape):
    """Who made a complaint, and its text as it came."""

    reporter: dict[str, Any]
    text: str

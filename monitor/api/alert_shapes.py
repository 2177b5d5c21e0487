"""The JSON of alerts with what they are made of."""

from __future__ import annotations

from monitor.api.reminder_shapes import Reminder
from monitor.api.schemas import Alert, Shape, Timestamp
from monitor.api.sighting_shapes import Sighting


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
    sightings: list[Sighting]
    """Of what eyes saw: the first 50."""
    replies: list[Reminder]
    """What the enterprise has replied to reminders of it (自证), newest first, with its proof."""
    legal_basis: list[dict[str, str]]
    """法律依据: what was in force on the day on which it begins."""


class AlertPage(Shape):
    """Alerts, newest first."""

    items: list[Alert]
    next: str | None

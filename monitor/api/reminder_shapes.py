"""The shapes of reminders, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from monitor.api.attachment_shapes import Attachment
from monitor.api.schemas import Alert, Body, EnterpriseRef, Line, Shape, Timestamp, Words
from monitor.reminder import State


class NewReminderBody(Body):
    """A reminder by hand."""

    uscc: Line
    alert: Annotated[int, Field(ge=1, le=2**62)] | None = None
    """The alert that it is about, of the same enterprise."""
    text: Words
    """What the enterprise reads."""


class Reminder(Shape):
    """A reminder to an enterprise (提醒帮扶) and its reply."""

    id: int
    state: State
    enterprise: EnterpriseRef
    alert: int | None
    text: str
    created_by: str
    """`system`: recorded by itself."""
    created_at: Timestamp
    expires_at: Timestamp | None
    """Of the link; null while there is none."""
    answered_at: Timestamp | None
    reply: str | None
    attachments: list[Attachment]
    """What was sent with the reply."""


class LinkedReminder(Reminder):
    """A reminder with its link, which is shown this once."""

    link: str


class ReminderPage(Shape):
    """Reminders, newest first."""

    items: list[Reminder]
    next: str | None


class Screened(Alert):
    """An alert that was decided upon."""

    reminder: LinkedReminder | None
    """What the verdict `remind` made, with its link; null otherwise."""


FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["text"],
                    "properties": {
                        "text": {"type": "string", "maxLength": 2000},
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        },
                    },
                }
            }
        },
    }
}
"""The OpenAPI entry of the form by which an enterprise replies."""

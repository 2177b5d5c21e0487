"""The shapes of attachments, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Any

from monitor.api.schemas import Body, Shape, Timestamp, Words
from monitor.media import Kind


class StrikeOutBody(Body):
    """Why an attachment shall count no more."""

    reason: Words


class StruckOut(Shape):
    """When, by whom and why an attachment was struck out."""

    at: Timestamp
    by: str
    reason: str


class AttachmentLinks(Shape):
    """Where an attachment, its bytes and its smaller picture are."""

    attachment: str
    content: str
    thumbnail: str | None


class Attachment(Shape):
    """A file of a task, or of the reply to a reminder (影像资料)."""

    id: int
    task: int | None
    reminder: int | None
    sha256: str
    size: int
    type: str
    """By its bytes, whatever its sender said."""
    name: str
    kind: Kind
    note: str | None
    taken_at: Timestamp | None
    """As its sender said."""
    by: str
    at: Timestamp
    struck_out: StruckOut | None
    links: AttachmentLinks


class AttachmentPage(Shape):
    """Attachments, oldest first."""

    items: list[Attachment]
    next: str | None


FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "kind": {"type": "string", "enum": list(Kind)},
                        "note": {"type": "string", "maxLength": 2000},
                        "taken_at": {"type": "string", "format": "date-time"},
                    },
                }
            }
        },
    }
}
"""The OpenAPI entry of the form that attaches a file; it is read as it comes, by `bodies`."""

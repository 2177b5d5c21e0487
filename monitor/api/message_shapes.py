"""The shapes of contacts and messages, as the OpenAPI document names them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from monitor.api.schemas import Body, EnterpriseRef, Name, Shape, Timestamp, Words
from monitor.gateway import State


class ContactBody(Body):
    """Somebody to reach at an enterprise."""

    name: Name
    phone: Annotated[str, Field(max_length=20)]
    """A mobile, a landline with its area (`0551-60000000`), or one abroad (`+852…`)."""
    role: Name | None = None
    """What they are there, such as 环保负责人."""


Contacts = Annotated[list[ContactBody], Field(max_length=10)]
"""All contacts of an enterprise; the first is who messages go to."""


class Contact(Shape):
    """Somebody to reach at an enterprise (联系人)."""

    name: str
    phone: str
    role: str | None


class ContactList(Shape):
    """An enterprise's contacts; messages go to the first."""

    items: list[Contact]


class GuidanceBody(Body):
    """Guidance to enterprises (宣贯帮扶)."""

    usccs: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(min_length=1, max_length=1000),
    ]
    text: Words
    """What they read."""


class Guidance(Shape):
    """What became of it."""

    queued: int
    """So many messages will be sent."""
    without_contact: list[str]
    """Enterprises that have no contact: nothing is sent to them."""


class Message(Shape):
    """A message to an enterprise."""

    id: int
    enterprise: EnterpriseRef
    reminder: int | None
    """The reminder whose text and link it carries."""
    to: str
    """The phone of the first contact, as it was then."""
    text: str
    state: State
    """`sent`: the gateway has taken it."""
    attempts: int
    next_at: Timestamp | None
    """When it is tried (again)."""
    sent_at: Timestamp | None
    answer: str | None
    """Of the last try: status and beginning of the gateway's answer, or what prevented one."""
    recorded_at: Timestamp
    recorded_by: str


class MessagePage(Shape):
    """Messages, newest first."""

    items: list[Message]
    next: str | None

"""Shapes of subscriptions and deliveries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from monitor.api.schemas import Body, Line, Shape, Timestamp
from monitor.chat import Format


class Webhook(Shape):
    """A subscription."""

    id: int
    url: str
    types: list[str]
    districts: list[str]
    format: Format
    rate: int | None
    """Deliveries per minute; null: as fast as they are taken."""
    state: Literal["enabled", "disabled"]
    created_at: Timestamp
    failing_since: Timestamp | None
    old_secret_until: Timestamp | None
    """Until when a secret that was replaced signs too."""


class NewWebhook(Webhook):
    """A subscription and, this once, its secret."""

    secret: str


class WebhookPage(Shape):
    """Subscriptions."""

    items: list[Webhook]
    next: str | None


Rate = Annotated[int, Field(ge=1, le=6000)]
BotSecret = Annotated[str, Field(min_length=1, max_length=200)]


class SubscribeBody(Body):
    """Where to call, about what."""

    url: str = Field(min_length=1, max_length=2000)
    types: list[Line] = Field(min_length=1, max_length=50)
    """Event types; `*` stands for anything, as in `alert.*`."""
    districts: list[Line] = Field(default_factory=list, max_length=200)
    """Empty: all that the token may see."""
    format: Format = Format.STANDARD
    """`standard`, or the group chat bot that the URL is one of."""
    rate: Rate | None = None
    """Deliveries a minute; null: no limit. Left out, of a bot: what its platform takes."""
    bot_secret: BotSecret | None = None
    """The secret that DingTalk or Feishu gave for signatures; never shown."""


class ChangeWebhookBody(Body):
    """What to change of a subscription."""

    url: str | None = Field(None, min_length=1, max_length=2000)
    types: list[Line] | None = Field(None, min_length=1, max_length=50)
    districts: list[Line] | None = Field(None, max_length=200)
    state: Literal["enabled", "disabled"] | None = None
    format: Format | None = None
    rate: Rate | None = None
    """null: as fast as they are taken."""
    bot_secret: BotSecret | None = None
    """null: none."""


class NewSecret(Shape):
    """The new secret, this once."""

    secret: str
    old_secret_until: Timestamp | None
    """Until when the old one signs beside it."""


class Recovered(Shape):
    """What is due again."""

    queued: int
    """How many events."""
    next_since: Timestamp | None
    """Where to go on, if there was more than one request may queue; null: that was all."""


class TestSent(Shape):
    """A test event that is on its way; look for it under `deliveries`."""

    __test__ = False  # not a test of ours, whatever pytest makes of the name
    id: str
    type: str


class Attempt(Shape):
    """One try."""

    at: Timestamp
    milliseconds: int
    status: int | None
    error: str | None


class Delivery(Shape):
    """An event and how its delivery stands."""

    id: str
    """The event's id, which is the `webhook-id`."""
    type: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    next_at: Timestamp | None
    delivered_at: Timestamp | None
    last_status: int | None
    last_error: str | None
    log: list[Attempt]


class DeliveryPage(Shape):
    """Deliveries, newest first."""

    items: list[Delivery]
    next: str | None

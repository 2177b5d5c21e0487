"""What is told: the outbox and the webhooks."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

events = Table(
    "events",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("district", Text),
    Column("task", BigInteger, index=True),
    Column("alert", BigInteger),
    Column("data", Json, nullable=False),
    Index("ix_events_at", "at", "seq"),
    sqlite_autoincrement=True,
)
"""The outbox: every change, numbered in the order of commit."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Json, nullable=False),
    Column("districts", Json, nullable=False),
    Column("secret", Text, nullable=False),
    Column("old_secrets", Json),
    Column("format", String(10), nullable=False, server_default="standard"),
    Column("bot_secret", Text),
    Column("rate", Integer),
    Column("state", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("token", ForeignKey("tokens.id")),
    Column("failing_since", UtcDateTime),
    Column("tried_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("proven", Boolean),
)
"""Subscriptions. `old_secrets` sign beside `secret` until their time: `[{"secret", "until"}]`;
`bot_secret` is the one that a chat bot gave; `rate` is deliveries per minute, null = no limit.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook", ForeignKey("webhooks.id"), nullable=False),
    Column("event", ForeignKey("events.seq"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", Text),
    UniqueConstraint("webhook", "event"),
    Index("ix_deliveries_due", "state", "next_at"),
    Index("ix_deliveries_event", "event"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
)
"""The delivery log: every try, its answer or its fault."""

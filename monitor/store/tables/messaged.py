"""Whom to reach at enterprises, and what was sent to them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, UtcDateTime

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uscc", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("phone", String(20), nullable=False),
    Column("role", Text),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
)
"""Contacts of enterprises (联系人), in the order of their ids: the first is who messages go to. Replaced
as a whole and not kept: people who have left need not be remembered."""

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uscc", Text, nullable=False, index=True),
    Column("enterprise", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("reminder", ForeignKey("reminders.id"), index=True),
    Column("to", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("link", Text),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("answer", Text),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Index(
        "ix_messages_waiting",
        "next_at",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
)
"""Messages to enterprises (短信提醒, 宣贯帮扶), with a reminder or by hand. `link` is a reminder's and as
good as a key: it is there while it has yet to be sent, and never shown."""

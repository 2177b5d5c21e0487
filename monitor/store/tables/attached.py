"""What is attached: media, what they belong to, uploads under way, reminders and their replies."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, UtcDateTime

media = Table(
    "media",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""Files of the folder of media (影像资料), by their content; a file without a row is an orphan."""

reminders = Table(
    "reminders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uscc", Text, nullable=False, index=True),
    Column("enterprise", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("alert", ForeignKey("alerts.id"), index=True),
    Column("text", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("token_hash", String(64), unique=True),
    Column("expires_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("reply", Text),
)
"""Reminders to enterprises (提醒帮扶). Of the link only the hash of its token is kept; a reminder that
was recorded by itself has none until somebody asks for one."""

attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task", ForeignKey("tasks.id")),
    Column("reminder", ForeignKey("reminders.id")),
    Column("sha256", ForeignKey("media.sha256"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("note", Text),
    Column("taken_at", UtcDateTime),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("struck_at", UtcDateTime),
    Column("struck_by", Text),
    Column("struck_reason", Text),
    UniqueConstraint("task", "sha256"),
    UniqueConstraint("reminder", "sha256"),
)
"""What was attached to a task, or sent in reply to a reminder: to exactly one of them. Never deleted: one
that is struck out says when, by whom and why."""

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("task", ForeignKey("tasks.id"), index=True),
    Column("token", ForeignKey("tokens.id"), index=True),
    Column("length", BigInteger, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("attachment", ForeignKey("attachments.id")),
    Column("adapter", Text, index=True),
    Column("finished_at", UtcDateTime),
)
"""Resumable uploads (tus), each to a task or to an adapter; without a token, by the adapter's secret. How
much has come is the length of the file. A finished one is kept for who missed the answer; `attachment`
is what it has become, of those to a task."""

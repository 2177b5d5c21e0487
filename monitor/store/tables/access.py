"""Who may, and who did what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, LargeBinary, String, Table, Text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(8), nullable=False, server_default="token"),
    Column("name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("districts", Json, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("person", ForeignKey("tokens.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_on", Date),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("last_used_from", Text),
)
"""Who may. A `token` was made here. A `person` is known to the bureau's provider (OIDC): its `hash` is
that of who it is, and opens nothing. A `session` is a person's, for some hours."""

calendar_links = Table(
    "calendar_links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token", ForeignKey("tokens.id"), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("details", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""Secret links under which calendars read due dates, by their hashes; they end with their token."""

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", Text, nullable=False),
    Column("origin", Text),
    Column("data", Json),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_object", "object"),
)
"""Who did what, when, to what, from where; each row's hash covers the one before."""

keyed_requests = Table(
    "keyed_requests",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("link", Text),
    Column("answer", LargeBinary),
)
"""Requests with an `Idempotency-Key`: a digest of what they asked for, and their sealed answer."""

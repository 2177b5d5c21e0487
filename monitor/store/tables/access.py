"""Who may, and who did what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, String, Table, Text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("districts", Json, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_on", Date),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

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
)
"""Who did what, when, to what, from where; each row's hash covers the one before."""

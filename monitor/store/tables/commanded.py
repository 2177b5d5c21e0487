"""What devices are told to do, and the keys of those that encrypt."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

OPEN_COMMAND = text("state IN ('queued', 'sent', 'accepted')")

commands = Table(
    "commands",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False),
    Column("code", String(8), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("period", String(8)),
    Column("since_ms", BigInteger),
    Column("until_ms", BigInteger),
    Column("state", String(10), nullable=False),
    Column("qn", String(20)),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("reason", Text),
    Column("result", JSON),
    Index("ix_commands_mn", "mn", "id"),
    Index("ix_commands_asked", "mn", "origin", "requested_at"),
    Index("ix_commands_finished", "finished_at"),
    Index(
        "ix_commands_open",
        "mn",
        "id",
        sqlite_where=OPEN_COMMAND,
        postgresql_where=OPEN_COMMAND,
    ),
)
"""What devices are told to do (反控), one row a command, from its asking to its result. Those that ask
for a span of history say which: `period`, `since_ms`, `until_ms`. The documents keep the order of their
names, in which they are sent.
"""

loggers = Table(
    "loggers",
    metadata,
    Column("logger", Text, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("details", Json, nullable=False),
    Column("mn", Text),
    Column("peer", Text),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)
"""Data loggers that introduced themselves (HJ 212-2025 CN=1001), and the MN each was given."""

device_keys = Table(
    "device_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("activated_at", UtcDateTime),
    Column("retired_at", UtcDateTime),
)
"""Keys of devices that encrypt (HJ 212-2025 6.4), each wrapped with the key of `[keys]`: `pending`
until the device has taken it, `active`, then `retired`, kept for what was sent before.
"""

"""What people say of data and of alerts: marks, silences."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text, false, text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, UtcDateTime

marks = Table(
    "marks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("class", String(12), nullable=False),
    Column("item", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("ordered_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("superseded_by", Text),
    Column("superseded_reason", Text),
    Index("ix_marks_span", "mn", "start_ms"),
    Index(
        "uq_marks_in_force",
        "mn",
        "pollutant",
        "class",
        "item",
        "start_ms",
        "end_ms",
        "manual",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)
"""Marks (数据标记) of devices and operating conditions; `pollutant` is empty where all are meant.

`ordered_at` is when an order of the authority (电子督办) asked for it. A mark is never changed: one that
is struck out says when, by whom and why.
"""

silences = Table(
    "silences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("uscc", Text),
    Column("mn", Text),
    Column("rule", String(32)),
    Column("pollutant", Text),
    Column("district", Text),
    Column("home", Text),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text),
    Column("applied", Boolean, nullable=False, server_default=false()),
)
"""Silences (静默): alerts that match every column of a matcher that is not null are told to nobody.

`district` is whose alerts it is bound to, `home` whose people read it (null = everybody); `applied`
says whether alerts that were open when it began have been looked at. `ends_at` of one that was ended by
hand is when it was.
"""

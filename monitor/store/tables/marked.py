"""Marks of devices and operating conditions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text, text

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

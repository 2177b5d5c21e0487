"""Emergency orders (应急减排)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, String, Table, Text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, UtcDateTime

emergency_orders = Table(
    "emergency_orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uscc", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("line", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger),
    Column("allowed_share", Double),
    Column("baseline_kw", Double),
    Column("document", Text),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("superseded_by", Text),
    Column("superseded_reason", Text),
    Column("replaced_by", BigInteger),
    Index("ix_emergency_orders_span", "uscc", "start_ms"),
)
"""Orders to stop or to limit production; `line` is empty where all of an enterprise is meant, `end_ms`
null until it is lifted. An order is never changed: one that is struck out says when, by whom and why,
and one that was lifted early is replaced by the same with its end (`replaced_by`).
"""

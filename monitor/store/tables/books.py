"""The books (register): their rows are replaced by newer ones, never changed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Double, Index, String, Table, Text, text, true

from monitor.store.tables.base import metadata
from monitor.store.types import Id, UtcDateTime

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single facts: `register_version` counts the changes of the books."""


def _book(name: str, *columns: Column[object], key: tuple[str, ...]) -> Table:
    """A table of the register: its rows are replaced by newer ones, never changed."""
    return Table(
        name,
        metadata,
        Column("id", Id, primary_key=True),
        *columns,
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("superseded_at", UtcDateTime),
        Index(
            f"uq_{name}_in_force",
            *key,
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )


enterprises = _book(
    "enterprises",
    Column("uscc", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("industry", Text),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("boundary", Text),
    Column("key_unit", Boolean, nullable=False),
    key=("uscc",),
)
outlets = _book(
    "outlets",
    Column("mn", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text),
    Column("medium", String(8), nullable=False),
    Column("standard", Text),
    Column("reference_oxygen", Double),
    Column("kind", Text),
    Column("password", Text),
    key=("mn",),
)
instruments = _book(
    "instruments",
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("range_low", Double),
    Column("range_high", Double),
    Column("detection_limit", Double),
    Column("unit", Text),
    key=("mn", "pollutant"),
)
officers = _book(
    "officers",
    Column("licence", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False),
    key=("licence",),
)
limits = _book(
    "limits",
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("period", String(8), nullable=False),
    Column("limit", Double),
    Column("lower", Double),
    Column("basis", String(12), nullable=False),
    Column("clause", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("share", Double, nullable=False, server_default="1"),
    Column("verified", Boolean, nullable=False, server_default=true()),
    Column("source", Text),
    key=("mn", "pollutant", "period", "basis", "share", "valid_from"),
)
positive_list = _book(
    "positive_list",
    Column("uscc", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("listed_from", Date, nullable=False),
    Column("listed_until", Date),
    Column("document", Text),
    Column("grounds", Text),
    Column("end_document", Text),
    Column("end_reason", Text),
    Column("bar_until", Date),
    Column("bar_kind", Text),
    Column("recorded_by", Text),
    Column("superseded_by", Text),
    Column("superseded_reason", Text),
    key=("uscc", "category", "listed_from"),
)
cameras = _book(
    "cameras",
    Column("camera", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    key=("adapter", "camera"),
)
meters = _book(
    "meters",
    Column("meter", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("facility", String(12), nullable=False),
    Column("rated_kw", Double),
    Column("mn", Text),
    Column("line", Text),
    Column("ratio", Double),
    key=("meter",),
)

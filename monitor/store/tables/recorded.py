"""What the bureau records of its own acts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Text, text

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime


def _record(name: str, *columns: Column[object], on: str, indexes: tuple[Index, ...] = ()) -> Table:
    """A table of records: amended with their versions kept, struck out with a reason."""
    return Table(
        name,
        metadata,
        Column("id", Id, primary_key=True),
        *columns,
        Column("version", Integer, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("recorded_by", Text, nullable=False),
        Column("struck_at", UtcDateTime),
        Column("struck_by", Text),
        Column("struck_reason", Text),
        Index(f"ix_{name}_on", on),
        *indexes,
    )


cases = _record(
    "cases",
    Column("uscc", Text, nullable=False),
    Column("act_on", Date, nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("task", BigInteger, index=True),
    Column("number", Text),
    Column("violation", Text),
    Column("decided_on", Date),
    Column("penalty", Json),
    Column("withdrawn_on", Date),
    on="filed_on",
    indexes=(Index("ix_cases_uscc", "uscc"),),
)
reliefs = _record(
    "reliefs",
    Column("uscc", Text, nullable=False),
    Column("on", Date, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("case", BigInteger),
    Column("task", BigInteger, index=True),
    Column("ground", Text),
    on="on",
    indexes=(Index("ix_reliefs_uscc", "uscc"),),
)
_IN_FORCE = text("struck_at IS NULL")
documents = _record(
    "documents",
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("district", Text, nullable=False),
    on="issued_on",
    indexes=(
        Index(
            "uq_documents_number",
            "number",
            "district",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    ),
)
typical_cases = _record(
    "typical_cases",
    Column("uscc", Text, nullable=False),
    Column("chosen_on", Date, nullable=False),
    Column("case", BigInteger),
    Column("task", BigInteger),
    Column("major", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("names_enterprise", Boolean, nullable=False),
    on="chosen_on",
    indexes=(Index("ix_typical_cases_uscc", "uscc"),),
)

record_versions = Table(
    "record_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("noun", String(16), nullable=False),
    Column("record", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text),
    Column("content", Json, nullable=False),
    Index("ix_record_versions_record", "noun", "record", "version"),
)
"""What a record said before it was amended: by whom, when and why it was changed."""

report_duties = Table(
    "report_duties",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("level", String(12), nullable=False),
    Column("district", Text, nullable=False),
    Column("period", String(7), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("handed_in_on", Date),
    Column("handed_in_by", Text),
    Column("note", Text),
    Column("reminded_at", UtcDateTime),
    Column("late_at", UtcDateTime),
    Index("uq_report_duties_paper", "kind", "level", "district", "period", unique=True),
)
"""Papers that are owed: handed in when and by whom, and whether they were reminded of and told as late.
`district` is empty but for a county's.
"""

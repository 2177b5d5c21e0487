"""Cases, reliefs, issued documents, typical cases, and what was handed in of the reports."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0017"
down_revision = "0016"


def _record(name: str, on: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", Id, nullable=False),
        *columns,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("struck_at", UtcDateTime()),
        sa.Column("struck_by", sa.Text()),
        sa.Column("struck_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_on", name, [on])


def upgrade() -> None:
    _record(
        "cases",
        "filed_on",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("act_on", sa.Date(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("task", sa.BigInteger()),
        sa.Column("number", sa.Text()),
        sa.Column("violation", sa.Text()),
        sa.Column("decided_on", sa.Date()),
        sa.Column("penalty", Json),
        sa.Column("withdrawn_on", sa.Date()),
    )
    op.create_index("ix_cases_uscc", "cases", ["uscc"])
    op.create_index("ix_cases_task", "cases", ["task"])
    _record(
        "reliefs",
        "on",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("case", sa.BigInteger()),
        sa.Column("task", sa.BigInteger()),
        sa.Column("ground", sa.Text()),
    )
    op.create_index("ix_reliefs_uscc", "reliefs", ["uscc"])
    op.create_index("ix_reliefs_task", "reliefs", ["task"])
    _record(
        "documents",
        "issued_on",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
    )
    counts = sa.text("struck_at IS NULL")
    op.create_index(
        "uq_documents_number",
        "documents",
        ["number", "district"],
        unique=True,
        sqlite_where=counts,
        postgresql_where=counts,
    )
    _record(
        "typical_cases",
        "chosen_on",
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("chosen_on", sa.Date(), nullable=False),
        sa.Column("case", sa.BigInteger()),
        sa.Column("task", sa.BigInteger()),
        sa.Column("major", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("names_enterprise", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_typical_cases_uscc", "typical_cases", ["uscc"])
    op.create_table(
        "record_versions",
        sa.Column("id", Id, nullable=False),
        sa.Column("noun", sa.String(16), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("content", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_versions"),
    )
    op.create_index("ix_record_versions_record", "record_versions", ["noun", "record", "version"])
    op.create_table(
        "report_duties",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("handed_in_on", sa.Date()),
        sa.Column("handed_in_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("reminded_at", UtcDateTime()),
        sa.Column("late_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_report_duties"),
    )
    op.create_index(
        "uq_report_duties_paper",
        "report_duties",
        ["kind", "level", "district", "period"],
        unique=True,
    )

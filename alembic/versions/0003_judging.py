"""Marks, commitments by share, limits that nobody has verified, and findings of rules without a limit."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0003"
down_revision = "0002"

_IN_FORCE = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("pollutant", sa.Text(), nullable=False),
        sa.Column("class", sa.String(length=12), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_by", sa.Text(), nullable=True),
        sa.Column("superseded_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
    )
    op.create_index("ix_marks_span", "marks", ["mn", "start_ms"], unique=False)
    op.create_index(
        "uq_marks_in_force",
        "marks",
        ["mn", "pollutant", "class", "item", "start_ms", "end_ms", "manual"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    op.drop_index("uq_limits_in_force", "limits")
    with op.batch_alter_table("limits") as table:
        table.add_column(sa.Column("share", sa.Double(), nullable=False, server_default="1"))
        table.add_column(
            sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        table.add_column(sa.Column("source", sa.Text(), nullable=True))
    op.create_index(
        "uq_limits_in_force",
        "limits",
        ["mn", "pollutant", "period", "basis", "share", "valid_from"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    with op.batch_alter_table("alerts") as table:
        table.add_column(
            sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("findings", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.add_column(sa.Column("detail", Json, nullable=True))
        for name, kind in (
            ("value", sa.Double()),
            ("bound", sa.Double()),
            ("limit_id", sa.BigInteger()),
            ("frame", sa.BigInteger()),
        ):
            table.alter_column(name, existing_type=kind, nullable=True)
    with op.batch_alter_table("due") as table:
        table.alter_column("reason", existing_type=sa.String(length=24), type_=sa.String(length=40))

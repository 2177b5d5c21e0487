"""Lines and ratios of power meters, and emergency orders."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("meters", sa.Column("line", sa.Text()))
    op.add_column("meters", sa.Column("ratio", sa.Double()))
    op.create_table(
        "emergency_orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger()),
        sa.Column("allowed_share", sa.Double()),
        sa.Column("baseline_kw", sa.Double()),
        sa.Column("document", sa.Text()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("superseded_at", UtcDateTime()),
        sa.Column("superseded_by", sa.Text()),
        sa.Column("superseded_reason", sa.Text()),
        sa.Column("replaced_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_orders"),
    )
    op.create_index("ix_emergency_orders_span", "emergency_orders", ["uscc", "start_ms"])

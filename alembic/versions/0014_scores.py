"""Anomaly scores of outlets by day, and the levels they are told from."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "scores",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("device", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("score", sa.Double(), nullable=False),
    )
    op.create_index("ix_scores_device", "scores", ["device", "day"])
    op.create_table(
        "score_levels",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("outlet_days", sa.Integer(), nullable=False),
    )

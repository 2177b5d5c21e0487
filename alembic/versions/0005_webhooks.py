"""Rotated secrets, rates and chat bots of webhooks; events by time; devices whose silence was told."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Json, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for column in (
        sa.Column("old_secrets", Json, nullable=True),
        sa.Column("format", sa.String(length=10), nullable=False, server_default="standard"),
        sa.Column("bot_secret", sa.Text(), nullable=True),
        sa.Column("rate", sa.Integer(), nullable=True),
    ):
        op.add_column("webhooks", column)
    op.add_column("devices", sa.Column("silent_since", UtcDateTime(), nullable=True))
    op.create_index("ix_events_at", "events", ["at", "seq"])

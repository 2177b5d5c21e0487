"""Links for calendars."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("id", Id, nullable=False),
        sa.Column("token", Id, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_calendar_links_token_tokens"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_links"),
        sa.UniqueConstraint("hash", name="uq_calendar_links_hash"),
    )

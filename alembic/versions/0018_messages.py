"""Contacts of enterprises, and messages to them."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_uscc", "contacts", ["uscc"])
    op.create_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("reminder", Id),
        sa.Column("to", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("answer", sa.Text()),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reminder"], ["reminders.id"], name="fk_messages_reminder"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_uscc", "messages", ["uscc"])
    op.create_index("ix_messages_reminder", "messages", ["reminder"])
    waiting = sa.text("state = 'queued'")
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["next_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )

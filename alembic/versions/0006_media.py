"""Media, attachments, resumable uploads, reminders."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_media"),
    )
    op.create_table(
        "reminders",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("alert", Id),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("token_hash", sa.String(length=64)),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("reply", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_reminders_alert"),
        sa.UniqueConstraint("token_hash", name="uq_reminders_token_hash"),
    )
    op.create_index("ix_reminders_uscc", "reminders", ["uscc"])
    op.create_index("ix_reminders_alert", "reminders", ["alert"])
    op.create_table(
        "attachments",
        sa.Column("id", Id, nullable=False),
        sa.Column("task", Id),
        sa.Column("reminder", Id),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("taken_at", UtcDateTime()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("struck_at", UtcDateTime()),
        sa.Column("struck_by", sa.Text()),
        sa.Column("struck_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_attachments_task"),
        sa.ForeignKeyConstraint(["reminder"], ["reminders.id"], name="fk_attachments_reminder"),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name="fk_attachments_sha256"),
        sa.UniqueConstraint("task", "sha256", name="uq_attachments_task_sha256"),
        sa.UniqueConstraint("reminder", "sha256", name="uq_attachments_reminder_sha256"),
    )
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("task", Id, nullable=False),
        sa.Column("token", Id, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attachment", Id),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_uploads_task"),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_uploads_token"),
        sa.ForeignKeyConstraint(["attachment"], ["attachments.id"], name="fk_uploads_attachment"),
    )
    for column in ("task", "token", "expires_at"):
        op.create_index(f"ix_uploads_{column}", "uploads", [column])

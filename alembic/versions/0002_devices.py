"""Devices that are spoken to: commands, keys, held sub-packets, and how good their frames are."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.Column("since_ms", sa.BigInteger(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("qn", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
    )
    op.create_index("ix_commands_mn", "commands", ["mn", "id"], unique=False)
    op.create_index("ix_commands_asked", "commands", ["mn", "origin", "requested_at"], unique=False)
    op.create_index("ix_commands_finished", "commands", ["finished_at"], unique=False)
    op.create_index(
        "ix_commands_open",
        "commands",
        ["mn", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sent', 'accepted')"),
        postgresql_where=sa.text("state IN ('queued', 'sent', 'accepted')"),
    )
    op.create_table(
        "device_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("device", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.Column("clean", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("skew_low_ms", sa.BigInteger(), nullable=True),
        sa.Column("skew_high_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("day", "device", name="pk_device_days"),
    )
    op.create_table(
        "device_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_keys"),
    )
    op.create_index("ix_device_keys_mn", "device_keys", ["mn"], unique=False)
    op.create_table(
        "held_frames",
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("frame", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("adapter", "key", "frame", name="pk_held_frames"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loggers",
        sa.Column("logger", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("mn", sa.Text(), nullable=True),
        sa.Column("peer", sa.Text(), nullable=True),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("logger", name="pk_loggers"),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.UniqueConstraint("digest", name="uq_verdicts_digest"),
    )
    op.add_column(
        "alerts", sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("averages", sa.Column("verdict", sa.Integer(), nullable=True))
    op.add_column(
        "findings", sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("readings", sa.Column("verdict", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("readings", "verdict")
    op.drop_column("findings", "late")
    op.drop_column("averages", "verdict")
    op.drop_column("alerts", "silent")
    op.drop_table("verdicts")
    op.drop_table("loggers")
    op.drop_table("held_frames")
    op.drop_index("ix_device_keys_mn", table_name="device_keys")
    op.drop_table("device_keys")
    op.drop_table("device_days")
    op.drop_index(
        "ix_commands_open",
        table_name="commands",
        sqlite_where=sa.text("state IN ('queued', 'sent', 'accepted')"),
        postgresql_where=sa.text("state IN ('queued', 'sent', 'accepted')"),
    )
    op.drop_index("ix_commands_finished", table_name="commands")
    op.drop_index("ix_commands_asked", table_name="commands")
    op.drop_index("ix_commands_mn", table_name="commands")
    op.drop_table("commands")

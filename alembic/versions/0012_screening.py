"""The screening desk: corroboration, inhibition, silences, why somebody goes."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "alerts", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.execute("UPDATE alerts SET told = NOT silent")
    op.add_column("alerts", sa.Column("muting_alert", sa.BigInteger()))
    op.add_column("alerts", sa.Column("muting_silence", sa.BigInteger()))
    op.add_column("alerts", sa.Column("own_outcome", sa.String(8)))
    op.add_column("alerts", sa.Column("lifted", sa.Text()))
    op.drop_index("ix_alerts_uscc", "alerts")
    op.create_index("ix_alerts_uscc", "alerts", ["uscc", "end_ms"])
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at"])
    op.create_index("ix_alerts_device", "alerts", ["device", "state"])
    op.add_column("tasks", sa.Column("start_condition", Json))
    op.create_table(
        "corroborations",
        sa.Column("alert", Id, nullable=False),
        sa.Column("by", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "by", name="pk_corroborations"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_corroborations_alert"),
        sa.ForeignKeyConstraint(["by"], ["alerts.id"], name="fk_corroborations_by"),
    )
    op.create_index("ix_corroborations_by", "corroborations", ["by"])
    _silences()


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text()),
        sa.Column("mn", sa.Text()),
        sa.Column("rule", sa.String(32)),
        sa.Column("pollutant", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("home", sa.Text()),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("applied", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])

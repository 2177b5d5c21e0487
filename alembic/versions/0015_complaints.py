"""Complaints, their deadlines and steps; their reporters, sealed."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", Id, primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("uscc", sa.Text()),
        sa.Column("enterprise", sa.Text()),
        sa.Column("enterprise_district", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("longitude", sa.Double()),
        sa.Column("latitude", sa.Double()),
        sa.Column("nearest", sa.Text()),
        sa.Column("distance", sa.Double()),
        sa.Column("alert", Id, sa.ForeignKey("alerts.id")),
        sa.Column("outcome", sa.Text()),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("channel", "reference"),
    )
    op.create_index("ix_complaints_alert", "complaints", ["alert"])
    op.create_index("ix_complaints_uscc", "complaints", ["uscc"])
    op.create_index("ix_complaints_ended_at", "complaints", ["ended_at"])
    op.create_table(
        "complaint_reporters",
        sa.Column(
            "complaint",
            Id,
            sa.ForeignKey("complaints.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "complaint_deadlines",
        sa.Column(
            "complaint",
            Id,
            sa.ForeignKey("complaints.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("first_due_at", UtcDateTime, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("term", sa.Text()),
        sa.Column("calendar", sa.Text()),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("told_at", UtcDateTime),
    )
    op.create_index("ix_complaint_deadlines_due", "complaint_deadlines", ["settled_at", "due_at"])
    op.create_table(
        "complaint_steps",
        sa.Column("id", Id, primary_key=True),
        sa.Column("complaint", Id, sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("data", Json),
    )
    op.create_index("ix_complaint_steps_complaint", "complaint_steps", ["complaint"])

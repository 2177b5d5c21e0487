"""The whole life of a task: deadlines that say how they came about, pauses, levels, follow-ups."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", Id, nullable=False),
        sa.Column("task", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_follow_ups_task_tasks"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
    )
    op.create_index("ix_follow_ups_task", "follow_ups", ["task"], unique=False)
    op.create_index("ix_follow_ups_due", "follow_ups", ["done_on", "due_on"], unique=False)
    added = (
        sa.Column("enterprise_district", sa.Text(), nullable=True),
        sa.Column("check_kind", sa.String(length=8), nullable=False, server_default="case"),
        sa.Column("deadline", Json, nullable=False, server_default="{}"),
        sa.Column("remind_at", UtcDateTime(), nullable=True),
        sa.Column("escalate_at", UtcDateTime(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("resume_at", UtcDateTime(), nullable=True),
    )
    for column in added:
        op.add_column("tasks", column)
    op.execute("UPDATE tasks SET enterprise_district = district WHERE uscc IS NOT NULL")

"""Surveys of drones, and resumable uploads to adapters."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", Id, nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("mission", sa.Text(), nullable=False),
        sa.Column("pilot", sa.Text()),
        sa.Column("uscc", sa.Text()),
        sa.Column("start_ms", sa.BigInteger()),
        sa.Column("end_ms", sa.BigInteger()),
        *(sa.Column(side, sa.Double()) for side in ("west", "south", "east", "north")),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.UniqueConstraint("adapter", "mission", name="uq_surveys_adapter_mission"),
    )
    op.create_index("ix_surveys_received_at", "surveys", ["received_at"])
    _files()
    op.create_table(
        "survey_enterprises",
        sa.Column("survey", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("district", sa.Text()),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "uscc", name="pk_survey_enterprises"),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name="fk_survey_enterprises_survey"),
    )
    op.create_index("ix_survey_enterprises_district", "survey_enterprises", ["district"])
    op.create_table(
        "survey_findings",
        sa.Column("survey", Id, nullable=False),
        sa.Column("sighting", Id, nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "sighting", name="pk_survey_findings"),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name="fk_survey_findings_survey"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_survey_findings_sighting"),
    )
    op.create_index("ix_survey_findings_sighting", "survey_findings", ["sighting"])
    with op.batch_alter_table("uploads") as table:
        table.alter_column("task", existing_type=Id, nullable=True)
        table.alter_column("token", existing_type=Id, nullable=True)
        table.add_column(sa.Column("adapter", sa.Text()))
        table.add_column(sa.Column("finished_at", UtcDateTime()))
    op.create_index("ix_uploads_adapter", "uploads", ["adapter"])
    op.execute("UPDATE uploads SET finished_at = expires_at WHERE attachment IS NOT NULL")


def _files() -> None:
    op.create_table(
        "survey_files",
        sa.Column("survey", Id, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=8), nullable=False),
        sa.Column("start_ms", sa.BigInteger()),
        sa.Column("end_ms", sa.BigInteger()),
        sa.Column("longitude", sa.Double()),
        sa.Column("latitude", sa.Double()),
        sa.Column("datum", sa.String(length=10)),
        sa.Column("accuracy", sa.Double()),
        sa.Column("of_camera", sa.Boolean(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("drawing", Json),
        sa.Column("problems", Json, nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "sha256", name="pk_survey_files"),
        sa.ForeignKeyConstraint(["survey"], ["surveys.id"], name="fk_survey_files_survey"),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name="fk_survey_files_sha256"),
    )
    op.create_index("ix_survey_files_sha256", "survey_files", ["sha256"])

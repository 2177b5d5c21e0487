"""What eyes saw."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for column in (
        sa.Column("source", sa.Text()),
        sa.Column("label", sa.Text()),
        sa.Column("until_ms", sa.BigInteger()),
    ):
        op.add_column("alerts", column)
    op.create_index("ix_alerts_seen", "alerts", ["source", "label", "until_ms"])
    op.create_table(
        "sightings",
        sa.Column("id", Id, nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger()),
        sa.Column("confidence", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("latitude", sa.Double()),
        sa.Column("datum", sa.String(length=10)),
        sa.Column("accuracy", sa.Double()),
        sa.Column("of_camera", sa.Boolean(), nullable=False),
        sa.Column("placed", sa.String(length=10), nullable=False),
        sa.Column("uscc", sa.Text()),
        sa.Column("enterprise", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("distance", sa.Double()),
        sa.Column("supplementary", sa.Boolean(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("alert", Id),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_sightings_alert"),
        sa.UniqueConstraint("adapter", "key", name="uq_sightings_adapter_key"),
    )
    op.create_index("ix_sightings_received_at", "sightings", ["received_at"])
    op.create_index("ix_sightings_alert", "sightings", ["alert"])
    op.create_table(
        "sighting_files",
        sa.Column("sighting", Id, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sighting", "sha256", name="pk_sighting_files"),
        sa.ForeignKeyConstraint(["sighting"], ["sightings.id"], name="fk_sighting_files_sighting"),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name="fk_sighting_files_sha256"),
    )
    op.create_index("ix_sighting_files_sha256", "sighting_files", ["sha256"])
    op.create_table(
        "frame_bodies",
        sa.Column("frame", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("frame", name="pk_frame_bodies"),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name="fk_frame_bodies_sha256"),
    )
    op.create_index("ix_frame_bodies_sha256", "frame_bodies", ["sha256"])

"""Sightings are found by their frame."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_sightings_frame", "sightings", ["frame"])

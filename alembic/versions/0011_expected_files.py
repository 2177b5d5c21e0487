"""How many files a survey is to have."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("surveys", sa.Column("expected_files", sa.Integer()))

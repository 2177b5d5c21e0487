"""People of a provider and their sessions, requests with a key, the trail by object and time."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "keyed_requests",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_keyed_requests"),
    )
    op.create_index("ix_keyed_requests_at", "keyed_requests", ["at"], unique=False)
    with op.batch_alter_table("tokens") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=8), nullable=False, server_default="token")
        )
        table.add_column(sa.Column("person", Id, nullable=True))
        table.add_column(sa.Column("expires_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("last_used_from", sa.Text(), nullable=True))
        table.create_foreign_key("fk_tokens_person", "tokens", ["person"], ["id"])
        table.create_index("ix_tokens_person", ["person"])
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_object", "audit", ["object"], unique=False)

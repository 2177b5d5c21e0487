"""The positive list at work: who listed and why, proposals, publications, random draws."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, UtcDateTime

revision = "0016"
down_revision = "0015"

PROPOSED = sa.text("state = 'proposed'")


def upgrade() -> None:
    for name in ("grounds", "end_document", "end_reason", "bar_kind"):
        op.add_column("positive_list", sa.Column(name, sa.Text()))
    op.add_column("positive_list", sa.Column("bar_until", sa.Date()))
    for name in ("recorded_by", "superseded_by", "superseded_reason"):
        op.add_column("positive_list", sa.Column(name, sa.Text()))
    _publications()
    _proposals()
    _draws()


def _publications() -> None:
    op.create_table(
        "listing_publications",
        sa.Column("id", Id, primary_key=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "published_listings",
        sa.Column("publication", Id, sa.ForeignKey("listing_publications.id"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("listing", sa.BigInteger(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=False),
        sa.Column("listed_until", sa.Date()),
        sa.Column("document", sa.Text()),
    )


def _proposals() -> None:
    op.create_table(
        "listing_proposals",
        sa.Column("id", Id, primary_key=True),
        sa.Column("change", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("listing", sa.BigInteger()),
        sa.Column("category", sa.Text()),
        sa.Column("from_day", sa.Date()),
        sa.Column("until_day", sa.Date()),
        sa.Column("document", sa.Text()),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("stated", Json),
        sa.Column("inclusion", Json),
        sa.Column("task", Id, sa.ForeignKey("tasks.id"), unique=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decision_document", sa.Text()),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("decision_inclusion", Json),
        sa.Column("result", sa.BigInteger()),
        sa.Column("publication", Id, sa.ForeignKey("listing_publications.id")),
    )
    op.create_index(
        "uq_listing_proposals_open",
        "listing_proposals",
        ["uscc", "change"],
        unique=True,
        sqlite_where=PROPOSED,
        postgresql_where=PROPOSED,
    )
    op.create_index("ix_listing_proposals_state", "listing_proposals", ["state", "id"])


def _draws() -> None:
    op.create_table(
        "draws",
        sa.Column("id", Id, primary_key=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "drawn",
        sa.Column("draw", Id, sa.ForeignKey("draws.id"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("treatment", sa.String(8), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("listing", sa.BigInteger()),
    )
    op.create_index("ix_drawn_uscc", "drawn", ["uscc", "draw"])

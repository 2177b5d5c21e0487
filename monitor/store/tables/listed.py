"""The positive list at work: proposals, publications, random draws."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

_PROPOSED = text("state = 'proposed'")

listing_publications = Table(
    "listing_publications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("on_day", Date, nullable=False),
    Column("note", Text),
    Column("count", Integer, nullable=False),
    Column("list_version", BigInteger, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", Text, nullable=False),
)
"""When the list of a day was published, by whom, as which version of the books had it."""

published_listings = Table(
    "published_listings",
    metadata,
    Column("publication", ForeignKey("listing_publications.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("listing", BigInteger, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("listed_from", Date, nullable=False),
    Column("listed_until", Date),
    Column("document", Text),
)
"""The rows that were published, as they were told."""

listing_proposals = Table(
    "listing_proposals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("change", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("uscc", Text, nullable=False),
    Column("listing", BigInteger),
    Column("category", Text),
    Column("from_day", Date),
    Column("until_day", Date),
    Column("document", Text),
    Column("grounds", Text, nullable=False),
    Column("stated", Json),
    Column("inclusion", Json),
    Column("task", ForeignKey("tasks.id"), unique=True),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", Text),
    Column("decision_document", Text),
    Column("decision_reason", Text),
    Column("decision_inclusion", Json),
    Column("result", BigInteger),
    Column("publication", ForeignKey("listing_publications.id")),
    Index(
        "uq_listing_proposals_open",
        "uscc",
        "change",
        unique=True,
        sqlite_where=_PROPOSED,
        postgresql_where=_PROPOSED,
    ),
    Index("ix_listing_proposals_state", "state", "id"),
)
"""Proposals to list, remove or move an enterprise. `listing` is the span that it is about, `result` the
one that the decision made. One with a `task` is a suggestion: that task's report led to it.
"""

draws = Table(
    "draws",
    metadata,
    Column("id", Id, primary_key=True),
    Column("on_day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    Column("list_version", BigInteger, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    Column("drawn_by", Text, nullable=False),
)
"""Random draws (双随机) that were asked about, and the version of the books that answered."""

drawn = Table(
    "drawn",
    metadata,
    Column("draw", ForeignKey("draws.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("uscc", Text, nullable=False),
    Column("name", Text),
    Column("district", Text),
    Column("treatment", String(8), nullable=False),
    Column("category", Text),
    Column("ground", Text, nullable=False),
    Column("document", Text),
    Column("listing", BigInteger),
    Index("ix_drawn_uscc", "uscc", "draw"),
)
"""What a draw was answered, enterprise by enterprise in the order asked."""

"""Complaints (信访举报): what they say, what is owed by when, what was done; who made them, sealed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

complaints = Table(
    "complaints",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("channel", Text, nullable=False),
    Column("reference", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("uscc", Text),
    Column("enterprise", Text),
    Column("enterprise_district", Text),
    Column("district", Text),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("nearest", Text),
    Column("distance", Double),
    Column("alert", ForeignKey("alerts.id"), index=True),
    Column("outcome", Text),
    Column("ended_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    UniqueConstraint("channel", "reference"),
    Index("ix_complaints_uscc", "uscc"),
    Index("ix_complaints_ended_at", "ended_at"),
)
"""Complaints, each once by its channel's own number, where it has one. `text` names its reporter no
more; `named`: whether they gave a name, and are owed feedback. Where a place is nobody's, `nearest` is
the nearest enterprise and `distance` how far that is in metres.
"""

complaint_reporters = Table(
    "complaint_reporters",
    metadata,
    Column("complaint", ForeignKey("complaints.id"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""Who made a complaint, and its text as it came, sealed (`monitor.reporter`); deleted some time after its
end."""

complaint_deadlines = Table(
    "complaint_deadlines",
    metadata,
    Column("complaint", ForeignKey("complaints.id"), primary_key=True, autoincrement=False),
    Column("kind", String(8), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("first_due_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("term", Text),
    Column("calendar", Text),
    Column("provisional", Boolean, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("told_at", UtcDateTime),
    Index("ix_complaint_deadlines_due", "settled_at", "due_at"),
)
"""What is owed of a complaint, worked out once; `term` null: set by hand. `settled_at`: it is owed no
more, `told_at`: it was told that it is late.
"""

complaint_steps = Table(
    "complaint_steps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint", ForeignKey("complaints.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("step", String(12), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("data", Json),
)

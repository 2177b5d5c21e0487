"""What eyes saw: events of cameras and drones, their files, frames whose bytes are files."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

sightings = Table(
    "sightings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("source", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger),
    Column("confidence", Double),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("datum", String(10)),
    Column("accuracy", Double),
    Column("of_camera", Boolean, nullable=False),
    Column("placed", String(10), nullable=False),
    Column("uscc", Text),
    Column("enterprise", Text),
    Column("district", Text),
    Column("distance", Double),
    Column("supplementary", Boolean, nullable=False),
    Column("details", Json, nullable=False),
    Column("frame", BigInteger, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("alert", ForeignKey("alerts.id"), index=True),
    UniqueConstraint("adapter", "key"),
)
"""Events as eyes reported them (`monitor.event`), each once. `placed` says how it came to its enterprise
(`monitor.placing`); where it came to none, `enterprise` is the nearest and `distance` how far that is.
"""

sighting_files = Table(
    "sighting_files",
    metadata,
    Column("sighting", ForeignKey("sightings.id"), primary_key=True),
    Column("sha256", ForeignKey("media.sha256"), primary_key=True),
    Column("name", Text, nullable=False),
    Index("ix_sighting_files_sha256", "sha256"),
)

frame_bodies = Table(
    "frame_bodies",
    metadata,
    Column("frame", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", ForeignKey("media.sha256"), nullable=False, index=True),
)
"""Frames whose bytes are too many for the log: they are a file among the media."""

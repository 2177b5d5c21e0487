"""Surveys of drones: their files, the enterprises they are of, what was found in them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

surveys = Table(
    "surveys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("mission", Text, nullable=False),
    Column("pilot", Text),
    Column("uscc", Text),
    Column("expected_files", Integer),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("adapter", "mission"),
)
"""A flight (航次) by its adapter and mission. `uscc` is whom its sender says it is about,
`expected_files` how many there are to be, where it says so; span and extent
are those of its files, as far as these say."""

survey_files = Table(
    "survey_files",
    metadata,
    Column("survey", ForeignKey("surveys.id"), primary_key=True),
    Column("sha256", ForeignKey("media.sha256"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", String(8), nullable=False),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("datum", String(10)),
    Column("accuracy", Double),
    Column("of_camera", Boolean, nullable=False),
    Column("details", Json, nullable=False),
    Column("drawing", Json),
    Column("problems", Json, nullable=False),
    Column("frame", BigInteger, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_survey_files_sha256", "sha256"),
)
"""Files of surveys as they came, each once, with what was understood of them (`monitor.survey`)."""

survey_enterprises = Table(
    "survey_enterprises",
    metadata,
    Column("survey", ForeignKey("surveys.id"), primary_key=True),
    Column("uscc", Text, primary_key=True),
    Column("enterprise", Text, nullable=False),
    Column("district", Text),
    Column("said", Boolean, nullable=False),
    Index("ix_survey_enterprises_district", "district"),
)
"""Whose boundaries a survey's files touch; `said`: it is here because its sender says so."""

survey_findings = Table(
    "survey_findings",
    metadata,
    Column("survey", ForeignKey("surveys.id"), primary_key=True),
    Column("sighting", ForeignKey("sightings.id"), primary_key=True),
    Column("timed", Boolean, nullable=False),
    Index("ix_survey_findings_sighting", "sighting"),
)
"""The events that were found in a survey; not `timed` are those that their file gives no time."""

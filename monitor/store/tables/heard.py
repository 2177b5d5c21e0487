"""What was heard: devices, frames, readings, averages, and how good they were."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Numbers, UtcDateTime

devices = Table(
    "devices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False, unique=True),
    Column("adapter", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("frames", BigInteger, nullable=False, server_default="0"),
    Column("peer", Text),
    Column("silent_since", UtcDateTime),
)
"""Every device ever heard, registered or not: those without an outlet are the quarantine. `adapter` is
the one that understood it last: commands go out there. `silent_since` is `last_seen` as it was when its
silence was told (`source.lost`); null = none was.
"""

layouts = Table(
    "layouts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(32), nullable=False, unique=True),
    Column("columns", Text, nullable=False),
)

frame_log = Table(
    "frame_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a number once given to a frame is never another's
)
"""The bytes as they came, a compressed row per transaction; a frame's id is row × 65536 + index."""

readings = Table(
    "readings",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(8), primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("layout", Integer, primary_key=True, autoincrement=False),
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("numbers", Numbers, nullable=False),
    Column("flags", Text),
    Column("late", Boolean, nullable=False),
    Column("sent_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Column("frame", BigInteger, nullable=False),
    Column("verdict", Integer),
    sqlite_with_rowid=False,
)
"""The flood (real-time, minute): a row a report.

The key begins with the hour (since 1970), then the device: what an hour brings lies together, for
rules over all devices and for retention, and one device's day is 24 short reads. `digest` is of the
content: a repetition is the same row, a rewritten report is another one, and both stay.
"""

averages = Table(
    "averages",
    metadata,
    Column("period", String(8), primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("pollutant", Text, primary_key=True),
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("value", Double),
    Column("min", Double),
    Column("max", Double),
    Column("total", Double),
    Column("converted", Double),
    Column("converted_min", Double),
    Column("converted_max", Double),
    Column("raw", Double),
    Column("flag", Text),
    Column("late", Boolean, nullable=False),
    Column("sent_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Column("frame", BigInteger, nullable=False),
    Column("verdict", Integer),
    Index("ix_averages_device", "device", "period", "start_ms"),
    sqlite_with_rowid=False,
)
"""What is judged and queried (hour, day, month): a row a pollutant, keyed like `readings`."""

problems = Table(
    "problems",
    metadata,
    Column("day", Date, primary_key=True),
    Column("adapter", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("problem", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("frame", BigInteger, nullable=False),
)
"""What was wrong with frames, counted by day, device and name; `frame` is the last of them."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(32), nullable=False, unique=True),
    Column("text", Text, nullable=False),
)
"""What forms frames had, for the readings made of them, which outlive the frames."""

device_days = Table(
    "device_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("frames", BigInteger, nullable=False),
    Column("clean", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("timed", BigInteger, nullable=False),
    Column("skew_ms", BigInteger, nullable=False),
    Column("skew_low_ms", BigInteger),
    Column("skew_high_ms", BigInteger),
)
"""How a device's frames were, by civil day: how many there were, were clean, were refused, said when
they were sent (`timed`), and how far the device's clock was ahead in these: sum, least, most.
"""

held_frames = Table(
    "held_frames",
    metadata,
    Column("adapter", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("frame", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Frames that are parts of something whose other parts have not come yet; for a restart."""

due = Table(
    "due",
    metadata,
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String(40), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
)
"""Spans of a device's data that a sweep has to judge (again)."""

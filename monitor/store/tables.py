"""Every table, in one place. `alembic/` upgrades to exactly this; a test compares the two.

Times that come by the thousand are integers of milliseconds (`…_ms`); the others are `UtcDateTime`.
Books (register) are never overwritten: a row that is replaced gets `superseded_at`, so that what the
books said on any day can be read off them. What comes from outside is `Text`: a name that is too long
for a column would cost everybody else in the transaction theirs.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from monitor.store.types import Id, Json, Numbers, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single facts: `register_version` counts the changes of the books."""

# --- what was heard -------------------------------------------------------------------------

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
)
"""Every device ever heard, registered or not: those without an outlet are the quarantine. `adapter` is
the one that understood it last: commands go out there.
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

# --- what is said to devices ------------------------------------------------------------------

OPEN_COMMAND = text("state IN ('queued', 'sent', 'accepted')")

commands = Table(
    "commands",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False),
    Column("code", String(8), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("period", String(8)),
    Column("since_ms", BigInteger),
    Column("until_ms", BigInteger),
    Column("state", String(10), nullable=False),
    Column("qn", String(20)),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("reason", Text),
    Column("result", JSON),
    Index("ix_commands_mn", "mn", "id"),
    Index("ix_commands_asked", "mn", "origin", "requested_at"),
    Index("ix_commands_finished", "finished_at"),
    Index(
        "ix_commands_open",
        "mn",
        "id",
        sqlite_where=OPEN_COMMAND,
        postgresql_where=OPEN_COMMAND,
    ),
)
"""What devices are told to do (反控), one row a command, from its asking to its result. Those that ask
for a span of history say which: `period`, `since_ms`, `until_ms`. The documents keep the order of their
names, in which they are sent.
"""

loggers = Table(
    "loggers",
    metadata,
    Column("logger", Text, primary_key=True),
    Column("adapter", Text, nullable=False),
    Column("details", Json, nullable=False),
    Column("mn", Text),
    Column("peer", Text),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)
"""Data loggers that introduced themselves (HJ 212-2025 CN=1001), and the MN each was given."""

device_keys = Table(
    "device_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("activated_at", UtcDateTime),
    Column("retired_at", UtcDateTime),
)
"""Keys of devices that encrypt (HJ 212-2025 6.4), each wrapped with the key of `[keys]`: `pending`
until the device has taken it, `active`, then `retired`, kept for what was sent before.
"""

# --- the books ------------------------------------------------------------------------------


def _book(name: str, *columns: Column[object], key: tuple[str, ...]) -> Table:
    """A table of the register: its rows are replaced by newer ones, never changed."""
    return Table(
        name,
        metadata,
        Column("id", Id, primary_key=True),
        *columns,
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("superseded_at", UtcDateTime),
        Index(
            f"uq_{name}_in_force",
            *key,
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )


enterprises = _book(
    "enterprises",
    Column("uscc", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("industry", Text),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("boundary", Text),
    Column("key_unit", Boolean, nullable=False),
    key=("uscc",),
)
outlets = _book(
    "outlets",
    Column("mn", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text),
    Column("medium", String(8), nullable=False),
    Column("standard", Text),
    Column("reference_oxygen", Double),
    Column("kind", Text),
    Column("password", Text),
    key=("mn",),
)
instruments = _book(
    "instruments",
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("range_low", Double),
    Column("range_high", Double),
    Column("detection_limit", Double),
    Column("unit", Text),
    key=("mn", "pollutant"),
)
officers = _book(
    "officers",
    Column("licence", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False),
    key=("licence",),
)
limits = _book(
    "limits",
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("period", String(8), nullable=False),
    Column("limit", Double),
    Column("lower", Double),
    Column("basis", String(12), nullable=False),
    Column("clause", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("share", Double, nullable=False, server_default="1"),
    Column("verified", Boolean, nullable=False, server_default=true()),
    Column("source", Text),
    key=("mn", "pollutant", "period", "basis", "share", "valid_from"),
)
positive_list = _book(
    "positive_list",
    Column("uscc", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("listed_from", Date, nullable=False),
    Column("listed_until", Date),
    Column("document", Text),
    key=("uscc", "category", "listed_from"),
)
cameras = _book(
    "cameras",
    Column("camera", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    key=("adapter", "camera"),
)
meters = _book(
    "meters",
    Column("meter", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("facility", String(12), nullable=False),
    Column("rated_kw", Double),
    Column("mn", Text),
    key=("meter",),
)

# --- marks ------------------------------------------------------------------------------------

marks = Table(
    "marks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mn", Text, nullable=False),
    Column("pollutant", Text, nullable=False),
    Column("class", String(12), nullable=False),
    Column("item", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("ordered_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("superseded_at", UtcDateTime),
    Column("superseded_by", Text),
    Column("superseded_reason", Text),
    Index("ix_marks_span", "mn", "start_ms"),
    Index(
        "uq_marks_in_force",
        "mn",
        "pollutant",
        "class",
        "item",
        "start_ms",
        "end_ms",
        "manual",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)
"""Marks (数据标记) of devices and operating conditions; `pollutant` is empty where all are meant.

`ordered_at` is when an order of the authority (电子督办) asked for it. A mark is never changed: one that
is struck out says when, by whom and why.
"""

# --- what was judged ------------------------------------------------------------------------

OPEN_TASK = text("state IN ('queued', 'claimed', 'suspended')")

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("mandatory", Boolean, nullable=False),
    Column("trigger", String(20), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("uscc", Text),
    Column("enterprise", Text),
    Column("district", Text),
    Column("place", Json),
    Column("reason", Text, nullable=False),
    Column("listing", Json, nullable=False),
    Column("legal_basis", Json, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("overdue_at", UtcDateTime),
    Column("claimed_by", Text),
    Column("claimed_at", UtcDateTime),
    Column("lease", String(48)),
    Column("lease_until", UtcDateTime),
    Column("lease_device", Text),
    Column("result", Json),
    Column("version", Integer, nullable=False),
    Index(
        "uq_tasks_matter",
        "uscc",
        "trigger",
        unique=True,
        sqlite_where=OPEN_TASK,
        postgresql_where=OPEN_TASK,
    ),
    Index("ix_tasks_queue", "state", "priority", "due_at", "id"),
)
"""Verification tasks (现场核查). The unique index is the promise of one open task per matter."""

task_history = Table(
    "task_history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("change", String(20), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("data", Json),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", String(32), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("uscc", Text),
    Column("enterprise", Text),
    Column("district", Text),
    Column("device", BigInteger),
    Column("mn", Text),
    Column("pollutant", Text),
    Column("period", String(8)),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger),
    Column("cleared_ms", BigInteger),
    Column("value", Double),
    Column("limit", Double),
    Column("exceed_ratio", Double),
    Column("clause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("task", ForeignKey("tasks.id"), index=True),
    Column("screening", Json),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("silent", Boolean, nullable=False, server_default=false()),
    Column("verified", Boolean, nullable=False, server_default=true()),
    Index("ix_alerts_series", "device", "rule", "period", "pollutant"),
    Index("ix_alerts_uscc", "uscc"),
    Index("ix_alerts_state", "state", "rule"),
)

findings = Table(
    "findings",
    metadata,
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", String(32), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("pollutant", Text, primary_key=True),
    Column("start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("value", Double),
    Column("bound", Double),
    Column("exceed_ratio", Double, nullable=False),
    Column("limit_id", BigInteger),
    Column("frame", BigInteger),
    Column("detail", Json),
    Column("alert", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("late", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)
"""Every period of which a rule found something, once; an alert is an unbroken run of them.

`frame` is the one that an exceedance rests on; what other rules found rests on the stored data of the
period, and `detail` says what they saw.
"""

kept_frames = Table(
    "kept_frames",
    metadata,
    Column("frame", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""Frames that an alert leans on, copied out of the log, which is kept only for a time."""

# --- what is told ---------------------------------------------------------------------------

events = Table(
    "events",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("type", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("district", Text),
    Column("task", BigInteger, index=True),
    Column("alert", BigInteger),
    Column("data", Json, nullable=False),
    sqlite_autoincrement=True,
)
"""The outbox: every change, numbered in the order of commit."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Json, nullable=False),
    Column("districts", Json, nullable=False),
    Column("secret", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("token", ForeignKey("tokens.id")),
    Column("failing_since", UtcDateTime),
    Column("tried_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("proven", Boolean),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook", ForeignKey("webhooks.id"), nullable=False),
    Column("event", ForeignKey("events.seq"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", Text),
    UniqueConstraint("webhook", "event"),
    Index("ix_deliveries_due", "state", "next_at"),
    Index("ix_deliveries_event", "event"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
)
"""The delivery log: every try, its answer or its fault."""

# --- who may --------------------------------------------------------------------------------

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("districts", Json, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_on", Date),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", Text, nullable=False),
    Column("origin", Text),
    Column("data", Json),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Who did what, when, to what, from where; each row's hash covers the one before."""

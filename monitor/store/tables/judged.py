"""What was judged: tasks, alerts, findings."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

from monitor.store.tables.base import metadata
from monitor.store.types import Id, Json, UtcDateTime

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
    Column("enterprise_district", Text),
    Column("district", Text),
    Column("place", Json),
    Column("reason", Text, nullable=False),
    Column("start_condition", Json),
    Column("check_kind", String(8), nullable=False, server_default="case"),
    Column("listing", Json, nullable=False),
    Column("legal_basis", Json, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("deadline", Json, nullable=False, server_default="{}"),
    Column("remind_at", UtcDateTime),
    Column("overdue_at", UtcDateTime),
    Column("escalate_at", UtcDateTime),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("assigned_to", Text),
    Column("returned_at", UtcDateTime),
    Column("suspended_at", UtcDateTime),
    Column("resume_at", UtcDateTime),
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
"""Verification tasks (现场核查). The unique index is the promise of one open task per matter.

`district` is whose officers see it, `enterprise_district` where the enterprise is. `deadline` says how
`due_at` came about. `remind_at`, `escalate_at` and `resume_at` are when the clock has something to do.
"""

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

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("task", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("first_due_on", Date, nullable=False),
    Column("done_on", Date),
    Column("done_by", Text),
    Column("passed", Boolean),
    Column("told_at", UtcDateTime),
    Column("dropped_at", UtcDateTime),
    Index("ix_follow_ups_due", "done_on", "due_on"),
)
"""What has to follow a reported verification; `passed` is of a re-check. Those of a report that a
re-opened task has put aside are `dropped_at`, not gone.
"""

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
    Column("source", Text),
    Column("label", Text),
    Column("until_ms", BigInteger),
    Column("told", Boolean, nullable=False, server_default=true()),
    Column("muting_alert", BigInteger),
    Column("muting_silence", BigInteger),
    Column("own_outcome", String(8)),
    Column("lifted", Text),
    Index("ix_alerts_series", "device", "rule", "period", "pollutant"),
    Index("ix_alerts_seen", "source", "label", "until_ms"),
    Index("ix_alerts_uscc", "uscc", "end_ms"),
    Index("ix_alerts_state", "state", "rule"),
    Index("ix_alerts_opened_at", "opened_at"),
    Index("ix_alerts_device", "device", "state"),
)
"""What rules found, or eyes saw: of the latter `source` is the adapter and its camera or aircraft,
`label` what was seen, `until_ms` when the episode is over unless it goes on.

An alert that is `silent`, or muted by another alert or a silence, is quiet; `told` says whether the
outside has heard of it. Where corroboration has lifted it, `own_outcome` is what its rule asks for and
`lifted` the sentence that says so.
"""

corroborations = Table(
    "corroborations",
    metadata,
    Column("alert", ForeignKey("alerts.id"), primary_key=True),
    Column("by", ForeignKey("alerts.id"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
)
"""Which alert is borne out by which (互证), and since when that is known. Never taken back."""

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

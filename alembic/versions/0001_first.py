"""The first schema."""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, Numbers, UtcDateTime

revision = "0001"
down_revision = None

# For people with a SQL client: both kinds of rows a pollutant at a time, times as times.
READINGS_VIEW = """
CREATE VIEW v_readings AS
SELECT
    d.mn, r.period,
    to_timestamp(r.start_ms / 1000.0) AS start, to_timestamp(r.end_ms / 1000.0) AS "end",
    split_part(n.name, '-', 1) AS pollutant, split_part(n.name, '-', 2) AS statistic,
    nullif(n.value, 'NaN') AS value,
    to_timestamp(r.received_ms / 1000.0) AS received_at, r.late, r.frame
FROM readings r
JOIN devices d ON d.id = r.device
JOIN layouts l ON l.id = r.layout
CROSS JOIN LATERAL unnest(r.numbers, string_to_array(l.columns, ',')) AS n(value, name)
"""
AVERAGES_VIEW = """
CREATE VIEW v_averages AS
SELECT
    d.mn, a.period,
    to_timestamp(a.start_ms / 1000.0) AS start, to_timestamp(a.end_ms / 1000.0) AS "end",
    a.pollutant, a.value, a.min, a.max, a.total, a.converted, a.converted_min, a.converted_max,
    a.raw, a.flag, to_timestamp(a.received_ms / 1000.0) AS received_at, a.late, a.frame
FROM averages a
JOIN devices d ON d.id = a.device
"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("data", Json, nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_table(
        "averages",
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pollutant", sa.Text(), nullable=False),
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("min", sa.Double(), nullable=True),
        sa.Column("max", sa.Double(), nullable=True),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("converted", sa.Double(), nullable=True),
        sa.Column("converted_min", sa.Double(), nullable=True),
        sa.Column("converted_max", sa.Double(), nullable=True),
        sa.Column("raw", sa.Double(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "period", "start_ms", "device", "pollutant", "digest", name="pk_averages"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_averages_device", "averages", ["device", "period", "start_ms"], unique=False
    )
    op.create_table(
        "cameras",
        sa.Column("id", Id, nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
    )
    op.create_index(
        "uq_cameras_in_force",
        "cameras",
        ["adapter", "camera"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "devices",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.Column("frames", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("peer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("mn", name="uq_devices_mn"),
    )
    op.create_table(
        "due",
        sa.Column("device", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("device", "reason", name="pk_due"),
    )
    op.create_table(
        "enterprises",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("boundary", sa.Text(), nullable=True),
        sa.Column("key_unit", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enterprises"),
    )
    op.create_index(
        "uq_enterprises_in_force",
        "enterprises",
        ["uscc"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "events",
        sa.Column("seq", Id, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("task", sa.BigInteger(), nullable=True),
        sa.Column("alert", sa.BigInteger(), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_task", "events", ["task"], unique=False)
    op.create_table(
        "frame_log",
        sa.Column("id", Id, nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_frame_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_frame_log_last_at", "frame_log", ["last_at"], unique=False)
    op.create_table(
        "instruments",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("pollutant", sa.Text(), nullable=False),
        sa.Column("range_low", sa.Double(), nullable=True),
        sa.Column("range_high", sa.Double(), nullable=True),
        sa.Column("detection_limit", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_instruments"),
    )
    op.create_index(
        "uq_instruments_in_force",
        "instruments",
        ["mn", "pollutant"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "kept_frames",
        sa.Column("frame", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("frame", name="pk_kept_frames"),
    )
    op.create_table(
        "layouts",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_layouts"),
        sa.UniqueConstraint("digest", name="uq_layouts_digest"),
    )
    op.create_table(
        "limits",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("pollutant", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("lower", sa.Double(), nullable=True),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_limits"),
    )
    op.create_index(
        "uq_limits_in_force",
        "limits",
        ["mn", "pollutant", "period", "basis", "valid_from"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "meters",
        sa.Column("id", Id, nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("facility", sa.String(length=12), nullable=False),
        sa.Column("rated_kw", sa.Double(), nullable=True),
        sa.Column("mn", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_meters"),
    )
    op.create_index(
        "uq_meters_in_force",
        "meters",
        ["meter"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "officers",
        sa.Column("id", Id, nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_officers"),
    )
    op.create_index(
        "uq_officers_in_force",
        "officers",
        ["licence"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "outlets",
        sa.Column("id", Id, nullable=False),
        sa.Column("mn", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("medium", sa.String(length=8), nullable=False),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.Column("reference_oxygen", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outlets"),
    )
    op.create_index(
        "uq_outlets_in_force",
        "outlets",
        ["mn"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "positive_list",
        sa.Column("id", Id, nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=False),
        sa.Column("listed_until", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_positive_list"),
    )
    op.create_index(
        "uq_positive_list_in_force",
        "positive_list",
        ["uscc", "category", "listed_from"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "problems",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "adapter", "device", "problem", name="pk_problems"),
    )
    op.create_table(
        "readings",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("layout", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("numbers", Numbers(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "hour", "device", "period", "start_ms", "layout", "digest", name="pk_readings"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tasks",
        sa.Column("id", Id, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("place", Json, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listing", Json, nullable=False),
        sa.Column("legal_basis", Json, nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("lease", sa.String(length=48), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_device", sa.Text(), nullable=True),
        sa.Column("result", Json, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_queue", "tasks", ["state", "priority", "due_at", "id"], unique=False)
    op.create_index(
        "uq_tasks_matter",
        "tasks",
        ["uscc", "trigger"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'claimed', 'suspended')"),
        postgresql_where=sa.text("state IN ('queued', 'claimed', 'suspended')"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("districts", Json, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("hash", name="uq_tokens_hash"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", Id, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("device", sa.BigInteger(), nullable=True),
        sa.Column("mn", sa.Text(), nullable=True),
        sa.Column("pollutant", sa.Text(), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("cleared_ms", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("exceed_ratio", sa.Double(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("task", Id, nullable=True),
        sa.Column("screening", Json, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_alerts_task"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index(
        "ix_alerts_series", "alerts", ["device", "rule", "period", "pollutant"], unique=False
    )
    op.create_index("ix_alerts_state", "alerts", ["state", "rule"], unique=False)
    op.create_index("ix_alerts_task", "alerts", ["task"], unique=False)
    op.create_index("ix_alerts_uscc", "alerts", ["uscc"], unique=False)
    op.create_table(
        "task_history",
        sa.Column("id", Id, nullable=False),
        sa.Column("task", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("change", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", Json, nullable=True),
        sa.ForeignKeyConstraint(["task"], ["tasks.id"], name="fk_task_history_task"),
        sa.PrimaryKeyConstraint("id", name="pk_task_history"),
    )
    op.create_index("ix_task_history_task", "task_history", ["task"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("districts", Json, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("token", Id, nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_webhooks_token"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("webhook", Id, nullable=False),
        sa.Column("event", Id, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["events.seq"], name="fk_deliveries_event"),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.id"], name="fk_deliveries_webhook"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("webhook", "event", name="uq_deliveries_webhook_event"),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["state", "next_at"], unique=False)
    op.create_index("ix_deliveries_event", "deliveries", ["event"], unique=False)
    op.create_table(
        "findings",
        sa.Column("device", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("pollutant", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("bound", sa.Double(), nullable=False),
        sa.Column("exceed_ratio", sa.Double(), nullable=False),
        sa.Column("limit_id", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.BigInteger(), nullable=False),
        sa.Column("alert", Id, nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_findings_alert"),
        sa.PrimaryKeyConstraint(
            "device", "rule", "period", "pollutant", "start_ms", name="pk_findings"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_findings_alert", "findings", ["alert"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", Id, nullable=False),
        sa.Column("delivery", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="fk_attempts_delivery"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_delivery", "attempts", ["delivery"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(READINGS_VIEW)
        op.execute(AVERAGES_VIEW)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP VIEW v_averages")
        op.execute("DROP VIEW v_readings")
    op.drop_index("ix_attempts_delivery", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("ix_findings_alert", table_name="findings")
    op.drop_table("findings")
    op.drop_index("ix_deliveries_event", table_name="deliveries")
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("webhooks")
    op.drop_index("ix_task_history_task", table_name="task_history")
    op.drop_table("task_history")
    op.drop_index("ix_alerts_uscc", table_name="alerts")
    op.drop_index("ix_alerts_task", table_name="alerts")
    op.drop_index("ix_alerts_state", table_name="alerts")
    op.drop_index("ix_alerts_series", table_name="alerts")
    op.drop_table("alerts")
    op.drop_table("tokens")
    op.drop_index(
        "uq_tasks_matter",
        table_name="tasks",
        sqlite_where=sa.text("state IN ('queued', 'claimed', 'suspended')"),
        postgresql_where=sa.text("state IN ('queued', 'claimed', 'suspended')"),
    )
    op.drop_index("ix_tasks_queue", table_name="tasks")
    op.drop_table("tasks")
    op.drop_table("readings")
    op.drop_table("problems")
    op.drop_index(
        "uq_positive_list_in_force",
        table_name="positive_list",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("positive_list")
    op.drop_index(
        "uq_outlets_in_force",
        table_name="outlets",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("outlets")
    op.drop_index(
        "uq_officers_in_force",
        table_name="officers",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("officers")
    op.drop_index(
        "uq_meters_in_force",
        table_name="meters",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("meters")
    op.drop_table("meta")
    op.drop_index(
        "uq_limits_in_force",
        table_name="limits",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("limits")
    op.drop_table("layouts")
    op.drop_table("kept_frames")
    op.drop_index(
        "uq_instruments_in_force",
        table_name="instruments",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("instruments")
    op.drop_index("ix_frame_log_last_at", table_name="frame_log")
    op.drop_table("frame_log")
    op.drop_index("ix_events_task", table_name="events")
    op.drop_table("events")
    op.drop_index(
        "uq_enterprises_in_force",
        table_name="enterprises",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("enterprises")
    op.drop_table("due")
    op.drop_table("devices")
    op.drop_index(
        "uq_cameras_in_force",
        table_name="cameras",
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.drop_table("cameras")
    op.drop_index("ix_averages_device", table_name="averages")
    op.drop_table("averages")
    op.drop_table("audit")

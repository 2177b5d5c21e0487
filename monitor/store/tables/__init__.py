"""Every table, in one place. `alembic/` upgrades to exactly this; a test compares the two.

Times that come by the thousand are integers of milliseconds (`…_ms`); the others are `UtcDateTime`.
Books (register) are never overwritten: a row that is replaced gets `superseded_at`, so that what the
books said on any day can be read off them. What comes from outside is `Text`: a name that is too long
for a column would cost everybody else in the transaction theirs.
"""

from monitor.store.tables.access import audit, calendar_links, keyed_requests, tokens
from monitor.store.tables.attached import attachments, media, reminders, uploads
from monitor.store.tables.base import metadata
from monitor.store.tables.books import (
    cameras,
    enterprises,
    instruments,
    limits,
    meta,
    meters,
    officers,
    outlets,
    positive_list,
)
from monitor.store.tables.commanded import OPEN_COMMAND, commands, device_keys, loggers
from monitor.store.tables.complained import (
    complaint_deadlines,
    complaint_reporters,
    complaint_steps,
    complaints,
)
from monitor.store.tables.heard import (
    averages,
    device_days,
    devices,
    due,
    frame_log,
    held_frames,
    layouts,
    problems,
    readings,
    verdicts,
)
from monitor.store.tables.judged import (
    OPEN_TASK,
    alerts,
    corroborations,
    findings,
    follow_ups,
    kept_frames,
    task_history,
    tasks,
)
from monitor.store.tables.listed import (
    drawn,
    draws,
    listing_proposals,
    listing_publications,
    published_listings,
)
from monitor.store.tables.marked import marks, silences
from monitor.store.tables.messaged import contacts, messages
from monitor.store.tables.ordered import emergency_orders
from monitor.store.tables.recorded import (
    cases,
    documents,
    record_versions,
    reliefs,
    report_duties,
    typical_cases,
)
from monitor.store.tables.scored import score_levels, scores
from monitor.store.tables.seen import frame_bodies, sighting_files, sightings
from monitor.store.tables.surveyed import (
    survey_enterprises,
    survey_files,
    survey_findings,
    surveys,
)
from monitor.store.tables.told import attempts, deliveries, events, webhooks

__all__ = [
    "OPEN_COMMAND",
    "OPEN_TASK",
    "alerts",
    "attachments",
    "attempts",
    "audit",
    "averages",
    "calendar_links",
    "cameras",
    "cases",
    "commands",
    "complaint_deadlines",
    "complaint_reporters",
    "complaint_steps",
    "complaints",
    "contacts",
    "corroborations",
    "deliveries",
    "device_days",
    "device_keys",
    "devices",
    "documents",
    "drawn",
    "draws",
    "due",
    "emergency_orders",
    "enterprises",
    "events",
    "findings",
    "follow_ups",
    "frame_bodies",
    "frame_log",
    "held_frames",
    "instruments",
    "kept_frames",
    "keyed_requests",
    "layouts",
    "limits",
    "listing_proposals",
    "listing_publications",
    "loggers",
    "marks",
    "media",
    "messages",
    "meta",
    "metadata",
    "meters",
    "officers",
    "outlets",
    "positive_list",
    "problems",
    "published_listings",
    "readings",
    "record_versions",
    "reliefs",
    "reminders",
    "report_duties",
    "score_levels",
    "scores",
    "sighting_files",
    "sightings",
    "silences",
    "survey_enterprises",
    "survey_files",
    "survey_findings",
    "surveys",
    "task_history",
    "tasks",
    "tokens",
    "typical_cases",
    "uploads",
    "verdicts",
    "webhooks",
]

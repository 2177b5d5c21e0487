"""Letting go of what was kept long enough, a bounded piece at a time."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile

from sqlalchemy import delete, func, select

from monitor.clock import to_ms
from monitor.command import Origin
from monitor.store import Connection
from monitor.store.frames import PER_ROW
from monitor.store.readings import HOUR_MS
from monitor.store.tables import (
    attachments,
    attempts,
    commands,
    deliveries,
    device_days,
    events,
    frame_bodies,
    frame_log,
    kept_frames,
    media,
    problems,
    readings,
    sighting_files,
    sightings,
    survey_enterprises,
    survey_files,
    survey_findings,
    surveys,
)

_AT_ONCE = 500


def drop_frames(connection: Connection, before: datetime) -> int:
    """Let go of logged frames older than `before`; those an alert leans on are kept elsewhere."""
    old = select(frame_log.c.id).where(frame_log.c.last_at < before).limit(_AT_ONCE)
    return connection.execute(delete(frame_log).where(frame_log.c.id.in_(old))).rowcount


def drop_sightings(connection: Connection, before: datetime) -> int:
    """Let go of what eyes saw before `before` and no alert is made of, and of frames that are files.

    What no row refers to is let go of as a file when media are swept.
    """
    old = select(sightings.c.id).where(
        sightings.c.received_at < before, sightings.c.alert.is_(None)
    )
    gone = list(connection.execute(old.limit(_AT_ONCE)).scalars())
    connection.execute(delete(survey_findings).where(survey_findings.c.sighting.in_(gone)))
    connection.execute(delete(sighting_files).where(sighting_files.c.sighting.in_(gone)))
    connection.execute(delete(sightings).where(sightings.c.id.in_(gone)))
    first = connection.execute(select(func.min(frame_log.c.id))).scalar()
    kept = select(kept_frames.c.frame)
    bodies = select(frame_bodies.c.frame).where(
        frame_bodies.c.frame < (first or 0) * PER_ROW, frame_bodies.c.frame.not_in(kept)
    )
    lost = delete(frame_bodies).where(frame_bodies.c.frame.in_(bodies.limit(_AT_ONCE)))
    return len(gone) + connection.execute(lost).rowcount


def drop_surveys(connection: Connection, before: datetime) -> int:
    """Let go of surveys that nothing was added to since `before` and that no alert rests on."""
    rests = (
        select(survey_findings.c.survey)
        .join(sightings, sightings.c.id == survey_findings.c.sighting)
        .where(sightings.c.alert.is_not(None))
    )
    old = select(surveys.c.id).where(surveys.c.updated_at < before, surveys.c.id.not_in(rests))
    gone = list(connection.execute(old.limit(_AT_ONCE)).scalars())
    for table in (survey_findings, survey_enterprises, survey_files):
        connection.execute(delete(table).where(table.c.survey.in_(gone)))
    return connection.execute(delete(surveys).where(surveys.c.id.in_(gone))).rowcount


def drop_media(connection: Connection, before: datetime) -> int:
    """Let go of the records of files from before `before` that nothing refers to (any more)."""
    referring = (
        attachments.c.sha256,
        sighting_files.c.sha256,
        frame_bodies.c.sha256,
        survey_files.c.sha256,
    )
    unused = select(media.c.sha256).where(
        media.c.created_at < before, *(media.c.sha256.not_in(select(c)) for c in referring)
    )
    old = delete(media).where(media.c.sha256.in_(unused.limit(_AT_ONCE)))
    return connection.execute(old).rowcount


def drop_readings(connection: Connection, before: datetime) -> int:
    """Let go of the oldest hour of the flood, if all of it is older than `before`."""
    oldest = connection.execute(select(func.min(readings.c.hour))).scalar()
    if oldest is None or oldest >= to_ms(before) // HOUR_MS:
        return 0
    return connection.execute(delete(readings).where(readings.c.hour == oldest)).rowcount


def drop_problems(connection: Connection, before: datetime) -> int:
    """Let go of counted problems, and of the counts of devices' frames, of days before `before`."""
    connection.execute(delete(device_days).where(device_days.c.day < before.date()))
    return connection.execute(delete(problems).where(problems.c.day < before.date())).rowcount


def drop_commands(connection: Connection, before: datetime) -> int:
    """Let go of commands that ended before `before`, but for the first ones: those are sent once."""
    old = select(commands.c.id).where(commands.c.finished_at < before)
    old = old.where(commands.c.origin != Origin.FIRST_CONNECTION).limit(_AT_ONCE)
    return connection.execute(delete(commands).where(commands.c.id.in_(old))).rowcount


def drop_events(connection: Connection, before: datetime) -> int:
    """Let go of told events older than `before`, and of the log of their delivery.

    Only from the beginning, up to the first that is still to be delivered, and never the last of all:
    whoever holds a cursor can so tell whether anything behind it is gone.
    """
    pending = select(func.min(deliveries.c.event)).where(deliveries.c.state == "pending")
    first_pending = connection.execute(pending).scalar()
    last = connection.execute(select(func.max(events.c.seq))).scalar()
    if last is None:
        return 0
    end = min(last, last if first_pending is None else first_pending)
    query = select(events.c.seq, events.c.at).where(events.c.seq < end).order_by(events.c.seq)
    oldest = connection.execute(query.limit(_AT_ONCE)).all()
    old = [row.seq for row in takewhile(lambda row: row.at < before, oldest)]
    if not old:
        return 0
    told = select(deliveries.c.id).where(deliveries.c.event.in_(old))
    connection.execute(delete(attempts).where(attempts.c.delivery.in_(told)))
    connection.execute(delete(deliveries).where(deliveries.c.event.in_(old)))
    return connection.execute(delete(events).where(events.c.seq.in_(old))).rowcount

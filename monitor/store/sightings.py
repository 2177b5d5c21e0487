"""What eyes saw: events, the alerts they are made into, the files they came with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, or_, select, text, update

from monitor.clock import from_ms, rfc3339
from monitor.store.bulk import insert_new
from monitor.store.database import among, insert
from monitor.store.scope import within
from monitor.store.tables import alerts, frame_bodies, media, sighting_files, sightings, tasks


@dataclass(frozen=True, slots=True)
class Trail:
    """What an episode of sightings runs along."""

    rule: str
    source: str
    """The adapter and its camera or aircraft, `adapter/source`."""
    label: str


def lock(connection: Connection, trails: Iterable[Trail]) -> None:
    """From here to the end of the transaction nobody else adds to these episodes (PostgreSQL)."""
    if connection.dialect.name != "postgresql":
        return
    for key in sorted({_number(trail) for trail in trails}):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _number(trail: Trail) -> int:
    named = "\0".join((trail.rule, trail.source, trail.label)).encode()
    return int.from_bytes(hashlib.sha256(named).digest()[:8], signed=True)


def enter(connection: Connection, values: dict[str, Any]) -> tuple[Row[Any], bool]:
    """Enter an event, or find the one of its key; says whether it is new."""
    statement = insert(connection, sightings).values(values).on_conflict_do_nothing()
    new = connection.execute(statement.returning(sightings.c.id)).scalar() is not None
    query = select(sightings).where(
        sightings.c.adapter == values["adapter"], sightings.c.key == values["key"]
    )
    return connection.execute(query.with_for_update()).one(), new


def change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Change an event's columns."""
    connection.execute(update(sightings).where(sightings.c.id == number).values(values))


def add_files(connection: Connection, number: int, files: Iterable[tuple[str, str]]) -> None:
    """Let an event have recorded files, each by its SHA-256 and name, once."""
    insert_new(connection, sighting_files, [(number, sha256, name) for sha256, name in files])


def add_bodies(connection: Connection, bodies: Iterable[tuple[int, str]]) -> None:
    """Say of frames which recorded file their bytes are."""
    insert_new(connection, frame_bodies, list(bodies))


def body(connection: Connection, frame: int) -> Row[Any] | None:
    """The file that a frame's bytes are, where they are one: hash, size, type."""
    query = select(media).join(frame_bodies, frame_bodies.c.sha256 == media.c.sha256)
    return connection.execute(query.where(frame_bodies.c.frame == frame)).one_or_none()


def touching(
    connection: Connection, trail: Trail, uscc: str | None, start_ms: int, until_ms: int
) -> list[Row[Any]]:
    """The alerts whose episodes an event of an enterprise (None = nobody's) from `start_ms` belongs to,
    that lasts, with the silence that may follow, until `until_ms`; the earliest first, and held until the
    transaction ends (PostgreSQL)."""
    query = select(alerts).where(
        alerts.c.rule == trail.rule,
        alerts.c.source == trail.source,
        alerts.c.label == trail.label,
        alerts.c.uscc.is_not_distinct_from(uscc),
        alerts.c.periods > 0,
        alerts.c.start_ms <= until_ms,
        alerts.c.until_ms >= start_ms,
    )
    query = query.order_by(alerts.c.start_ms, alerts.c.id)
    return list(connection.execute(query.with_for_update(key_share=True)).all())


def move(connection: Connection, source: int, target: int) -> None:
    """Put the events of one alert under another."""
    connection.execute(update(sightings).where(sightings.c.alert == source).values(alert=target))


def whose_are_over(connection: Connection, before_ms: int, limit: int) -> list[str | None]:
    """The enterprises of the alerts that `over` finds."""
    query = select(alerts.c.uscc).where(alerts.c.state == "open", alerts.c.until_ms < before_ms)
    return list(connection.execute(query.order_by(alerts.c.id).limit(limit)).scalars())


def over(connection: Connection, before_ms: int, limit: int) -> list[Row[Any]]:
    """Open alerts whose episodes were over before an instant, but for those that somebody prolongs."""
    query = select(alerts).where(alerts.c.state == "open", alerts.c.until_ms < before_ms)
    query = (
        query.order_by(alerts.c.id).limit(limit).with_for_update(key_share=True, skip_locked=True)
    )
    return list(connection.execute(query).all())


def near(reach: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a sighting is within reach: of the district, or what a task there rests on."""
    handed = (
        select(alerts.c.id)
        .join(tasks, tasks.c.id == alerts.c.task)
        .where(within(tasks.c.district, reach))
    )
    return or_(within(sightings.c.district, reach), sightings.c.alert.in_(handed))


def _rows(reach: Sequence[str]) -> Select[Any]:
    return select(sightings).where(near(reach))


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: int | None = None,
    *,
    placed: bool | None = None,
    **exact: Any,
) -> list[Row[Any]]:
    """Sightings, newest first; `placed`: only those that are, or are not, somebody's."""
    query = _rows(reach).where(*(sightings.c[k] == v for k, v in exact.items() if v is not None))
    if placed is not None:
        query = query.where(sightings.c.uscc.is_not(None) if placed else sightings.c.uscc.is_(None))
    if before is not None:
        query = query.where(sightings.c.id < before)
    return list(connection.execute(query.order_by(sightings.c.id.desc()).limit(limit)).all())


def find(connection: Connection, reach: Sequence[str], number: int) -> Row[Any] | None:
    """A sighting within reach."""
    return connection.execute(_rows(reach).where(sightings.c.id == number)).one_or_none()


def of_alert(connection: Connection, alert: int, limit: int) -> list[Row[Any]]:
    """The first events that an alert is made of, in order of time."""
    query = select(sightings).where(sightings.c.alert == alert)
    order = (sightings.c.start_ms, sightings.c.id)
    return list(connection.execute(query.order_by(*order).limit(limit)).all())


def files(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The files of events: name, hash, size, type, in the order of their hashes."""
    query = select(sighting_files, media.c.size, media.c.type).join(
        media, media.c.sha256 == sighting_files.c.sha256
    )
    query = query.where(among(connection, sighting_files.c.sighting, numbers))
    found: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    for row in connection.execute(query.order_by(sighting_files.c.sha256)):
        found[row.sighting].append(row)
    return found


def shape_rows(
    connection: Connection, rows: Sequence[Row[Any]], zone: tzinfo
) -> list[dict[str, Any]]:
    """The JSON of events with their files; times with the offset of `zone`."""
    having = files(connection, [row.id for row in rows])
    return [shape(row, having[row.id], zone) for row in rows]


def shape(row: Any, having: Sequence[Any], zone: tzinfo) -> dict[str, Any]:
    """The JSON of an event and its files."""

    def time(at: datetime | None) -> str | None:
        return None if at is None else rfc3339(at, zone)

    owned = {"uscc": row.uscc, "name": row.enterprise, "district": row.district}
    near = {"name": row.enterprise, "district": row.district, "distance": row.distance}
    return {
        "id": row.id,
        "adapter": row.adapter,
        "key": row.key,
        "kind": row.kind,
        "source": row.source,
        "label": row.label,
        "start": time(from_ms(row.start_ms)),
        "end": None if row.end_ms is None else time(from_ms(row.end_ms)),
        "confidence": row.confidence,
        "place": _place(row),
        "placed": row.placed,
        "enterprise": owned if row.uscc else None,
        "nearest": near if row.uscc is None and row.enterprise else None,
        "supplementary": row.supplementary,
        "details": row.details,
        "received_at": time(row.received_at),
        "frame": row.frame,
        "alert": row.alert,
        "files": [_file(row.id, each) for each in having],
    }


def _place(row: Any) -> dict[str, Any] | None:
    if row.longitude is None:
        return None
    return {
        "longitude": row.longitude,
        "latitude": row.latitude,
        "datum": row.datum,
        "accuracy": row.accuracy,
        "of_camera": row.of_camera,
    }


def _file(number: int, row: Any) -> dict[str, Any]:
    path = f"/api/v1/sightings/{number}/files/{row.sha256}"
    small = f"{path}/thumbnail" if row.type.startswith("image/") else None
    return {
        "sha256": row.sha256,
        "size": row.size,
        "type": row.type,
        "name": row.name,
        "links": {"content": path, "thumbnail": small},
    }

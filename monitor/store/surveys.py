"""Surveys of drones: entered, grown, listed and shaped; their files, enterprises and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select, update

from monitor.clock import from_ms, rfc3339
from monitor.store import sightings as seen
from monitor.store.bulk import batched
from monitor.store.database import among, insert
from monitor.store.scope import within
from monitor.store.tables import (
    media,
    sightings,
    survey_enterprises,
    survey_files,
    survey_findings,
    surveys,
)
from monitor.survey import Content

_SHOWN = ("image/jpeg", "image/png", "image/webp", "image/heic")
"""Types that there are smaller pictures of."""
EXTENT = ("west", "south", "east", "north")


# --- entering ---------------------------------------------------------------------------------------


def enter(connection: Connection, values: dict[str, Any]) -> Row[Any]:
    """Enter a survey, or find the one of its adapter and mission; held until the transaction ends."""
    connection.execute(insert(connection, surveys).values(values).on_conflict_do_nothing())
    query = select(surveys).where(
        surveys.c.adapter == values["adapter"], surveys.c.mission == values["mission"]
    )
    return connection.execute(query.with_for_update()).one()


def change(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Change a survey's columns."""
    connection.execute(update(surveys).where(surveys.c.id == number).values(dict(values)))


def put_file(connection: Connection, values: dict[str, Any]) -> None:
    """Enter a recorded file; what is said of one that is there already is brought up to date."""
    statement = insert(connection, survey_files).values(values)
    key = [survey_files.c.survey, survey_files.c.sha256]
    kept = {"survey", "sha256", "received_at", "frame"}
    said = {name: statement.excluded[name] for name in values if name not in kept}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=said))


def add_enterprises(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Let a survey be of enterprises; once it is, it stays so."""
    for row in rows:
        statement = insert(connection, survey_enterprises).values(row).on_conflict_do_nothing()
        connection.execute(statement)


def add_findings(
    connection: Connection, number: int, adapter: str, keys: Mapping[str, bool]
) -> list[int]:
    """Let events of an adapter be findings of a survey; by their keys, whether their time is known.

    Returns the events' ids.
    """
    ids = []
    for key, timed in keys.items():
        query = select(sightings.c.id).where(sightings.c.adapter == adapter, sightings.c.key == key)
        ids.append(connection.execute(query).scalar_one())
        row = {"survey": number, "sighting": ids[-1], "timed": timed}
        statement = insert(connection, survey_findings).values(row).on_conflict_do_nothing()
        connection.execute(statement)
    return ids


def entered(connection: Connection, number: int, digests: Sequence[str]) -> dict[str, Any]:
    """Which of some files a survey has, with the problems of each."""
    query = select(survey_files.c.sha256, survey_files.c.problems).where(
        survey_files.c.survey == number, survey_files.c.sha256.in_(digests)
    )
    return {row.sha256: row.problems for row in connection.execute(query)}


def count_files(connection: Connection, number: int, most: int) -> int:
    """How many files a survey has; counted up to so many."""
    some = select(survey_files.c.sha256).where(survey_files.c.survey == number).limit(most)
    return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()


def missing(
    connection: Connection, adapter: str, mission: str, digests: Sequence[str], most: int
) -> int:
    """How many more of some files a mission has no room for: those that it has already need none."""
    query = select(surveys.c.id).where(surveys.c.adapter == adapter, surveys.c.mission == mission)
    number = connection.execute(query).scalar()
    if number is None:
        return 0
    new = len(set(digests) - entered(connection, number, digests).keys())
    return max(0, count_files(connection, number, most) + new - most) if new else 0


def placed(connection: Connection, number: int, ids: Sequence[int] | None = None) -> list[Any]:
    """Where and when a survey's events are that have a place; all, or those of some ids."""
    of = sightings.c
    when = (of.start_ms, of.end_ms, survey_findings.c.timed)
    query = (
        select(of.id, of.longitude, of.latitude, of.accuracy, of.frame, *when)
        .join(survey_findings, survey_findings.c.sighting == of.id)
        .where(survey_findings.c.survey == number, of.longitude.is_not(None))
    )
    if ids is None:
        return list(connection.execute(query).all())
    return [
        row
        for some in batched(ids, 1_000)
        for row in connection.execute(query.where(among(connection, of.id, some)))
    ]


def photos(connection: Connection, number: int, digests: Sequence[str] | None = None) -> list[Any]:
    """Where and when a survey's photos are that have a place; all, or those of some hashes."""
    of = survey_files.c
    where = (of.longitude, of.latitude, of.accuracy, of.of_camera)
    query = select(of.sha256, of.name, of.start_ms, of.frame, *where).where(
        of.survey == number, of.content == Content.PHOTO.value, of.longitude.is_not(None)
    )
    if digests is not None:
        query = query.where(of.sha256.in_(digests))
    return list(connection.execute(query).all())


# --- reading ----------------------------------------------------------------------------------------


def _rows(reach: Sequence[str]) -> Select[Any]:
    """Surveys within reach: those of an enterprise of the districts."""
    query = select(surveys)
    if reach:
        near = exists().where(
            survey_enterprises.c.survey == surveys.c.id,
            within(survey_enterprises.c.district, reach),
        )
        query = query.where(near)
    return query


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: int | None = None,
    *,
    uscc: str | None = None,
    **exact: Any,
) -> list[Row[Any]]:
    """Surveys, newest first; `uscc`: those of one enterprise, which is within reach as well."""
    query = _rows(reach).where(*(surveys.c[k] == v for k, v in exact.items() if v is not None))
    if uscc is not None:
        of = select(survey_enterprises.c.survey).where(
            survey_enterprises.c.uscc == uscc, within(survey_enterprises.c.district, reach)
        )
        query = query.where(surveys.c.id.in_(of))
    if before is not None:
        query = query.where(surveys.c.id < before)
    return list(connection.execute(query.order_by(surveys.c.id.desc()).limit(limit)).all())


def find(connection: Connection, reach: Sequence[str], number: int) -> Row[Any] | None:
    """A survey within reach."""
    return connection.execute(_rows(reach).where(surveys.c.id == number)).one_or_none()


def drawings(connection: Connection, number: int) -> dict[str, Any]:
    """What a map shows of a survey's files, by their hashes."""
    query = select(survey_files.c.sha256, survey_files.c.drawing).where(
        survey_files.c.survey == number
    )
    return {row.sha256: row.drawing for row in connection.execute(query) if row.drawing}


def files(connection: Connection, number: int) -> list[Any]:
    """A survey's files with type and size, in the order of their time, the undated last."""
    said = [column for column in survey_files.c if column.name != "drawing"]
    query = (
        select(*said, media.c.size, media.c.type)
        .join(media, media.c.sha256 == survey_files.c.sha256)
        .where(survey_files.c.survey == number)
        .order_by(survey_files.c.start_ms.is_(None), survey_files.c.start_ms, survey_files.c.name)
    )
    return list(connection.execute(query).all())


def file(connection: Connection, reach: Sequence[str], number: int, sha256: str) -> Any:
    """A file of a survey within reach (hash, name, type), or None."""
    if find(connection, reach, number) is None:
        return None
    query = (
        select(survey_files.c.sha256, survey_files.c.name, media.c.type)
        .join(media, media.c.sha256 == survey_files.c.sha256)
        .where(survey_files.c.survey == number, survey_files.c.sha256 == sha256)
    )
    return connection.execute(query).one_or_none()


def enterprises(connection: Connection, reach: Sequence[str], number: int) -> list[Row[Any]]:
    """The enterprises that a survey is of, as far as they are within reach."""
    query = select(survey_enterprises).where(
        survey_enterprises.c.survey == number, within(survey_enterprises.c.district, reach)
    )
    return list(connection.execute(query.order_by(survey_enterprises.c.uscc)).all())


def findings(
    connection: Connection, number: int, reach: Sequence[str] | None = None
) -> list[Row[Any]]:
    """The events that were found in a survey, with `timed`; those within reach, if one is given."""
    query = (
        select(sightings, survey_findings.c.timed)
        .join(survey_findings, survey_findings.c.sighting == sightings.c.id)
        .where(survey_findings.c.survey == number)
        .order_by(sightings.c.start_ms, sightings.c.id)
    )
    if reach:
        query = query.where(seen.near(reach))
    return list(connection.execute(query).all())


# --- shaping ----------------------------------------------------------------------------------------


def shape(row: Any, of: Iterable[Any], zone: tzinfo) -> dict[str, Any]:
    """The JSON of a survey in a list."""

    def time(at: int | None) -> str | None:
        return None if at is None else rfc3339(from_ms(at), zone)

    extent = {side: getattr(row, side) for side in EXTENT}
    return {
        "id": row.id,
        "adapter": row.adapter,
        "mission": row.mission,
        "pilot": row.pilot,
        "said_uscc": row.uscc,
        "expected_files": row.expected_files,
        "start": time(row.start_ms),
        "end": time(row.end_ms),
        "extent": None if row.west is None else extent,
        "enterprises": [
            {"uscc": e.uscc, "name": e.enterprise, "district": e.district, "said": e.said}
            for e in of
        ],
        "received_at": _stamp(row.received_at, zone),
        "updated_at": _stamp(row.updated_at, zone),
        "links": {"page": f"/api/v1/surveys/{row.id}/page"},
    }


def shape_file(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a survey's file."""
    path = f"/api/v1/surveys/{row.survey}/files/{row.sha256}"
    place = {
        k: getattr(row, k) for k in ("longitude", "latitude", "datum", "accuracy", "of_camera")
    }
    return {
        "sha256": row.sha256,
        "size": row.size,
        "type": row.type,
        "name": row.name,
        "content": row.content,
        "start": None if row.start_ms is None else rfc3339(from_ms(row.start_ms), zone),
        "end": None if row.end_ms is None else rfc3339(from_ms(row.end_ms), zone),
        "place": None if row.longitude is None else place,
        "details": row.details,
        "problems": row.problems,
        "received_at": _stamp(row.received_at, zone),
        "frame": row.frame,
        "links": {
            "content": path,
            "thumbnail": f"{path}/thumbnail" if row.type in _SHOWN else None,
        },
    }


def _stamp(at: datetime, zone: tzinfo) -> str:
    return rfc3339(at, zone)

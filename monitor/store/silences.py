"""Silences in the store: who may read them, which hold, and which alerts they, or other alerts, mute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from monitor.alert import Outcome
from monitor.clock import rfc3339
from monitor.inhibition import Heard
from monitor.silence import Matcher, State, state
from monitor.store.database import among
from monitor.store.scope import within
from monitor.store.tables import alerts, silences

_MATCHERS = tuple(Matcher.__dataclass_fields__)


def add(connection: Connection, values: dict[str, Any]) -> int:
    """Enter a silence; returns its id."""
    key = connection.execute(insert(silences).values(values)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Change a silence's columns."""
    connection.execute(update(silences).where(silences.c.id == number).values(values))


def _readable(reach: Sequence[str]) -> ColumnElement[bool]:
    """Those at home within reach, and those that are everybody's."""
    return or_(silences.c.home.is_(None), within(silences.c.home, reach))


def find(
    connection: Connection, number: int, reach: Sequence[str], *, lock: bool = False
) -> Row[Any] | None:
    """A silence that may be read; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(silences).where(silences.c.id == number, _readable(reach))
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def listed(
    connection: Connection,
    reach: Sequence[str],
    at: datetime,
    limit: int,
    before: int | None,
    wanted: State | None,
) -> list[Row[Any]]:
    """Silences that may be read, before an id, newest first."""
    query = select(silences).where(_readable(reach))
    if wanted is not None:
        query = query.where(_in_state(wanted, at))
    if before is not None:
        query = query.where(silences.c.id < before)
    return list(connection.execute(query.order_by(silences.c.id.desc()).limit(limit)).all())


def _in_state(wanted: State, at: datetime) -> ColumnElement[bool]:
    going_on = silences.c.ends_at > at
    return {
        State.EXPIRED: ~going_on,
        State.PENDING: and_(going_on, silences.c.starts_at > at),
        State.ACTIVE: and_(going_on, silences.c.starts_at <= at),
    }[wanted]


def active(connection: Connection, at: datetime) -> list[Row[Any]]:
    """The silences that hold, oldest first."""
    query = select(silences).where(_in_state(State.ACTIVE, at)).order_by(silences.c.id)
    return list(connection.execute(query).all())


def concerned(connection: Connection, at: datetime) -> set[str]:
    """The enterprises of the alerts that `apply` would mute, so that they are held before."""
    found: set[str] = set()
    for row in _begun(connection, at):
        query = select(alerts.c.uscc).where(*_meant(row), alerts.c.uscc.is_not(None))
        found.update(connection.execute(query.distinct()).scalars())
    return found


def apply(connection: Connection, at: datetime) -> None:
    """Let silences that have begun mute the alerts that were open before; those muted already stay so."""
    for row in _begun(connection, at):
        hushed = update(alerts).where(*_meant(row))
        connection.execute(hushed.values(muting_silence=row.id, updated_at=at))
        change(connection, row.id, {"applied": True})


def _begun(connection: Connection, at: datetime) -> list[Row[Any]]:
    begun = select(silences).where(_in_state(State.ACTIVE, at), ~silences.c.applied)
    return list(connection.execute(begun.order_by(silences.c.id)).all())


def _meant(row: Row[Any]) -> tuple[Any, ...]:
    """The alerts that a silence mutes as it begins."""
    return (
        alerts.c.state == "open",
        alerts.c.outcome != Outcome.VERIFY,
        alerts.c.muting_alert.is_(None),
        alerts.c.muting_silence.is_(None),
        *(
            alerts.c[name] == row._mapping[name]
            for name in _MATCHERS
            if row._mapping[name] is not None
        ),
    )


def freed(connection: Connection, at: datetime, limit: int) -> list[Row[Any]]:
    """Open alerts whose muting alert or silence is over."""
    above = alerts.alias()
    over = select(above.c.id).where(
        above.c.id == alerts.c.muting_alert,
        or_(
            above.c.state != "open",
            above.c.periods == 0,
            above.c.silent,
            above.c.screening["verdict"].as_string() == "dismiss",
        ),
    )
    ended = select(silences.c.id).where(
        silences.c.id == alerts.c.muting_silence, silences.c.ends_at <= at
    )
    query = select(alerts).where(alerts.c.state == "open", or_(over.exists(), ended.exists()))
    return list(connection.execute(query.order_by(alerts.c.id).limit(limit)).all())


def beside(connection: Connection, rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Alerts' rows, and the open alerts of their outlets beside them."""
    own = {row.id: row for row in rows}
    numbers = sorted({row.device for row in own.values() if row.device is not None})
    if numbers:
        query = select(alerts).where(
            among(connection, alerts.c.device, numbers),
            alerts.c.state == "open",
            alerts.c.periods > 0,
        )
        own = {row.id: row for row in connection.execute(query)} | own
    return list(own.values())


def heard(row: Row[Any]) -> Heard:
    """An alert's row as inhibition looks at it."""
    dismissed = row.screening is not None and row.screening["verdict"] == "dismiss"
    return Heard(
        id=row.id,
        rule=row.rule,
        outlet=row.device,
        pollutant=row.pollutant,
        period=row.period,
        start_ms=row.start_ms,
        end_ms=row.start_ms if row.end_ms is None else row.end_ms,
        open=row.state == "open" and row.periods > 0 and not row.silent and not dismissed,
        verify=row.outcome == Outcome.VERIFY,
    )


def shape(row: Row[Any], zone: tzinfo, at: datetime) -> dict[str, Any]:
    """The JSON of a silence's row as of an instant."""
    return {
        "id": row.id,
        "state": state(row.starts_at, row.ends_at, at).value,
        "reason": row.reason,
        "uscc": row.uscc,
        "outlet": row.mn,
        "rule": row.rule,
        "pollutant": row.pollutant,
        "district": row.district,
        "from": rfc3339(row.starts_at, zone),
        "until": rfc3339(row.ends_at, zone),
        "created_at": rfc3339(row.created_at, zone),
        "created_by": row.created_by,
        "ended_at": rfc3339(row.ended_at, zone) if row.ended_at else None,
        "ended_by": row.ended_by,
    }

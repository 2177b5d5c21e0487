"""Reminders to enterprises (提醒帮扶) and their replies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from monitor.clock import rfc3339
from monitor.reminder import State, state
from monitor.store.database import among
from monitor.store.scope import within
from monitor.store.tables import reminders

_ON_AN_ALERT = 20
"""So many, the latest, stand on an alert."""


def add(connection: Connection, values: dict[str, Any]) -> int:
    """Enter a reminder; returns its id."""
    key = connection.execute(insert(reminders).values(values)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def find(
    connection: Connection, number: int, reach: Sequence[str], *, lock: bool = False
) -> Row[Any] | None:
    """A reminder within reach; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(reminders).where(reminders.c.id == number, within(reminders.c.district, reach))
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def by_token(connection: Connection, digest: str, at: datetime) -> Row[Any] | None:
    """The reminder whose link has a token of this hash, while it may be answered."""
    good = (reminders.c.answered_at.is_(None), reminders.c.expires_at > at)
    query = select(reminders).where(reminders.c.token_hash == digest, *good)
    return connection.execute(query.with_for_update()).one_or_none()


def change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Change a reminder's columns."""
    connection.execute(update(reminders).where(reminders.c.id == number).values(values))


def has_any(connection: Connection, alert: int) -> bool:
    """Whether the enterprise was reminded of an alert."""
    query = select(reminders.c.id).where(reminders.c.alert == alert).limit(1)
    return connection.execute(query).first() is not None


def without_link(connection: Connection, alert: int) -> int | None:
    """The reminder of an alert that has no link yet, if there is one."""
    query = select(reminders.c.id).where(reminders.c.alert == alert)
    return connection.execute(query.where(reminders.c.token_hash.is_(None)).limit(1)).scalar()


def _in_state(wanted: State, at: datetime) -> ColumnElement[bool]:
    open_, columns = reminders.c.answered_at.is_(None), reminders.c
    return {
        State.RECORDED: and_(open_, columns.expires_at.is_(None)),
        State.OPEN: and_(open_, columns.expires_at > at),
        State.EXPIRED: and_(open_, columns.expires_at <= at),
        State.ANSWERED: columns.answered_at.is_not(None),
    }[wanted]


def listed(
    connection: Connection,
    reach: Sequence[str],
    at: datetime,
    limit: int,
    before: int | None,
    *,
    alert: int | None = None,
    uscc: str | None = None,
    wanted: State | None = None,
) -> list[Row[Any]]:
    """Reminders within reach before an id, newest first."""
    query = select(reminders).where(within(reminders.c.district, reach))
    if alert is not None:
        query = query.where(reminders.c.alert == alert)
    if uscc is not None:
        query = query.where(reminders.c.uscc == uscc)
    if wanted is not None:
        query = query.where(_in_state(wanted, at))
    if before is not None:
        query = query.where(reminders.c.id < before)
    return list(connection.execute(query.order_by(reminders.c.id.desc()).limit(limit)).all())


def brief(
    connection: Connection, alert_ids: Sequence[int], at: datetime
) -> dict[int, list[dict[str, Any]]]:
    """What stands on alerts of their reminders: ids and states, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in alert_ids}
    columns = reminders.c
    query = select(columns.id, columns.alert, columns.expires_at, columns.answered_at)
    query = query.where(among(connection, columns.alert, alert_ids)).order_by(columns.id)
    for row in connection.execute(query):
        said = state(row.expires_at, row.answered_at, at).value
        found[row.alert].append({"id": row.id, "state": said})
    return {number: each[-_ON_AN_ALERT:] for number, each in found.items()}


def shape(row: Row[Any], zone: tzinfo, at: datetime) -> dict[str, Any]:
    """The JSON of a reminder's row as of an instant, without what was attached to the reply."""

    def time(when: datetime | None) -> str | None:
        return rfc3339(when, zone) if when else None

    return {
        "id": row.id,
        "state": state(row.expires_at, row.answered_at, at).value,
        "enterprise": {"uscc": row.uscc, "name": row.enterprise, "district": row.district},
        "alert": row.alert,
        "text": row.text,
        "created_by": row.created_by,
        "created_at": time(row.created_at),
        "expires_at": time(row.expires_at),
        "answered_at": time(row.answered_at),
        "reply": row.reply,
    }

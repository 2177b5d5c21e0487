"""The outbox: a change is a row here, in the transaction that makes the change.

`seq` follows the order of commit: on PostgreSQL sequence numbers are handed out before commit, so
whoever publishes holds an advisory lock from its first row to its commit; on SQLite there is one
writer anyway. A reader that has seen `seq` n has seen everything below n.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, text

from monitor.store.scope import within
from monitor.store.tables import deliveries, events, tokens, webhooks
from monitor.webhook import TEST_EVENT, subscribed

_LOCK = 0x6F75_7462_6F78  # "outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change to be told: to webhooks, to `/events`, to the tasks' change feed."""

    type: str
    at: datetime
    district: str | None
    data: dict[str, Any]
    task: int | None = None
    alert: int | None = None


def publish(connection: Connection, changes: Iterable[Event]) -> None:
    """Write the changes, in this order, and a delivery for every webhook that asked for them."""
    changes = list(changes)
    if not changes:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    hooks = connection.execute(_in_force(changes[0].at)).all()
    for change in changes:
        _, seq = _enter(connection, change)
        _fan_out(connection, seq, change, hooks)


def publish_to(connection: Connection, change: Event, hook: int) -> str:
    """Write a change for one webhook only, whatever it asked for; returns the event's id."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    event, seq = _enter(connection, change)
    connection.execute(insert(deliveries), [_delivery(hook, seq, change)])
    return event


def _enter(connection: Connection, change: Event) -> tuple[str, int]:
    event = f"evt_{uuid.uuid4().hex}"
    row = {
        "id": event,
        "type": change.type,
        "at": change.at,
        "district": change.district,
        "task": change.task,
        "alert": change.alert,
        "data": change.data,
    }
    key = connection.execute(insert(events).values(row)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return event, key[0]


def _delivery(hook: int, seq: int, change: Event) -> dict[str, Any]:
    return {
        "webhook": hook,
        "event": seq,
        "state": "pending",
        "attempts": 0,
        "next_at": change.at,
    }


def in_force(connection: Connection, at: datetime, hook: int) -> bool:
    """Whether a subscription is told of events."""
    return connection.execute(_in_force(at).where(webhooks.c.id == hook)).first() is not None


def _in_force(at: datetime) -> Select[Any]:
    """Subscriptions in force: enabled, and their token not past its last day (in UTC, roughly)."""
    lasting = or_(tokens.c.expires_on.is_(None), tokens.c.expires_on >= at.date())
    return (
        select(webhooks)
        .outerjoin(tokens, tokens.c.id == webhooks.c.token)
        .where(webhooks.c.state == "enabled", tokens.c.revoked_at.is_(None), lasting)
    )


def _fan_out(connection: Connection, seq: int, change: Event, hooks: Iterable[Row[Any]]) -> None:
    wanted = [
        _delivery(hook.id, seq, change)
        for hook in hooks
        if subscribed(change.type, change.district, hook.types, hook.districts)
    ]
    if wanted:
        connection.execute(insert(deliveries), wanted)


def after(
    connection: Connection,
    seq: int,
    until: int,
    limit: int,
    districts: Sequence[str],
    *,
    tasks: bool = False,
) -> list[Row[Any]]:
    """Changes in (`seq`, `until`], oldest first; no `districts` = all; `tasks` = only of tasks."""
    reach = within(events.c.district, districts)
    span = (events.c.seq > seq, events.c.seq <= until)
    query = select(events).where(*span, reach).order_by(events.c.seq).limit(limit)
    if tasks:
        query = query.where(events.c.task.is_not(None), events.c.type.like("task.%"))
    else:
        query = query.where(events.c.type != TEST_EVENT)
    return list(connection.execute(query).all())


def oldest(connection: Connection) -> int:
    """The lowest `seq` still kept; 0 when there is none."""
    return connection.execute(select(events.c.seq).order_by(events.c.seq).limit(1)).scalar() or 0


def head(connection: Connection) -> int:
    """The highest `seq` committed; 0 when there is none."""
    query = select(events.c.seq).order_by(events.c.seq.desc()).limit(1)
    return connection.execute(query).scalar() or 0

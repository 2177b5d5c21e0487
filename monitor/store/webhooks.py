"""Subscriptions, what is due to them, and the log of attempts.

A delivery is leased before it is tried and settled after: whoever dies in between leaves a lease that
runs out, and the delivery is tried again under the same event id. An endpoint has at most one delivery
in flight, whoever works; the oldest event that is due goes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, insert, select, update

from monitor.store.tables import attempts, deliveries, events, webhooks

_LIVE = ("enabled", "disabled")


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a subscription; returns its id."""
    key = connection.execute(insert(webhooks).values(**values)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def listed(
    connection: Connection, token: int | None, limit: int = 1000, after: int = 0
) -> list[Row[Any]]:
    """Subscriptions made with a token (None: everybody's), oldest first; deleted ones are not."""
    query = select(webhooks).where(webhooks.c.id > after, webhooks.c.state.in_(_LIVE))
    if token is not None:
        query = query.where(webhooks.c.token == token)
    return list(connection.execute(query.order_by(webhooks.c.id).limit(limit)).all())


def find(
    connection: Connection, hook: int, token: int | None, *, lock: bool = False
) -> Row[Any] | None:
    """A subscription of a token's (None: anybody's); `lock` holds it (PostgreSQL)."""
    query = select(webhooks).where(webhooks.c.id == hook, webhooks.c.state.in_(_LIVE))
    if token is not None:
        query = query.where(webhooks.c.token == token)
    query = query.with_for_update(key_share=True) if lock else query
    return connection.execute(query).one_or_none()


def change(connection: Connection, hook: int, values: Mapping[str, Any]) -> None:
    """Change a subscription's columns."""
    connection.execute(update(webhooks).where(webhooks.c.id == hook).values(**values))


def remove(connection: Connection, hook: int) -> None:
    """End a subscription; its log stays, its secret does not."""
    change(connection, hook, {"state": "deleted", "secret": ""})


def ledger(
    connection: Connection, hook: int, limit: int, before: int | None
) -> list[dict[str, Any]]:
    """What was to be delivered to a subscription, newest first, with every attempt."""
    query = (
        select(deliveries, events.c.id.label("message"), events.c.type)
        .join(events, events.c.seq == deliveries.c.event)
        .where(deliveries.c.webhook == hook)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(deliveries.c.id < before)
    rows = connection.execute(query).all()
    tries: dict[int, list[Row[Any]]] = {row.id: [] for row in rows}
    log = select(attempts).where(attempts.c.delivery.in_(list(tries))).order_by(attempts.c.id)
    for attempt in connection.execute(log):
        tries[attempt.delivery].append(attempt)
    return [{**row._mapping, "log": tries[row.id]} for row in rows]


# --- delivering -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery that was leased: what to send, and where."""

    id: int
    webhook: int
    url: str
    secret: str
    districts: Sequence[str]
    failing_since: datetime | None
    attempts: int
    lease_until: datetime
    message: str
    type: str
    at: datetime
    data: dict[str, Any]


def claim(connection: Connection, at: datetime, lease: timedelta, limit: int) -> list[Due]:
    """Lease what is due, one delivery an endpoint, of endpoints that have none in flight."""
    ready = (
        select(webhooks)
        .where(webhooks.c.state == "enabled", _waiting(at), ~_in_flight(at))
        .order_by(webhooks.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    claimed = (_claim_first(connection, hook, at, at + lease) for hook in _all(connection, ready))
    return [due for due in claimed if due is not None]


def _all(connection: Connection, query: Select[Any]) -> list[Row[Any]]:
    return list(connection.execute(query).all())


def _waiting(at: datetime) -> Any:
    return exists().where(
        deliveries.c.webhook == webhooks.c.id,
        deliveries.c.state == "pending",
        deliveries.c.next_at <= at,
    )


def _in_flight(at: datetime) -> Any:
    return exists().where(
        deliveries.c.webhook == webhooks.c.id,
        deliveries.c.state == "pending",
        deliveries.c.lease_until > at,
    )


def _claim_first(
    connection: Connection, hook: Row[Any], at: datetime, until: datetime
) -> Due | None:
    """The hook's row is locked by now: look again, another worker may have been here before."""
    flying = select(webhooks.c.id).where(webhooks.c.id == hook.id, _in_flight(at))
    if connection.execute(flying).first() is not None:
        return None
    first = connection.execute(
        select(deliveries, events.c.id.label("message"), events.c.type, events.c.at, events.c.data)
        .join(events, events.c.seq == deliveries.c.event)
        .where(
            deliveries.c.webhook == hook.id,
            deliveries.c.state == "pending",
            deliveries.c.next_at <= at,
        )
        .order_by(deliveries.c.event)
        .limit(1)
    ).one_or_none()
    if first is None:
        return None
    connection.execute(
        update(deliveries).where(deliveries.c.id == first.id).values(lease_until=until)
    )
    return Due(
        id=first.id,
        webhook=hook.id,
        url=hook.url,
        secret=hook.secret,
        districts=hook.districts,
        failing_since=hook.failing_since,
        attempts=first.attempts,
        lease_until=until,
        message=first.message,
        type=first.type,
        at=first.at,
        data=first.data,
    )


def settle(
    connection: Connection, due: Due, attempt: Mapping[str, Any], values: Mapping[str, Any]
) -> bool:
    """Log an attempt and write how the delivery stands; False if the lease was lost meanwhile."""
    connection.execute(insert(attempts).values(delivery=due.id, **attempt))
    held = update(deliveries).where(
        deliveries.c.id == due.id, deliveries.c.lease_until == due.lease_until
    )
    standing = {
        "attempts": due.attempts + 1,
        "lease_until": None,
        "last_status": attempt.get("status"),
        "last_error": attempt.get("error"),
    }
    return connection.execute(held.values(**standing, **values)).rowcount == 1


def next_due(connection: Connection, at: datetime) -> datetime | None:
    """When there will be something to do next, as far as is known; None when nothing waits."""
    flying = select(deliveries.c.webhook).where(
        deliveries.c.state == "pending", deliveries.c.lease_until > at
    )
    enabled = select(webhooks.c.id).where(webhooks.c.state == "enabled")
    resting = select(func.min(deliveries.c.next_at)).where(
        deliveries.c.state == "pending",
        deliveries.c.webhook.in_(enabled),
        deliveries.c.webhook.not_in(flying),
    )
    landing = select(func.min(deliveries.c.lease_until)).where(
        deliveries.c.state == "pending", deliveries.c.lease_until > at
    )
    times = [connection.execute(query).scalar() for query in (resting, landing)]
    return min((time for time in times if time is not None), default=None)


def oldest_due(connection: Connection, at: datetime) -> datetime | None:
    """Since when the delivery that has waited longest has been due."""
    query = select(func.min(deliveries.c.next_at)).where(
        deliveries.c.state == "pending",
        deliveries.c.next_at <= at,
        deliveries.c.webhook.in_(select(webhooks.c.id).where(webhooks.c.state == "enabled")),
    )
    return connection.execute(query).scalar()

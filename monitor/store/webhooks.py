"""Subscriptions, what is due to them, and the log of attempts.

A delivery is leased before it is tried and settled after: whoever dies in between leaves a lease that
runs out, and the delivery is tried again under the same event id. An endpoint has at most one delivery
in flight, whoever works; the oldest event that is due goes first. Of the endpoints the one that has
not been tried for longest goes first; those that did not take the last that was sent to them, or have
never been sent anything, are *unproven* and get a share of what is leased only, so that receivers that
hang hold up nobody else. One with a rate rests after each try; whoever leases holds the subscription's
row, so that several workers together keep to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from monitor.chat import Format
from monitor.errors import Conflict
from monitor.store.tables import attempts, deliveries, events, webhooks
from monitor.webhook import free_again, still_signing

_LIVE = ("enabled", "disabled")
OF_ONE_TOKEN, IN_ALL = 50, 1000
"""How many subscriptions there may be; every event is written down once for each that wants it."""


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a subscription; returns its id. Raises Conflict where there are too many."""
    live = select(func.count()).select_from(webhooks).where(webhooks.c.state.in_(_LIVE))
    own = live.where(webhooks.c.token == values["token"])
    if connection.execute(own).scalar_one() >= OF_ONE_TOKEN:
        raise Conflict(f"a token may have {OF_ONE_TOKEN} webhooks; delete one first")
    if connection.execute(live).scalar_one() >= IN_ALL:
        raise Conflict(f"there may be {IN_ALL} webhooks; delete one first")
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
    """Change a subscription's columns. Disabling or deleting gives up what is due to it."""
    values = {**values, "proven": None} if "url" in values else values
    connection.execute(update(webhooks).where(webhooks.c.id == hook).values(**values))
    if values.get("state", "enabled") != "enabled":
        _give_up(connection, [hook])


def remove(connection: Connection, hook: int) -> None:
    """End a subscription; its log stays, its secrets do not."""
    gone = {"secret": "", "old_secrets": None, "bot_secret": None}
    change(connection, hook, {"state": "deleted"} | gone)


def give_up_undeliverable(connection: Connection) -> int:
    """Give up what is due to subscriptions that are not enabled (any more); returns how many."""
    waiting = exists().where(deliveries.c.webhook == webhooks.c.id, deliveries.c.state == "pending")
    query = (
        select(webhooks.c.id)
        .where(webhooks.c.state != "enabled", waiting)
        .with_for_update(skip_locked=True, key_share=True)
    )
    hooks = list(connection.execute(query).scalars())
    return _give_up(connection, hooks) if hooks else 0


def _give_up(connection: Connection, hooks: Sequence[int]) -> int:
    """One that is in flight may still say that it was delivered."""
    pending = deliveries.c.webhook.in_(hooks), deliveries.c.state == "pending"
    return connection.execute(update(deliveries).where(*pending).values(state="failed")).rowcount


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
    secrets: Sequence[str]
    """All that sign at this time, the newest first."""
    format: Format
    bot_secret: str | None
    proven: bool
    """Whether the endpoint took what was sent to it last."""
    attempts: int
    lease_until: datetime
    message: str
    type: str
    at: datetime
    data: dict[str, Any]


_PROVEN = webhooks.c.proven.is_(True)
_UNPROVEN = webhooks.c.proven.is_not(True)


def claim(
    connection: Connection, at: datetime, lease: timedelta, limit: int, unproven: int
) -> list[Due]:
    """Lease what is due, one delivery an endpoint, of endpoints that have none in flight.

    At most `limit` in all, and at most `unproven` of unproven endpoints.
    """
    ready = _ready(connection, at, _PROVEN, limit)
    ready += _ready(connection, at, _UNPROVEN, min(limit, unproven))
    ready.sort(key=lambda hook: (hook.tried_at is not None, hook.tried_at or at, hook.id))
    claimed = (_claim_first(connection, hook, at, at + lease) for hook in ready[:limit])
    return [due for due in claimed if due is not None]


def _ready(
    connection: Connection, at: datetime, which: ColumnElement[bool], limit: int
) -> list[Row[Any]]:
    rested = or_(webhooks.c.paused_until.is_(None), webhooks.c.paused_until <= at)
    query = (
        select(webhooks)
        .where(webhooks.c.state == "enabled", which, rested, _waiting(at), ~_in_flight(at))
        .order_by(webhooks.c.tried_at.nulls_first(), webhooks.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
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
    tried = {"tried_at": at} | ({"paused_until": free_again(at, hook.rate)} if hook.rate else {})
    connection.execute(update(webhooks).where(webhooks.c.id == hook.id).values(tried))
    return Due(
        id=first.id,
        webhook=hook.id,
        url=hook.url,
        secrets=[hook.secret, *(old["secret"] for old in still_signing(hook.old_secrets, at))],
        format=Format(hook.format),
        bot_secret=hook.bot_secret,
        proven=hook.proven is True,
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
    """Log an attempt and write how the delivery stands.

    False if the lease was lost meanwhile, or a delivery that would go again has been given up.
    """
    connection.execute(insert(attempts).values(delivery=due.id, **attempt))
    held = update(deliveries).where(
        deliveries.c.id == due.id, deliveries.c.lease_until == due.lease_until
    )
    if "state" not in values:
        held = held.where(deliveries.c.state == "pending")
    standing = {
        "attempts": due.attempts + 1,
        "lease_until": None,
        "last_status": attempt.get("status"),
        "last_error": attempt.get("error"),
    }
    return connection.execute(held.values(**standing, **values)).rowcount == 1


def next_due(connection: Connection, at: datetime, *, unproven: bool = True) -> datetime | None:
    """When there will be something to do next, as far as is known; None when nothing waits.

    `unproven`: whether there is room for unproven endpoints.
    """
    flying = select(deliveries.c.webhook).where(
        deliveries.c.state == "pending", deliveries.c.lease_until > at
    )
    paused = webhooks.c.paused_until
    resting = (
        select(func.min(case((paused > deliveries.c.next_at, paused), else_=deliveries.c.next_at)))
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .where(
            deliveries.c.state == "pending",
            webhooks.c.state == "enabled",
            deliveries.c.webhook.not_in(flying),
        )
    )
    if not unproven:
        resting = resting.where(_PROVEN)
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

"""Telling a subscription again, or at last, what it should have been told: a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, literal, select, tuple_, update

from monitor.store.tables import deliveries, events
from monitor.webhook import TEST_EVENT, subscribed

_AT_ONCE = 500

Place = tuple[datetime, int]
"""Where in the events one is: time and number of an event."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of some events: how many are due again, and behind which one it goes on."""

    queued: int
    reached: Place | None
    """None: all has been looked at."""


def queue_again(
    connection: Connection,
    hook: Any,
    after: Place,
    until: datetime,
    at: datetime,
    *,
    delivered_too: bool,
) -> Piece:
    """Make due from `at` what the next events of [after, until) owe a subscription (its locked row).

    Owed is what its types and districts ask for and it was not delivered, or never meant to be because it
    was disabled or not there yet; what is pending is left as it is.
    """
    rows = _events(connection, hook.id, after, until)
    wanted = [row for row in rows if subscribed(row.type, row.district, hook.types, hook.districts)]
    new = [row.seq for row in wanted if row.state is None]
    states = ("failed", "delivered") if delivered_too else ("failed",)
    again = [row.seq for row in wanted if row.state in states]
    if new:
        fresh = {"webhook": hook.id, "state": "pending", "attempts": 0, "next_at": at}
        connection.execute(insert(deliveries), [fresh | {"event": seq} for seq in new])
    if again:
        own = update(deliveries).where(
            deliveries.c.webhook == hook.id, deliveries.c.event.in_(again)
        )
        standing = {"state": "pending", "attempts": 0, "next_at": at, "delivered_at": None}
        connection.execute(own.values(standing))
    last = (rows[-1].at, rows[-1].seq) if len(rows) == _AT_ONCE else None
    return Piece(len(new) + len(again), last)


def _events(connection: Connection, hook: int, after: Place, until: datetime) -> Sequence[Any]:
    own = and_(deliveries.c.event == events.c.seq, deliveries.c.webhook == hook)
    place = tuple_(literal(after[0], events.c.at.type), literal(after[1]))
    query = (
        select(events.c.seq, events.c.at, events.c.type, events.c.district, deliveries.c.state)
        .outerjoin(deliveries, own)
        .where(tuple_(events.c.at, events.c.seq) > place, events.c.at < until)
        .where(events.c.type != TEST_EVENT)
        .order_by(events.c.at, events.c.seq)
        .limit(_AT_ONCE)
    )
    return connection.execute(query).all()

"""Messages to enterprises: queued, leased for sending, settled after.

Whoever dies between sending and settling leaves a lease that runs out, and the message goes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from monitor.clock import rfc3339
from monitor.gateway import State
from monitor.store.scope import within
from monitor.store.tables import messages

_QUEUED = messages.c.state == State.QUEUED
_VOID = "its link is void: it was answered, or replaced by a newer one"


def queue(connection: Connection, rows: Sequence[Mapping[str, Any]], at: datetime, by: str) -> None:
    """Enter messages that are due at once."""
    standing = {"state": State.QUEUED.value, "attempts": 0, "next_at": at}
    entered = standing | {"recorded_at": at, "recorded_by": by}
    if rows:
        connection.execute(insert(messages), [{**row, **entered} for row in rows])


def give_up_links(connection: Connection, reminder: int) -> None:
    """Give up what waits with a link of a reminder that is void from now on."""
    over = {"state": State.FAILED.value, "next_at": None, "link": None, "answer": _VOID}
    query = update(messages).where(messages.c.reminder == reminder, _QUEUED)
    connection.execute(query.values(over))


@dataclass(frozen=True, slots=True)
class Due:
    """A message that was leased."""

    id: int
    values: Mapping[str, str]
    """What fills the gateway's template."""
    attempts: int
    lease_until: datetime


def any_due(connection: Connection, at: datetime) -> bool:
    """Whether a message waits that nobody is sending."""
    return connection.execute(_due(at).limit(1)).first() is not None


def claim(connection: Connection, at: datetime, lease: timedelta, limit: int) -> list[Due]:
    """Lease the messages that have been due for longest."""
    query = _due(at).order_by(messages.c.next_at, messages.c.id).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    until = at + lease
    taken = update(messages).where(messages.c.id.in_([row.id for row in rows]))
    connection.execute(taken.values(lease_until=until))
    return [Due(row.id, _values(row), row.attempts, until) for row in rows]


def _due(at: datetime) -> Any:
    free = or_(messages.c.lease_until.is_(None), messages.c.lease_until <= at)
    return select(messages).where(_QUEUED, messages.c.next_at <= at, free)


def _values(row: Row[Any]) -> dict[str, str]:
    said = {"phone": row.to, "text": row.text, "enterprise": row.enterprise}
    return said | {"link": row.link or ""}


def settle(connection: Connection, due: Due, values: Mapping[str, Any]) -> bool:
    """Write how a message stands after a try; False if the lease was lost meanwhile.

    What was sent was sent, whoever has the lease by now: then nobody shall try it again.
    """
    row = update(messages).where(messages.c.id == due.id)
    if values["state"] != State.SENT:
        row = row.where(_QUEUED, messages.c.lease_until == due.lease_until)
    standing = {"attempts": due.attempts + 1, "lease_until": None, "next_at": None}
    if values["state"] != State.QUEUED:
        standing["link"] = None  # as good as a key, and not needed any more
    return connection.execute(row.values({**standing, **values})).rowcount == 1


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    before: int | None,
    *,
    uscc: str | None = None,
    state: State | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Row[Any]]:
    """Messages within reach, recorded in [since, until), before an id, newest first."""
    columns = messages.c
    query = select(messages).where(within(columns.district, reach))
    if uscc is not None:
        query = query.where(columns.uscc == uscc)
    if state is not None:
        query = query.where(columns.state == state)
    if since is not None:
        query = query.where(columns.recorded_at >= since)
    if until is not None:
        query = query.where(columns.recorded_at < until)
    if before is not None:
        query = query.where(columns.id < before)
    return list(connection.execute(query.order_by(columns.id.desc()).limit(limit)).all())


def shape(row: Row[Any], zone: tzinfo) -> dict[str, Any]:
    """The JSON of a message's row, without its link."""

    def time(when: datetime | None) -> str | None:
        return rfc3339(when, zone) if when else None

    return {
        "id": row.id,
        "enterprise": {"uscc": row.uscc, "name": row.enterprise, "district": row.district},
        "reminder": row.reminder,
        "to": row.to,
        "text": row.text,
        "state": row.state,
        "attempts": row.attempts,
        "next_at": time(row.next_at),
        "sent_at": time(row.sent_at),
        "answer": row.answer,
        "recorded_at": time(row.recorded_at),
        "recorded_by": row.recorded_by,
    }

"""Commands to devices: the queue that adapters take from, and its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from monitor.clock import rfc3339
from monitor.command import ABANDONED, OPEN, SECRETS, WAITS, Origin, State, shown
from monitor.store.scope import within
from monitor.store.tables import OPEN_COMMAND, commands, devices, enterprises, outlets

_UNDER_WAY = (State.SENT, State.ACCEPTED)
_AT_ONCE = 500
_SET_MN, _LOGGER = "1002", "i23005-Info"
"""The command that gives a data logger its device code, and the parameter that names the logger."""


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Enter a queued command; returns its id."""
    row = {"state": State.QUEUED, "attempts": 0} | dict(values)
    key = connection.execute(insert(commands).values(row)).inserted_primary_key
    assert key is not None, "an insert of one row returns its key"
    return int(key[0])


def ask(
    connection: Connection,
    at: datetime,
    origin: Origin,
    mn: str,
    code: str,
    parameters: Mapping[str, str],
    *,
    by: str = "system",
    wait: timedelta | None = None,
    **span: Any,
) -> int:
    """Queue a command that is asked for at a time; returns its id. `wait` is that of its origin unless
    given; `span` names the history that it asks for (period, since_ms, until_ms).
    """
    values = {
        "mn": mn,
        "code": code,
        "parameters": dict(parameters),
        "origin": origin,
        "requested_by": by,
        "requested_at": at,
        "expires_at": at + (WAITS[origin] if wait is None else wait),
    }
    return add(connection, values | span)


def find(connection: Connection, command: int, *, lock: bool = False) -> Row[Any] | None:
    """A command by its id; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(commands).where(commands.c.id == command)
    return connection.execute(query.with_for_update() if lock else query).first()


def open_count(connection: Connection, mn: str) -> int:
    """How many commands of a device are open."""
    query = select(func.count()).select_from(commands).where(commands.c.mn == mn, OPEN_COMMAND)
    return int(connection.execute(query).scalar_one())


def counts(connection: Connection) -> dict[str, int]:
    """Open commands by origin."""
    query = select(commands.c.origin, func.count()).where(OPEN_COMMAND).group_by(commands.c.origin)
    return {row.origin: int(row[1]) for row in connection.execute(query)}


def has(connection: Connection, mn: str, origin: str, *, ever: bool) -> bool:
    """Whether a device has an open command of an origin, or has ever had one."""
    query = select(commands.c.id).where(commands.c.mn == mn, commands.c.origin == origin).limit(1)
    return connection.execute(query if ever else query.where(OPEN_COMMAND)).first() is not None


def waiting(connection: Connection, adapter: str, at: datetime) -> dict[str, str]:
    """Devices of an adapter for which `take` has something, and the logger that is to become this
    device, or "".

    A device that was never heard belongs to no adapter yet: whoever meets it may take it.
    """
    first = select(func.min(commands.c.id)).where(OPEN_COMMAND, _can_be_taken(at))
    query = (
        select(commands.c.mn, commands.c.code, commands.c.parameters)
        .join(devices, devices.c.mn == commands.c.mn, isouter=True)
        .where(commands.c.id.in_(first.group_by(commands.c.mn)))
        .where(or_(devices.c.adapter == adapter, devices.c.adapter.is_(None)))
        .order_by(commands.c.id)
    )
    return {
        mn: parameters.get(_LOGGER, "") if code == _SET_MN else ""
        for mn, code, parameters in connection.execute(query)
    }


def take(connection: Connection, mn: str, at: datetime) -> Row[Any] | None:
    """The oldest command of a device that waits, or whose process is gone; of those that are gone
    nobody else is given it.
    """
    query = (
        select(commands)
        .where(commands.c.mn == mn, OPEN_COMMAND, _can_be_taken(at))
        .order_by(commands.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).first()
    if row is not None and row.state in _UNDER_WAY:
        connection.execute(update(commands).where(commands.c.id == row.id).values(next_at=at))
    return row


def _can_be_taken(at: datetime) -> ColumnElement[bool]:
    waits = (commands.c.state == State.QUEUED) & (commands.c.expires_at > at)
    return or_(waits, commands.c.state.in_(_UNDER_WAY) & (commands.c.next_at < at - ABANDONED))


def change(connection: Connection, command: int, state: str, values: Mapping[str, Any]) -> bool:
    """Write progress where the command is still in `state`; what is secret goes when it ends."""
    values = dict(values)
    if values.get("state", state) not in OPEN:
        row = find(connection, command)
        if row is not None and SECRETS & row.parameters.keys():
            values["parameters"] = shown(row.parameters)
    statement = update(commands).where(commands.c.id == command, commands.c.state == state)
    return connection.execute(statement.values(values)).rowcount == 1


def expire(connection: Connection, at: datetime) -> int:
    """End what has waited too long for its device; returns how many."""
    late = (
        select(commands.c.id)
        .where(OPEN_COMMAND, commands.c.state == State.QUEUED, commands.c.expires_at <= at)
        .limit(_AT_ONCE)
    )
    ended = 0
    for (command,) in connection.execute(late).all():
        values = {"state": State.EXPIRED, "finished_at": at, "reason": "device not connected"}
        ended += change(connection, command, State.QUEUED, values)
    return ended


def listed(
    connection: Connection,
    districts: Sequence[str],
    *,
    mn: str | None,
    state: str | None,
    limit: int,
    before: int | None,
) -> list[Row[Any]]:
    """Commands within the districts (none = all), newest first, with ids below `before`."""
    query = select(commands).order_by(commands.c.id.desc()).limit(limit)
    if mn is not None:
        query = query.where(commands.c.mn == mn)
    if state is not None:
        query = query.where(commands.c.state == state)
    if before is not None:
        query = query.where(commands.c.id < before)
    if districts:
        query = query.where(commands.c.mn.in_(_outlets_of(districts)))
    return list(connection.execute(query).all())


def _outlets_of(districts: Sequence[str]) -> Any:
    return (
        select(outlets.c.mn)
        .join(enterprises, enterprises.c.uscc == outlets.c.uscc)
        .where(outlets.c.superseded_at.is_(None), enterprises.c.superseded_at.is_(None))
        .where(within(enterprises.c.district, districts))
    )


def shape(row: Row[Any], zone: Any) -> dict[str, Any]:
    """A command's JSON."""

    def at(when: datetime | None) -> str | None:
        return rfc3339(when, zone) if when else None

    return {
        "id": row.id,
        "mn": row.mn,
        "code": row.code,
        "parameters": shown(row.parameters),
        "origin": row.origin,
        "requested_by": row.requested_by,
        "requested_at": at(row.requested_at),
        "expires_at": at(row.expires_at),
        "state": row.state,
        "attempts": row.attempts,
        "sent_at": at(row.sent_at),
        "finished_at": at(row.finished_at),
        "reason": row.reason,
        "result": row.result,
    }


def asked(
    connection: Connection, mns: Iterable[str], origin: str, since: datetime
) -> list[Row[Any]]:
    """Commands of an origin asked for since, of some devices, oldest first; for who asks again."""
    query = (
        select(commands)
        .where(commands.c.mn.in_(list(mns)), commands.c.origin == origin)
        .where(commands.c.requested_at >= since)
        .order_by(commands.c.id)
    )
    return list(connection.execute(query).all())

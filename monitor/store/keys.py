"""Keys of devices in the store, wrapped: `pending` → `active` → `retired`.

A device has at most one pending and one active key; retired ones are kept for what was sent before.
Every change counts `keys_version` up, whose row lets one writer at a time through.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Row, Text, cast, exists, insert, select, update

from monitor.store import database
from monitor.store.tables import device_keys, meta

PENDING, ACTIVE, RETIRED = "pending", "active", "retired"
_VERSION = "keys_version"


def version(connection: Connection) -> int:
    """How often the keys have changed."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == _VERSION)).scalar()
    return int(found or 0)


def every(connection: Connection) -> list[Row[Any]]:
    """All keys by device, oldest first."""
    return list(
        connection.execute(select(device_keys).order_by(device_keys.c.mn, device_keys.c.id))
    )


def enter(connection: Connection, mn: str, wrapped: bytes, at: datetime) -> None:
    """A key that the device has already: in force at once, those before it retired."""
    _changing(connection)
    _retire(connection, mn, (PENDING, ACTIVE), at)
    values = {"mn": mn, "wrapped": wrapped, "created_at": at, "activated_at": at}
    connection.execute(insert(device_keys).values(values | {"state": ACTIVE}))


def propose(connection: Connection, mn: str, wrapped: bytes, at: datetime) -> None:
    """A key that the device shall take; a pending one before it is retired, it may have arrived."""
    _changing(connection)
    _retire(connection, mn, (PENDING,), at)
    values = {"mn": mn, "wrapped": wrapped, "created_at": at, "state": PENDING}
    connection.execute(insert(device_keys).values(values))


def pending(connection: Connection, mn: str) -> Row[Any] | None:
    """The key that a device shall take, if there is one."""
    query = select(device_keys).where(device_keys.c.mn == mn, device_keys.c.state == PENDING)
    return connection.execute(query).one_or_none()


def active(connection: Connection, mn: str) -> Row[Any] | None:
    """The key that a device uses, if it has one."""
    query = select(device_keys).where(device_keys.c.mn == mn, device_keys.c.state == ACTIVE)
    return connection.execute(query).one_or_none()


def all_pending(connection: Connection) -> list[str]:
    """The devices that have not taken their new key yet."""
    query = select(device_keys.c.mn).where(device_keys.c.state == PENDING)
    return list(connection.execute(query).scalars())


def activate(connection: Connection, key: int, at: datetime) -> bool:
    """A device has taken a key (by its id): the one before it is retired. False if it is not pending."""
    _changing(connection)
    row = connection.execute(select(device_keys).where(device_keys.c.id == key)).one_or_none()
    if row is None or row.state != PENDING:
        return False
    _retire(connection, row.mn, (ACTIVE,), at)
    taken = update(device_keys).where(device_keys.c.id == key)
    connection.execute(taken.values(state=ACTIVE, activated_at=at))
    return True


def in_use_since(connection: Connection, until: datetime) -> list[str]:
    """The devices whose key came into force by an instant, and for which none is pending."""
    other = device_keys.alias()
    waiting = exists().where(other.c.mn == device_keys.c.mn, other.c.state == PENDING)
    query = select(device_keys.c.mn).where(
        device_keys.c.state == ACTIVE, device_keys.c.activated_at <= until, ~waiting
    )
    return list(connection.execute(query.order_by(device_keys.c.mn)).scalars())


def _retire(connection: Connection, mn: str, states: tuple[str, ...], at: datetime) -> None:
    old = update(device_keys).where(device_keys.c.mn == mn, device_keys.c.state.in_(states))
    connection.execute(old.values(state=RETIRED, retired_at=at))


def _changing(connection: Connection) -> None:
    statement = database.insert(connection, meta).values(key=_VERSION, value="1")
    more = cast(cast(meta.c.value, Integer) + 1, Text)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": more})
    )

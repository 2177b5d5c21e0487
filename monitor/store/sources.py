"""Devices that fell silent, and those that speak again: each is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from monitor.store.tables import devices, enterprises, outlets

_AT_ONCE = 200


def fallen_silent(connection: Connection, before: datetime) -> Sequence[Row[Any]]:
    """Registered devices not heard since `before`, whose silence was not told; locked."""
    return _registered(connection, devices.c.last_seen < before, devices.c.silent_since.is_(None))


def heard_again(connection: Connection) -> Sequence[Row[Any]]:
    """Registered devices that were heard after their silence was told; locked."""
    return _registered(connection, devices.c.silent_since < devices.c.last_seen)


def _registered(connection: Connection, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Some of the devices, each with its enterprise as the register in force has it."""
    outlet = and_(outlets.c.mn == devices.c.mn, outlets.c.superseded_at.is_(None))
    owner = and_(enterprises.c.uscc == outlets.c.uscc, enterprises.c.superseded_at.is_(None))
    query = (
        select(devices, outlets.c.uscc, enterprises.c.name, enterprises.c.district)
        .join(outlets, outlet)
        .join(enterprises, owner)
        .where(*conditions)
        .order_by(devices.c.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True, of=devices)
    )
    return connection.execute(query).all()


def note(connection: Connection, device: int, silent_since: datetime | None) -> None:
    """Write down that a device's silence is told, or (None) its end."""
    own = update(devices).where(devices.c.id == device)
    connection.execute(own.values(silent_since=silent_since))

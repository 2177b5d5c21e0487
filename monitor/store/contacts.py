"""Contacts of enterprises (联系人)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text

from monitor.store.database import among
from monitor.store.tables import contacts


def lock(connection: Connection, uscc: str) -> None:
    """Nobody else replaces this enterprise's contacts before the transaction's end (PostgreSQL)."""
    if connection.dialect.name == "postgresql":
        key = hashlib.sha256(b"contacts\0" + uscc.encode()).digest()[:8]
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(key, signed=True)}
        )


def of(connection: Connection, uscc: str) -> list[Row[Any]]:
    """An enterprise's contacts in their order."""
    query = select(contacts).where(contacts.c.uscc == uscc).order_by(contacts.c.id)
    return list(connection.execute(query).all())


def put(connection: Connection, uscc: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace an enterprise's contacts."""
    connection.execute(delete(contacts).where(contacts.c.uscc == uscc))
    for row in rows:  # one by one: the order of the ids is the order of the contacts
        connection.execute(insert(contacts).values({"uscc": uscc, **row}))


def first_phones(connection: Connection, usccs: Sequence[str]) -> dict[str, str]:
    """The phones of the first contacts of those enterprises that have any."""
    query = select(contacts.c.uscc, contacts.c.phone)
    query = query.where(among(connection, contacts.c.uscc, usccs)).order_by(contacts.c.id.desc())
    return {row.uscc: row.phone for row in connection.execute(query)}


def shape(row: Row[Any]) -> dict[str, Any]:
    """The JSON of a contact's row."""
    return {"name": row.name, "phone": row.phone, "role": row.role}

"""Which files of the folder of media are kept, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.event import Examined
from monitor.store.database import among, insert
from monitor.store.tables import media


def add(connection: Connection, file: Examined, at: datetime) -> None:
    """Record a file that was placed among the media; one that is known already stays as it is."""
    row = {"sha256": file.sha256, "size": file.size, "type": file.type, "created_at": at}
    connection.execute(insert(connection, media).values(row).on_conflict_do_nothing())


def known(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Those of some hashes that are recorded."""
    query = select(media.c.sha256).where(among(connection, media.c.sha256, digests))
    return set(connection.execute(query).scalars())

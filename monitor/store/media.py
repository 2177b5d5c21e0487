"""Which files of the folder of media are kept, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.store.database import among, insert
from monitor.store.tables import media


def add(connection: Connection, sha256: str, size: int, media_type: str, at: datetime) -> None:
    """Record a file; one that is known already stays as it is."""
    row = {"sha256": sha256, "size": size, "type": media_type, "created_at": at}
    connection.execute(insert(connection, media).values(row).on_conflict_do_nothing())


def known(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Those of some hashes that are recorded."""
    query = select(media.c.sha256).where(among(connection, media.c.sha256, digests))
    return set(connection.execute(query).scalars())

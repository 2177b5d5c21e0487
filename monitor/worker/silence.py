"""The sweep that tells of devices that fell silent, and of those that speak again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from monitor.actions import Desk
from monitor.clock import rfc3339
from monitor.store import outbox, sources


@dataclass
class Silence:
    """Tells `source.lost` once of each registered device that was heard before and is silent for longer
    than `limit` (zero: never), and `source.restored` once when it is heard again.

    Who has just begun to listen cannot know who is silent: for as long after the start only those that
    are back are told.
    """

    desk: Desk
    limit: Callable[[], timedelta]
    listening_since: datetime

    def run(self) -> int:
        """Look at all devices; returns of how many something was told."""
        at, limit = self.desk.now(), self.limit()
        told = self._repeat(lambda connection: self._restored(connection, at))
        if limit and at - self.listening_since >= limit:
            told += self._repeat(lambda connection: self._lost(connection, at, at - limit))
        return told

    def _repeat(self, some: Callable[[Any], int]) -> int:
        """A bounded number a transaction, until none is left."""
        total = 0
        while True:
            with self.desk.store.write() as connection:
                told = some(connection)
            if not told:
                return total
            self.desk.changed()
            total += told

    def _lost(self, connection: Any, at: datetime, before: datetime) -> int:
        rows = sources.fallen_silent(connection, before)
        for row in rows:
            sources.note(connection, row.id, row.last_seen)
        zone = self.desk.zone
        outbox.publish(
            connection, [_event("source.lost", row, row.last_seen, at, zone) for row in rows]
        )
        return len(rows)

    def _restored(self, connection: Any, at: datetime) -> int:
        rows = sources.heard_again(connection)
        for row in rows:
            sources.note(connection, row.id, None)
        zone = self.desk.zone
        events = [_event("source.restored", row, row.silent_since, at, zone) for row in rows]
        outbox.publish(connection, events)
        return len(rows)


def _event(kind: str, row: Any, silent_since: datetime, at: datetime, zone: tzinfo) -> outbox.Event:
    source = {
        "mn": row.mn,
        "adapter": row.adapter,
        "enterprise": {"uscc": row.uscc, "name": row.name, "district": row.district},
        "silent_since": rfc3339(silent_since, zone),
        "heard_at": rfc3339(row.last_seen, zone) if kind == "source.restored" else None,
    }
    links = {"device": f"/api/v1/devices/{row.mn}"}
    data = {"source": source, "links": links}
    return outbox.Event(type=kind, at=at, district=row.district, data=data)

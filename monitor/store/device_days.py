"""How devices' frames were, counted by civil day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from monitor.store.database import insert
from monitor.store.tables import device_days

_MS = timedelta(milliseconds=1)


@dataclass(slots=True)
class Day:
    """Counters of a device's day; the columns of `device_days`."""

    frames: int = 0
    clean: int = 0
    refused: int = 0
    timed: int = 0
    skew_ms: int = 0
    skew_low_ms: int | None = None
    skew_high_ms: int | None = None

    def timed_by(self, skew: timedelta) -> None:
        """Count a frame by whose time of sending the device's clock is ahead by so much."""
        ms = skew // _MS
        self.timed += 1
        self.skew_ms += ms
        self.skew_low_ms = ms if self.skew_low_ms is None else min(self.skew_low_ms, ms)
        self.skew_high_ms = ms if self.skew_high_ms is None else max(self.skew_high_ms, ms)


def add(connection: Connection, days: Mapping[tuple[date, int], Day]) -> None:
    """Add counters (day, device → counters) to those there are."""
    if not days:
        return
    statement = insert(connection, device_days)
    new, old = statement.excluded, device_days.c
    sqlite = connection.dialect.name == "sqlite"
    least, greatest = (func.min, func.max) if sqlite else (func.least, func.greatest)

    def outer(which: Any, name: str) -> Any:
        return which(func.coalesce(old[name], new[name]), func.coalesce(new[name], old[name]))

    sums = ("frames", "clean", "refused", "timed", "skew_ms")
    statement = statement.on_conflict_do_update(
        index_elements=["day", "device"],
        set_={name: old[name] + new[name] for name in sums}
        | {
            "skew_low_ms": outer(least, "skew_low_ms"),
            "skew_high_ms": outer(greatest, "skew_high_ms"),
        },
    )
    rows = [
        {"day": day, "device": device} | asdict(days[day, device]) for day, device in sorted(days)
    ]
    # with RETURNING many rows go into a statement; SQLite is slow at a statement a row (`bulk`)
    connection.execute(statement.returning(old.device), rows)


def of_device(connection: Connection, device: int, last: date, days: int) -> list[Row[Any]]:
    """A device's last so many days up to one, in order; without those of silence."""
    named = [
        last - timedelta(days=back) for back in range(days)
    ]  # one by one: the day leads the key
    query = select(device_days).where(device_days.c.device == device, device_days.c.day.in_(named))
    return list(connection.execute(query.order_by(device_days.c.day)).all())

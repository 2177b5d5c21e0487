"""Devices heard, their problems, and the layouts of their reports.

Small numbers stand for device codes, layouts and forms in the flood; `Names` remembers them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, case, func, select, tuple_, update

from monitor.observation import Layout, Period
from monitor.store.bulk import batched
from monitor.store.database import among, insert
from monitor.store.tables import averages, devices, due, layouts, meters, outlets, problems

_REMEMBERED = 200_000


_NAMED_AT_ONCE = 5_000  # a statement takes a bounded number of parameters


Form = tuple[str, str, tuple[str, ...]]
"""Verdict, note and problems of a frame, as it has them: what `verdicts` is about, and a bit more."""


@dataclass
class Names:
    """What the numbers of devices, layouts and forms of frames are: a memory of the tables, never
    ahead of them.

    Numbers learnt in a transaction are remembered only by `learn`, after it has committed.
    """

    devices: dict[str, int] = field(default_factory=dict)
    layouts: dict[Layout, int] = field(default_factory=dict)
    forms: dict[Form, int] = field(default_factory=dict)

    def learn(self, news: Names) -> None:
        """Remember numbers that are committed; start afresh when there are too many."""
        if len(self.devices) + len(self.layouts) + len(self.forms) > _REMEMBERED:
            self.devices.clear()
            self.layouts.clear()
            self.forms.clear()
        self.devices.update(news.devices)
        self.layouts.update(news.layouts)
        self.forms.update(news.forms)


def numbers(
    connection: Connection, heard: Mapping[str, tuple[str, str, datetime]]
) -> dict[str, int]:
    """The numbers of device codes; new ones are entered with (adapter, peer, first seen)."""
    rows = [
        {"mn": mn, "adapter": adapter, "peer": peer, "first_seen": at, "last_seen": at}
        for mn, (adapter, peer, at) in sorted(heard.items())
    ]
    if rows:
        connection.execute(insert(connection, devices).on_conflict_do_nothing(), rows)
    return find(connection, heard)


def find(connection: Connection, mns: Iterable[str]) -> dict[str, int]:
    """The numbers of those device codes that have been heard."""
    return {mn: number for mn, (number, _) in first_heard(connection, mns).items()}


def code(connection: Connection, number: int) -> str:
    """The code (MN) of a device's number."""
    found: str = connection.execute(select(devices.c.mn).where(devices.c.id == number)).scalar_one()
    return found


def first_heard(connection: Connection, mns: Iterable[str]) -> dict[str, tuple[int, datetime]]:
    """Number and time of first hearing of those device codes that have been heard."""
    found = {}
    for chunk in batched(mns, _NAMED_AT_ONCE):
        query = select(devices.c.mn, devices.c.id, devices.c.first_seen)
        for row in connection.execute(query.where(among(connection, devices.c.mn, chunk))):
            found[row.mn] = (row.id, row.first_seen)
    return found


def layout_numbers(connection: Connection, unknown: Iterable[Layout]) -> dict[Layout, int]:
    """The numbers of layouts, new ones entered."""
    digests = {hashlib.md5(str(layout).encode()).hexdigest(): layout for layout in unknown}
    if not digests:
        return {}
    rows = [{"digest": key, "columns": str(value)} for key, value in sorted(digests.items())]
    connection.execute(insert(connection, layouts).on_conflict_do_nothing(), rows)
    query = select(layouts.c.digest, layouts.c.id).where(layouts.c.digest.in_(digests))
    return {digests[digest]: number for digest, number in connection.execute(query)}


class Seen(NamedTuple):
    """What was heard of a device since."""

    frames: int
    at: datetime
    peer: str
    adapter: str | None
    """The one that understood it last, if any did: devices move to other ports."""


def saw(connection: Connection, seen: Mapping[int, Seen]) -> None:
    """Add to what is known of devices, by number."""
    if not seen:
        return
    connection.execute(
        update(devices)
        .where(devices.c.id == bindparam("number"))
        .values(
            frames=devices.c.frames + bindparam("more"),
            last_seen=bindparam("at"),
            peer=bindparam("last_peer"),
            adapter=func.coalesce(bindparam("last_adapter"), devices.c.adapter),
        ),
        [
            {
                "number": number,
                "more": each.frames,
                "at": each.at,
                "last_peer": each.peer,
                "last_adapter": each.adapter,
            }
            for number, each in sorted(seen.items())
        ],
    )


def lock(connection: Connection, numbers: Sequence[int]) -> None:
    """Let nobody else judge these devices until the transaction ends (SQLite has one writer).

    Row locks, since the server's table of advisory locks is small.
    """
    if connection.dialect.name == "postgresql":
        query = select(devices.c.id).where(among(connection, devices.c.id, numbers))
        query = query.order_by(devices.c.id)
        connection.execute(query.with_for_update(key_share=True)).all()


def lately(
    connection: Connection, adapters: Iterable[str], since: datetime, after: int, limit: int
) -> list[Row[Any]]:
    """Devices of some adapters heard since, by number, beginning behind `after`."""
    query = (
        select(devices.c.id, devices.c.mn, devices.c.adapter)
        .where(devices.c.adapter.in_(list(adapters)))
        .where(devices.c.last_seen >= since, devices.c.id > after)
        .order_by(devices.c.id)
        .limit(limit)
    )
    return [*connection.execute(query)]


def without_hour(
    connection: Connection, numbers: Iterable[int], start_ms: int, heard_since: datetime
) -> list[int]:
    """Those of some devices, heard since an instant, of which no report of an hour has come."""
    came = select(averages.c.device).where(
        averages.c.device == devices.c.id,
        averages.c.period == Period.HOUR.value,
        averages.c.start_ms == start_ms,
    )
    query = select(devices.c.id).where(
        among(connection, devices.c.id, numbers),
        devices.c.last_seen >= heard_since,
        ~came.exists(),
    )
    return sorted(connection.execute(query).scalars())


def quarantined(connection: Connection) -> int:
    """How many devices have been heard that the register does not have."""
    outlet = select(outlets.c.mn).where(outlets.c.superseded_at.is_(None))
    meter = select(meters.c.meter).where(meters.c.superseded_at.is_(None))
    strange = (devices.c.mn.not_in(outlet), devices.c.mn.not_in(meter))
    query = select(func.count()).select_from(devices).where(*strange)
    return connection.execute(query).scalar_one()


def count_problems(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add to the count of problems by day, adapter, device and name; see the table's columns."""
    if not rows:
        return
    statement = insert(connection, problems)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "adapter", "device", "problem"],
            set_={
                "count": problems.c.count + statement.excluded.count,
                "last_at": statement.excluded.last_at,
                "frame": statement.excluded.frame,
            },
        ),
        rows,
    )


def note_due(
    connection: Connection,
    spans: Mapping[int, tuple[int, int]],
    reason: str,
    at: datetime,
    *,
    anew: bool = False,
) -> None:
    """Note spans (device → start, end in ms) to be judged from `at` on; of one reason they grow together.

    What waits already keeps its place, so that what is noted again and again has its turn; `anew`: it
    waits from `at`, as where transactions that know nothing of the reason may still be under way.
    """
    if not spans:
        return
    statement = insert(connection, due)
    low, high = statement.excluded.since_ms, statement.excluded.until_ms
    noted, waiting = statement.excluded.noted_at, due.c.lease_until.is_(None)
    least, greatest = (
        (func.least, func.greatest)
        if connection.dialect.name == "postgresql"
        else (func.min, func.max)
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["device", "reason"],
            set_={
                "since_ms": least(due.c.since_ms, low),
                "until_ms": greatest(due.c.until_ms, high),
                "noted_at": noted
                if anew
                else case(
                    (waiting, least(due.c.noted_at, noted)), else_=least(noted, due.c.lease_until)
                ),
                "lease_until": None,
            },
        ),
        [
            {
                "device": device,
                "reason": reason,
                "since_ms": since,
                "until_ms": until,
                "noted_at": at,
            }
            for device, (since, until) in sorted(spans.items())
        ],
    )


def take_due(
    connection: Connection, limit: int, settled: datetime, at: datetime, lease_until: datetime
) -> list[Row[Any]]:
    """Lease spans noted before `settled`, oldest first; a lease that ran out is taken again."""
    query = (
        select(due)
        .where(due.c.noted_at <= settled)
        .where((due.c.lease_until.is_(None)) | (due.c.lease_until < at))
        .order_by(due.c.noted_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = list(connection.execute(query).all())
    keys = [(row.device, row.reason) for row in rows]
    if keys:
        connection.execute(
            update(due)
            .where(tuple_(due.c.device, due.c.reason).in_(keys))
            .values(lease_until=lease_until)
        )
    return rows


def done(
    connection: Connection, taken: Row[Any], rest: tuple[int, int, datetime] | None = None
) -> None:
    """Strike out a span that was judged, unless it grew in the meantime; but for the rest (start, end in
    ms), which is to be judged from an instant on.
    """
    same = (
        due.c.device == taken.device,
        due.c.reason == taken.reason,
        due.c.noted_at == taken.noted_at,
    )
    if rest is None:
        connection.execute(due.delete().where(*same))
        return
    since, until, at = rest
    values = {"since_ms": since, "until_ms": until, "noted_at": at, "lease_until": None}
    connection.execute(update(due).where(*same).values(values))

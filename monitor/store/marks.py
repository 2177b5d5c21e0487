"""Marks in the store: entered once, never changed, struck out with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, tuple_, update

from monitor.marks import Mark, MarkClass
from monitor.store.database import among, insert
from monitor.store.scope import within
from monitor.store.tables import enterprises, marks, outlets

_KEY = ("mn", "pollutant", "class", "item", "start_ms", "end_ms", "manual")


def add(
    connection: Connection, mark: Mark, recorded_at: datetime, recorded_by: str
) -> tuple[Row[Any], bool]:
    """Enter a mark; the row, and whether it is new: the same mark twice is one, in time if either was."""
    row = {
        "mn": mark.mn,
        "pollutant": mark.pollutant or "",
        "class": mark.kind.value,
        "item": mark.item,
        "start_ms": mark.start_ms,
        "end_ms": mark.end_ms,
        "manual": mark.manual,
        "reason": mark.reason,
        "submitted_at": mark.submitted_at,
        "ordered_at": mark.ordered_at,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    statement = insert(connection, marks).values(row)
    same = marks.c.superseded_at.is_(None)
    statement = statement.on_conflict_do_nothing(index_elements=list(_KEY), index_where=same)
    new = connection.execute(statement.returning(marks.c.id)).scalar() is not None
    known = and_(same, *(marks.c[name] == row[name] for name in _KEY))
    found = connection.execute(select(marks).where(known)).one()
    if not new and mark.submitted_at < found.submitted_at:
        earlier = update(marks).where(marks.c.id == found.id)
        connection.execute(earlier.values(submitted_at=mark.submitted_at))
        return connection.execute(select(marks).where(known)).one(), True
    return found, new


def get(connection: Connection, number: int) -> Row[Any] | None:
    """A mark by its number."""
    return connection.execute(select(marks).where(marks.c.id == number)).one_or_none()


def strike_out(connection: Connection, number: int, at: datetime, by: str, reason: str) -> bool:
    """Strike a mark out; False if it was already."""
    query = update(marks).where(marks.c.id == number, marks.c.superseded_at.is_(None))
    done = connection.execute(
        query.values(superseded_at=at, superseded_by=by, superseded_reason=reason)
    )
    return done.rowcount > 0


def of(
    connection: Connection, mns: Sequence[str], start_ms: int, end_ms: int
) -> dict[str, list[Mark]]:
    """The marks in force of outlets that touch [start, end), by outlet."""
    query = select(marks).where(
        among(connection, marks.c.mn, list(mns)),
        marks.c.superseded_at.is_(None),
        marks.c.start_ms < end_ms,
        marks.c.end_ms > start_ms,
    )
    found: dict[str, list[Mark]] = {}
    for row in connection.execute(query):
        found.setdefault(row.mn, []).append(mark(row))
    return found


def mark(row: Any) -> Mark:
    """A row as the mark that it is."""
    fields = row._mapping
    return Mark(
        id=row.id,
        mn=row.mn,
        pollutant=row.pollutant or None,
        kind=MarkClass(fields["class"]),
        item=row.item,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        manual=row.manual,
        reason=row.reason,
        submitted_at=row.submitted_at,
        ordered_at=row.ordered_at,
    )


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    after: tuple[int, int] | None = None,
    *,
    mn: str | None = None,
    kind: str | None = None,
    start_ms: int | None = None,
    end_ms: int | None = None,
    struck_out: bool = False,
) -> list[Row[Any]]:
    """Marks within reach in order of their time; those struck out only where they are asked for."""
    owner = marks.outerjoin(
        outlets, and_(outlets.c.mn == marks.c.mn, outlets.c.superseded_at.is_(None))
    ).outerjoin(
        enterprises,
        and_(enterprises.c.uscc == outlets.c.uscc, enterprises.c.superseded_at.is_(None)),
    )
    query = select(marks).select_from(owner).where(within(enterprises.c.district, reach))
    if not struck_out:
        query = query.where(marks.c.superseded_at.is_(None))
    wanted: Iterable[Any] = (
        None if mn is None else marks.c.mn == mn,
        None if kind is None else marks.c["class"] == kind,
        None if start_ms is None else marks.c.end_ms > start_ms,
        None if end_ms is None else marks.c.start_ms < end_ms,
        None if after is None else tuple_(marks.c.start_ms, marks.c.id) > after,
    )
    query = query.where(*(each for each in wanted if each is not None))
    return list(connection.execute(query.order_by(marks.c.start_ms, marks.c.id).limit(limit)).all())

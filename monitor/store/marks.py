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


_COMPLETED = "补正提交或督办时间 (handed in earlier, or ordered)"


def add(
    connection: Connection, mark: Mark, recorded_at: datetime, recorded_by: str
) -> tuple[Row[Any], bool]:
    """Enter a mark; the row, and whether it is new.

    The same mark twice is one. It is in time if either was: what was handed in earlier, or ordered later,
    takes the place of what is known, which stays to be seen.
    """
    row = _row(mark) | {"recorded_at": recorded_at, "recorded_by": recorded_by}
    same = and_(marks.c.superseded_at.is_(None), *(marks.c[name] == row[name] for name in _KEY))
    statement = insert(connection, marks).on_conflict_do_nothing(
        index_elements=list(_KEY), index_where=marks.c.superseded_at.is_(None)
    )
    while True:  # somebody else may strike it out between the two statements
        new = connection.execute(statement.values(row).returning(marks.c.id)).scalar() is not None
        found = connection.execute(select(marks).where(same).with_for_update()).one_or_none()
        if found is not None:
            break
    both = {
        "submitted_at": min(mark.submitted_at, found.submitted_at),
        "ordered_at": max(filter(None, (mark.ordered_at, found.ordered_at)), default=None),
    }
    if new or all(found._mapping[name] == value for name, value in both.items()):
        return found, new
    strike_out(connection, found.id, recorded_at, recorded_by, _COMPLETED)
    connection.execute(statement.values(row | both))
    return connection.execute(select(marks).where(same)).one(), True


def _row(mark: Mark) -> dict[str, Any]:
    return {
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
    }


def get(connection: Connection, number: int, *, lock: bool = False) -> Row[Any] | None:
    """A mark by its number; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(marks).where(marks.c.id == number)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


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


def of_enterprise(connection: Connection, uscc: str, limit: int) -> list[Row[Any]]:
    """The marks in force of an enterprise's outlets, the newest first."""
    own = select(outlets.c.mn).where(outlets.c.uscc == uscc, outlets.c.superseded_at.is_(None))
    query = select(marks).where(marks.c.mn.in_(own), marks.c.superseded_at.is_(None))
    newest = query.order_by(marks.c.start_ms.desc(), marks.c.id.desc())
    return list(connection.execute(newest.limit(limit)))


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

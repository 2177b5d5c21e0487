"""The positive list in the store: spans of the books, read with their enterprises, entered, superseded.

Who changes the list holds `books.lock` first: then what he has looked at is what is in force.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, tuple_, update

from monitor.register import Listing
from monitor.store import outbox
from monitor.store.scope import within
from monitor.store.tables import enterprises, positive_list

_BOOK = positive_list.c
_FIELDS = [field.name for field in dataclasses.fields(Listing)]
_OWNED = and_(enterprises.c.uscc == _BOOK.uscc, enterprises.c.superseded_at.is_(None))


def _rows(reach: Sequence[str]) -> Select[Any]:
    """Spans with the name and the district of their enterprises, as far as a token reaches."""
    return (
        select(positive_list, enterprises.c.name, enterprises.c.district)
        .join(enterprises, _OWNED)
        .where(within(enterprises.c.district, reach))
    )


def get(
    connection: Connection, reach: Sequence[str], number: int, *, lock: bool = False
) -> Row[Any] | None:
    """A span by its number, superseded or not; `lock` holds it until the transaction ends."""
    query = _rows(reach).where(_BOOK.id == number)
    query = query.with_for_update(of=positive_list) if lock else query
    return connection.execute(query).one_or_none()


def owner(connection: Connection, reach: Sequence[str], uscc: str) -> Row[Any] | None:
    """The enterprise of a credit code within reach."""
    query = select(enterprises).where(
        enterprises.c.uscc == uscc,
        enterprises.c.superseded_at.is_(None),
        within(enterprises.c.district, reach),
    )
    return connection.execute(query).one_or_none()


def of(connection: Connection, uscc: str) -> list[Listing]:
    """Every span of an enterprise that is in force in the books, past ones too, the earliest first."""
    query = select(*(_BOOK[name] for name in _FIELDS)).where(
        _BOOK.uscc == uscc, _BOOK.superseded_at.is_(None)
    )
    found = connection.execute(query.order_by(_BOOK.listed_from, _BOOK.id))
    return [Listing(**row._mapping) for row in found]


def listing(row: Any) -> Listing:
    """A row as the span that it is."""
    return Listing(**{name: row._mapping[name] for name in _FIELDS})


def versions(connection: Connection, reach: Sequence[str], uscc: str) -> list[Row[Any]]:
    """All that was ever entered of an enterprise's listing, in the order in which it was."""
    query = _rows(reach).where(_BOOK.uscc == uscc)
    return list(connection.execute(query.order_by(_BOOK.id)).all())


def barred_until(connection: Connection, uscc: str) -> date | None:
    """The last day on which an enterprise may not come back; None where nothing bars it."""
    query = select(func.max(_BOOK.bar_until)).where(
        _BOOK.uscc == uscc, _BOOK.superseded_at.is_(None)
    )
    found: date | None = connection.execute(query).scalar()
    return found


def listed(
    connection: Connection,
    reach: Sequence[str],
    first: date,
    last: date,
    limit: int,
    after: tuple[str, int] | None = None,
    **exact: str | None,
) -> list[Row[Any]]:
    """The spans that hold on a day of [first, last]; `exact`: district, category, uscc."""
    columns = {"district": enterprises.c.district, "category": _BOOK.category, "uscc": _BOOK.uscc}
    query = _rows(reach).where(
        _BOOK.superseded_at.is_(None),
        _BOOK.listed_from <= last,
        or_(_BOOK.listed_until.is_(None), _BOOK.listed_until >= first),
        *(columns[name] == value for name, value in exact.items() if value is not None),
    )
    if after is not None:
        query = query.where(tuple_(_BOOK.uscc, _BOOK.id) > after)
    return list(connection.execute(query.order_by(_BOOK.uscc, _BOOK.id).limit(limit)).all())


# --- writing --------------------------------------------------------------------------------------


def add(connection: Connection, span: Listing, at: datetime, by: str) -> int:
    """Enter a span; its number."""
    values = {name: getattr(span, name) for name in _FIELDS if name != "id"}
    statement = insert(positive_list).values(values | {"recorded_at": at, "recorded_by": by})
    number: int = connection.execute(statement.returning(_BOOK.id)).scalar_one()
    return number


def supersede(connection: Connection, number: int, at: datetime, by: str, reason: str) -> bool:
    """Let a span hold no more in the books; False if it did not already."""
    query = update(positive_list).where(_BOOK.id == number, _BOOK.superseded_at.is_(None))
    said = {"superseded_at": at, "superseded_by": by, "superseded_reason": reason}
    return connection.execute(query.values(said)).rowcount > 0


def event(change: str, span: Listing, owner: Any, at: datetime) -> outbox.Event:
    """What subscribers are told of a changed span; `owner` is its enterprise, if it is known."""
    data: Mapping[str, Any] = {
        "change": change,
        "uscc": span.uscc,
        "enterprise": owner.name if owner else None,
        "category": span.category,
        "listed_from": span.listed_from.isoformat(),
        "listed_until": span.listed_until.isoformat() if span.listed_until else None,
        "document": span.document,
    }
    district = owner.district if owner else None
    return outbox.Event(type="listing.changed", at=at, district=district, data=dict(data))

"""Cases, reliefs, documents and typical cases in the store: amended with their versions kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, select, tuple_, update

from monitor.record import Case, Document, Record, Relief, TypicalCase, names_of
from monitor.store.scope import within
from monitor.store.tables import (
    cases,
    documents,
    enterprises,
    metadata,
    record_versions,
    reliefs,
    typical_cases,
)

TABLES: Mapping[type[Any], Table] = {
    Case: cases,
    Relief: reliefs,
    Document: documents,
    TypicalCase: typical_cases,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter over records; None = any. Both days belong to the span."""

    since: date | None = None
    until: date | None = None
    uscc: str | None = None
    district: str | None = None
    struck_out: bool = False


def _owners() -> Any:
    last = select(func.max(enterprises.c.id)).group_by(enterprises.c.uscc)
    columns = (enterprises.c.uscc, enterprises.c.name, enterprises.c.district)
    return select(*columns).where(enterprises.c.id.in_(last)).subquery("owners")


def add(connection: Connection, record: Record, at: datetime, by: str) -> int:
    """Enter a record; its number."""
    table = TABLES[type(record)]
    values = {name: getattr(record, name) for name in names_of(type(record))}
    values |= {"version": 1, "recorded_at": at, "recorded_by": by}
    return int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def get(
    connection: Connection, kind: type[Any], number: int, *, lock: bool = False
) -> Row[Any] | None:
    """A record with its enterprise's name and district, struck out or not."""
    query = _query(kind).where(TABLES[kind].c.id == number)
    if lock:
        query = query.with_for_update(of=TABLES[kind])
    return connection.execute(query).one_or_none()


def record_of(kind: type[Any], row: Row[Any]) -> Any:
    """A row as the record that it keeps."""
    return kind(**{name: row._mapping[name] for name in names_of(kind)})


def amend(
    connection: Connection,
    row: Row[Any],
    record: Record,
    content: Mapping[str, Any],
    at: datetime,
    by: str,
    reason: str | None,
) -> None:
    """Let a row, which is locked, say something else; `content` is what it said, as JSON."""
    table = TABLES[type(record)]
    connection.execute(
        insert(record_versions).values(
            noun=record.NOUN,
            record=row.id,
            version=row.version,
            at=at,
            by=by,
            reason=reason,
            content=dict(content),
        )
    )
    values = {name: getattr(record, name) for name in names_of(type(record))}
    connection.execute(
        update(table).where(table.c.id == row.id).values(values | {"version": row.version + 1})
    )


def strike_out(
    connection: Connection, kind: type[Any], number: int, at: datetime, by: str, reason: str
) -> bool:
    """Let a record count no more; False if it did not already."""
    table = TABLES[kind]
    query = update(table).where(table.c.id == number, table.c.struck_at.is_(None))
    said = {"struck_at": at, "struck_by": by, "struck_reason": reason}
    return connection.execute(query.values(said)).rowcount > 0


def versions(connection: Connection, noun: str, number: int) -> list[Row[Any]]:
    """What a record said before, the oldest first."""
    table = record_versions
    query = select(table).where(table.c.noun == noun, table.c.record == number)
    return list(connection.execute(query.order_by(table.c.version)).all())


def listed(
    connection: Connection,
    kind: type[Any],
    reach: Sequence[str],
    wanted: Wanted,
    limit: int,
    after: tuple[date, int] | None = None,
) -> list[Row[Any]]:
    """Records within reach in order of their day."""
    table = TABLES[kind]
    on = table.c[kind.ON]
    query = _query(kind).where(within(_district(kind), reach), *_conditions(kind, wanted))
    if after is not None:
        query = query.where(tuple_(on, table.c.id) > after)
    return list(connection.execute(query.order_by(on, table.c.id).limit(limit)))


def same(connection: Connection, record: Record) -> bool:
    """Whether a record that counts says exactly this already."""
    kind = type(record)
    table = TABLES[kind]
    on = getattr(record, kind.ON)
    query = _query(kind).where(table.c[kind.ON] == on, table.c.struck_at.is_(None))
    return any(record_of(kind, row) == record for row in connection.execute(query))


def of_task(connection: Connection, kind: type[Any], task: int) -> list[Row[Any]]:
    """The records of a task that count, the oldest first; locked."""
    table = TABLES[kind]
    query = _query(kind).where(table.c.task == task, table.c.struck_at.is_(None))
    return list(connection.execute(query.order_by(table.c.id).with_for_update(of=table)))


def known_number(connection: Connection, document: Document) -> int | None:
    """The document in force that has this number in its district."""
    query = select(documents.c.id).where(
        documents.c.number == document.number,
        documents.c.district == document.district,
        documents.c.struck_at.is_(None),
    )
    return connection.execute(query).scalar()


def case_numbered(connection: Connection, number: str) -> int | None:
    """The case that counts and has this number (立案文号)."""
    query = select(cases.c.id).where(cases.c.number == number, cases.c.struck_at.is_(None))
    return connection.execute(query.limit(1)).scalar()


def enterprise_name(connection: Connection, uscc: str) -> str:
    """The name of an enterprise, as the books last said it; its credit code where they never did."""
    query = select(OWNERS.c.name).where(OWNERS.c.uscc == uscc)
    return connection.execute(query).scalar() or uscc


def districts(connection: Connection) -> list[str]:
    """The districts of the enterprises in the books."""
    query = select(enterprises.c.district).where(enterprises.c.superseded_at.is_(None)).distinct()
    return list(connection.execute(query.order_by(enterprises.c.district)).scalars())


def officers(connection: Connection) -> list[str]:
    """The names of the officers in the books."""
    table = metadata.tables["officers"]
    query = select(table.c.name).where(table.c.superseded_at.is_(None)).distinct()
    return list(connection.execute(query.order_by(table.c.name)).scalars())


OWNERS = _owners()
"""Every enterprise that the books ever had, as they last said it: uscc, name, district."""


def _query(kind: type[Any]) -> Any:
    table = TABLES[kind]
    if kind is Document:
        return select(table)
    return select(table, OWNERS.c.name, OWNERS.c.district).outerjoin(
        OWNERS, OWNERS.c.uscc == table.c.uscc
    )


def _district(kind: type[Any]) -> Any:
    return documents.c.district if kind is Document else OWNERS.c.district


def _conditions(kind: type[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    table = TABLES[kind]
    on = table.c[kind.ON]
    found: list[ColumnElement[bool]] = []
    if not wanted.struck_out:
        found.append(table.c.struck_at.is_(None))
    if wanted.since is not None:
        found.append(on >= wanted.since)
    if wanted.until is not None:
        found.append(on <= wanted.until)
    if wanted.uscc is not None:
        found.append(table.c.uscc == wanted.uscc)
    if wanted.district is not None:
        found.append(_district(kind) == wanted.district)
    return found

"""The register in the store: what is in force, what was in force, and writing changes down.

A row of the books is never changed: it is superseded, and another one follows. So `as_of` can say
what the books said at any instant, and alerts can name the limit (by id) that they were judged by.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from monitor.books import KEYS, Books, Changes, Row, SheetChanges, key_of, plan
from monitor.clock import civil_date
from monitor.observation import Period
from monitor.register import (
    Basis,
    Camera,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Medium,
    Meter,
    Officer,
    Outlet,
    Register,
)
from monitor.store.tables import meta, metadata

SHANGHAI = ZoneInfo("Asia/Shanghai")

_TYPES: dict[str, type[Any]] = {
    "enterprises": Enterprise,
    "outlets": Outlet,
    "instruments": Instrument,
    "officers": Officer,
    "limits": Limit,
    "positive_list": Listing,
    "cameras": Camera,
    "meters": Meter,
}
_WORDS = {"period": Period, "basis": Basis, "medium": Medium}
_VERSION = "register_version"
_LOCK = 0x0062_6F6F_6B73  # "books"


def version(connection: Connection) -> int:
    """How often the books have changed."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == _VERSION)).scalar()
    return int(found or 0)


def load(connection: Connection) -> Register:
    """What is in force in the books; its `version` is never newer than its content."""
    while True:
        before = version(connection)
        rows = {
            sheet: tuple(_rows(connection, sheet, metadata.tables[sheet].c.superseded_at.is_(None)))
            for sheet in KEYS
        }
        if version(connection) == before:  # else somebody has committed between two of the reads
            return _register(rows, before, None)


def as_of(connection: Connection, instant: datetime) -> Register:
    """The register as the books said at an instant; its `version` is 0, as it is not known."""
    rows = {
        sheet: tuple(_rows(connection, sheet, _said_at(metadata.tables[sheet], instant)))
        for sheet in KEYS
    }
    return _register(rows, 0, instant)


def limit(connection: Connection, number: int) -> Limit:
    """A limit by its number, in force in the books or superseded."""
    table = metadata.tables["limits"]
    (found,) = _rows(connection, "limits", table.c.id == number)
    assert isinstance(found, Limit)
    return found


def last_owner(connection: Connection, mn: str) -> Enterprise | None:
    """Whose an outlet was that has left the books; data of its last days may still come."""
    outlets, enterprises = metadata.tables["outlets"], metadata.tables["enterprises"]
    query = select(outlets.c.uscc).where(outlets.c.mn == mn).order_by(outlets.c.id.desc()).limit(1)
    uscc = connection.execute(query).scalar()
    newest = select(func.max(enterprises.c.id)).where(enterprises.c.uscc == uscc)
    found = next(
        _rows(connection, "enterprises", enterprises.c.id == newest.scalar_subquery()), None
    )
    assert found is None or isinstance(found, Enterprise)
    return found


def preview(
    connection: Connection, books: Books, *, replace: bool, now: datetime, zone: tzinfo = SHANGHAI
) -> Changes:
    """What `apply` would do; raises RegisterError as it does."""
    return plan(books, load(connection), replace=replace, today=civil_date(now, zone))


def lock(connection: Connection) -> None:
    """Let nobody else change the books until the transaction ends: who plans, plans from what is."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def note_change(connection: Connection) -> int:
    """Have every process read the register again; the caller holds the `lock`. The new version."""
    following = version(connection) + 1
    _set_version(connection, following)
    return following


def apply(
    connection: Connection,
    books: Books,
    *,
    replace: bool,
    now: datetime,
    zone: tzinfo = SHANGHAI,
    by: str | None = None,
) -> Changes:
    """Write the books' changes down, in the caller's transaction.

    Rows that are the same are left alone, rows that differ supersede the old ones, rows that are
    absent stay, or with `replace` end (see `monitor.books.plan`). Raises RegisterError if rows
    refer to what is not there; then nothing has been written. `by` stands on changed listings.
    """
    lock(connection)
    changes = preview(connection, books, replace=replace, now=now, zone=zone)
    if not changes:
        return changes
    for sheet in changes:
        _supersede(connection, sheet, now, by)
        _insert(connection, sheet, now, by)
    return dataclasses.replace(changes, version=note_change(connection))


# --- reading ------------------------------------------------------------------------------------


def _said_at(table: Table, instant: datetime) -> ColumnElement[bool]:
    ended = table.c.superseded_at
    return and_(table.c.recorded_at <= instant, or_(ended.is_(None), ended > instant))


def _rows(connection: Connection, sheet: str, where: ColumnElement[bool]) -> Iterator[Row]:
    table, kind = metadata.tables[sheet], _TYPES[sheet]
    names = [field.name for field in dataclasses.fields(kind)]
    words = [(name, _WORDS[name]) for name in names if name in _WORDS]
    query = select(*(table.c[name] for name in names)).where(where).order_by(table.c.id)
    for row in connection.execute(query):
        values = dict(zip(names, row, strict=True))
        for name, word in words:
            values[name] = word(values[name])
        yield kind(**values)


def _register(rows: dict[str, Any], version: int, instant: datetime | None) -> Register:
    listings = rows.pop("positive_list")
    return Register(**rows, listings=listings, version=version, taken_at=instant)


# --- writing ------------------------------------------------------------------------------------


_SIGNED = "positive_list"
"""The sheet whose rows say who has entered them."""


def _supersede(
    connection: Connection, changes: SheetChanges, now: datetime, by: str | None
) -> None:
    table, names = metadata.tables[changes.sheet], KEYS[changes.sheet]
    old = [row for row, _ in (*changes.changed, *changes.ended)]
    if old:
        known = [table.c[name] == bindparam(f"key_{name}") for name in names]
        signed = {"superseded_by": by} if changes.sheet == _SIGNED else {}
        statement = update(table).where(*known, table.c.superseded_at.is_(None))
        statement = statement.values({"superseded_at": now} | signed)
        bound = [f"key_{name}" for name in names]
        connection.execute(
            statement,
            [dict(zip(bound, key_of(changes.sheet, row), strict=True)) for row in old],
        )


def _insert(connection: Connection, changes: SheetChanges, now: datetime, by: str | None) -> None:
    lasts = [last for _, last in changes.ended if last is not None]
    new = [*changes.added, *(row for _, row in changes.changed), *lasts]
    if new:
        entered: dict[str, object] = {"recorded_at": now}
        if changes.sheet == _SIGNED:
            entered["recorded_by"] = by
        connection.execute(insert(metadata.tables[changes.sheet]), list(_records(new, entered)))


def _records(rows: Iterable[Row], entered: dict[str, object]) -> Iterator[dict[str, object]]:
    for row in rows:
        values = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
        values.pop("id", None)
        yield values | entered


def _set_version(connection: Connection, number: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(meta).values(key=_VERSION, value=str(number))
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": str(number)})
    )

"""Opening the database, and transactions.

SQLite: WAL, `synchronous=FULL` (a commit precedes every acknowledgement), one writer at a time, by a
lock of this process first, so that writers queue in order instead of polling. PostgreSQL: as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Engine,
    any_,
    cast,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.clock import now
from monitor.errors import StoreError, StoreUnavailable

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=20000",
    "PRAGMA cache_size=-65536",
    "PRAGMA wal_autocheckpoint=4000",
)


_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 48, "hide_parameters": True}
"""More connections than the API has threads: whoever takes data in never waits for a reader."""

_POSTGRESQL = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
}
"""Whoever dies holding a lock must not hold up the others for long."""

_READ_ONLY = " -c default_transaction_read_only=on"


class Store:
    """An open database. `read()` and `write()` give a connection inside one transaction."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Open `sqlite:///path` or `postgresql://…`; raises StoreError if the URL cannot be used.

        With `read_only` the database itself refuses whatever would change it.
        """
        self.url = _checked(url)
        self.engine = _engine(self.url, read_only=read_only)
        self.dialect = self.engine.dialect.name
        self._writer = threading.Lock() if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that only reads, and of which every query sees the same state."""
        with self.read() as connection:
            if self.dialect == "postgresql":  # SQLite's transactions are so of themselves
                connection.execute(
                    text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                )
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back if anything is raised."""
        with _translated():
            if self._writer is None:
                with self.engine.begin() as connection:
                    yield connection
            else:
                with (
                    self._writer,
                    self.engine.connect().execution_options(immediate=True) as connection,
                    connection.begin(),
                ):
                    yield connection

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def clock(self) -> datetime:
        """The time by the database server's clock (this machine's, for SQLite)."""
        if self.dialect == "sqlite":
            return now()
        with self.read() as connection:
            at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return at

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


_PASSING = (OperationalError, InterfaceError, PoolTimeout)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        detail = str(getattr(error, "orig", None) or error).strip().splitlines()
        kind = StoreUnavailable if isinstance(error, _PASSING) else StoreError
        raise kind(f"database: {detail[0] if detail else type(error).__name__}") from error


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter where its port is no number
        raise StoreError(
            "database.url: not a database URL; use sqlite:///path or postgresql://…"
        ) from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(
            f"database.url: {parsed.get_backend_name()} is not supported; use sqlite or postgresql"
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("database.url: name a file: sqlite:///path")
    return parsed


def new_file(url: str) -> Path | None:
    """The file that opening a SQLite URL would create; None if it is there, or for PostgreSQL."""
    parsed = _checked(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    assert parsed.database
    path = Path(parsed.database).expanduser().absolute()
    return None if path.exists() else path


def _engine(url: URL, *, read_only: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        options = f"{_POSTGRESQL['options']}{_READ_ONLY if read_only else ''}"
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args=_POSTGRESQL | {"options": options},
            **_POOL,
        )
    assert url.database
    if read_only and new_file(str(url)) is not None:
        raise StoreError(f"database.url: there is no {url.database}")
    folder = Path(url.database).expanduser().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"database.url: {folder}: {error.strerror}") from None
    engine = create_engine(url, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if read_only:
        event.listen(engine, "connect", _only_read_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _only_read_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def insert(connection: Connection, table: Any) -> Any:
    """An INSERT that may say what becomes of rows that are there (`on_conflict_…`)."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> Any:
    """`column IN values`; for PostgreSQL as one array, since a thousand parameters cost more."""
    if connection.dialect.name == "postgresql":
        return column == any_(cast(list(values), ARRAY(column.type)))
    return column.in_(list(values))

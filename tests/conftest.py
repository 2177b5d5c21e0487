"""Fixtures that every test may use: a database of each kind, migrated and empty."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.store import Store, schema
from tests.databases import Databases
from tests.objects import ObjectStore
from tests.servers import MissingServerError, Mosquitto, Postgres

_numbers = itertools.count(1)
T = TypeVar("T")


def _started(server: Callable[[], T]) -> T:
    """A server of the tests' own; one that is not installed is a failure that says what to install."""
    try:
        return server()
    except MissingServerError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for this test run (this worker's, under xdist)."""
    server = _started(Postgres)
    yield server
    server.stop()


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    """An MQTT broker for this test, which may restart or kill it."""
    broker = _started(Mosquitto)
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3-compatible store for this test run; who uses it takes a prefix of its own."""
    server = _started(ObjectStore)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _postgres_template(postgres: Postgres) -> str:
    postgres.execute("CREATE DATABASE template_monitor")
    _migrate(postgres.url("template_monitor"))
    return "template_monitor"


@pytest.fixture(scope="session")
def _databases(postgres: Postgres, _postgres_template: str) -> Databases:
    return Databases(postgres, _postgres_template)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "monitor.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    store = Store(url)
    schema.upgrade(store)
    store.close()


def _sqlite(request: pytest.FixtureRequest, *, empty: bool) -> Iterator[str]:
    path = request.getfixturevalue("tmp_path") / "monitor.db"
    if not empty:
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
    yield f"sqlite:///{path}"


def _postgresql(request: pytest.FixtureRequest, *, empty: bool) -> Iterator[str]:
    server: Postgres = request.getfixturevalue("postgres")
    if not empty:
        databases: Databases = request.getfixturevalue("_databases")
        name = databases.lend()
        yield server.url(name)
        databases.give_back(name)
        return
    name = f"bare_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


_KINDS = {"sqlite": _sqlite, "postgresql": _postgresql}


@pytest.fixture(params=list(_KINDS))
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated, empty database, of each kind in turn."""
    yield from _KINDS[request.param](request, empty=False)


@pytest.fixture(params=list(_KINDS))
def bare_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any table, of each kind in turn."""
    yield from _KINDS[request.param](request, empty=True)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on a fresh, migrated, empty database, of each kind in turn."""
    opened = Store(database_url)
    yield opened
    opened.close()

"""What a test is lent is empty and as migrated, whatever the one before did to it."""

from __future__ import annotations

import psycopg
import pytest

from tests.databases import Databases
from tests.servers import Postgres


@pytest.fixture
def databases(postgres: Postgres, _postgres_template: str) -> Databases:
    return Databases(postgres, _postgres_template)


def run(server: Postgres, name: str, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


TOKEN = (
    "INSERT INTO tokens (name, role, districts, hash, created_at)"
    " VALUES ('x', 'admin', '[]', 'x', now()) RETURNING id"
)


def test_rows_are_gone_and_numbers_begin_anew(postgres: Postgres, databases: Databases) -> None:
    name = databases.lend()
    first = run(postgres, name, TOKEN)
    left_open = psycopg.connect(postgres.url(name))  # as a process that was killed leaves it
    left_open.execute("SELECT * FROM tokens FOR UPDATE")
    databases.give_back(name)
    assert databases.lend() == name
    assert run(postgres, name, "SELECT * FROM tokens") == []
    assert run(postgres, name, TOKEN) == first
    databases.give_back(name)
    left_open.close()
    postgres.execute(f"DROP DATABASE {name}")


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE tokens CASCADE",
        "CREATE TABLE more (id int)",
        "ALTER TABLE tokens ADD COLUMN more int",
        "ALTER TABLE tokens ALTER COLUMN hash DROP NOT NULL",
        "ALTER TABLE tokens DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '9999'",
        "DROP INDEX ix_tasks_queue",
        "INSERT INTO tokens (name, role, districts, hash, created_at)"
        " SELECT repeat('x', 1000), 'admin', '[]', i, now() FROM generate_series(1, 9000) i",
    ],
)
def test_what_is_not_as_it_was_is_lent_to_nobody(
    postgres: Postgres, databases: Databases, harm: str
) -> None:
    name = databases.lend()
    run(postgres, name, harm)
    databases.give_back(name)
    there = run(postgres, "postgres", "SELECT datname FROM pg_database")
    assert (name,) not in there

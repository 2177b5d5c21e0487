"""PostgreSQL databases for tests: migrated and empty, used again where a test left only rows behind.

Copying a database costs ten times what emptying one does, and thousands of tests want one.
"""

from __future__ import annotations

import itertools
from typing import Any

import psycopg

from tests.servers import Postgres

_SHAPE = """
SELECT (SELECT sum(hashtext(c::text)) FROM (
            SELECT oid, relname, relkind FROM pg_class WHERE relkind <> 't') c),
       (SELECT sum(hashtext(t::text)) FROM (SELECT oid, tgname, tgenabled FROM pg_trigger) t),
       (SELECT sum(hashtext(a::text)) FROM (
            SELECT attrelid, attname, atttypid, attnotnull FROM pg_attribute) a),
       (SELECT sum(hashtext(c::text)) FROM (SELECT oid, conname FROM pg_constraint) c),
       (SELECT string_agg(version_num, ',') FROM alembic_version)
"""
"""The same of two databases when neither has a table, column, constraint or trigger that the other has
not, and both are of one version."""

_LARGE = 4 << 20
"""A table of this many bytes leaves so many dead rows that a new database is the faster one."""

_EMPTY = f"""
DO $$
DECLARE each record;
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- neither foreign keys nor triggers in the way
    FOR each IN SELECT oid::regclass AS name, pg_relation_size(oid) AS size FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        IF each.size > {_LARGE} THEN RAISE EXCEPTION '% is large', each.name; END IF;
        IF each.size > 0 THEN EXECUTE format('DELETE FROM %s', each.name); END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences
        WHERE last_value IS NOT NULL;
END $$
"""


_numbers = itertools.count(1)


class Databases:
    """Databases of one server, each lent to one test at a time."""

    def __init__(self, server: Postgres, template: str) -> None:
        self._server, self._template = server, template
        self._shape = self._ask(template, _SHAPE)
        self._spare: list[str] = []

    def lend(self) -> str:
        """The name of a migrated, empty database."""
        if self._spare:
            return self._spare.pop()
        name = f"lent_{next(_numbers)}"
        # copied file by file, which without waiting for the disk is the faster way
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return name

    def give_back(self, name: str) -> None:
        """Empty it for the next test, or drop what cannot be made as it was."""
        try:
            self._ask(name, _EMPTY)
            if self._ask(name, _SHAPE) == self._shape:
                self._spare.append(name)
                return
        except psycopg.Error:
            pass  # it is dropped, whatever was wrong with it
        self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _ask(self, name: str, statement: str) -> Any:
        with psycopg.connect(self._server.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchone() if cursor.description else None

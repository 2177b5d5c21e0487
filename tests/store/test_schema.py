"""The schema: migrations lead to the tables in use, and no other schema is worked with."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from monitor.errors import SchemaBehind
from monitor.store import Store, schema
from monitor.store.tables import metadata


def test_migrations_lead_exactly_to_the_tables(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_migrated_database_is_accepted(store: Store) -> None:
    schema.require_head(store)
    assert schema.current(store) == schema.head()


def test_migrating_twice_changes_nothing(store: Store) -> None:
    schema.upgrade(store)
    schema.require_head(store)


def test_an_empty_database_is_refused_with_what_to_do(bare_database_url: str) -> None:
    store = Store(bare_database_url)
    with pytest.raises(SchemaBehind, match=r"at nothing.*run `offsite-monitor migrate`"):
        schema.require_head(store)
    with store.read() as connection:
        assert inspect(connection).get_table_names() == []  # looking leaves no trace
    store.close()


def test_the_schema_of_another_version_is_refused_and_named(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    with pytest.raises(SchemaBehind, match=r"f00d is not known to this program.*install that one"):
        schema.require_head(store)

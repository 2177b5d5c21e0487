"""A snapshot: every query of it sees the same state, and it writes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from monitor.errors import StoreError
from monitor.store import Store
from monitor.store.tables import meta


def test_what_is_committed_meanwhile_is_not_seen(store: Store) -> None:
    count = select(func.count()).select_from(meta)
    with store.snapshot() as connection:
        before = connection.execute(count).scalar_one()
        with store.write() as other:
            other.execute(insert(meta).values(key="x", value="y"))
        assert connection.execute(count).scalar_one() == before
    with store.read() as connection:
        assert connection.execute(count).scalar_one() == before + 1


def test_the_next_transaction_of_the_connection_writes_again(store: Store) -> None:
    for key in "abcdefghij":  # connections are pooled
        with store.snapshot() as connection:
            connection.execute(select(meta)).all()
        with store.write() as connection:
            connection.execute(insert(meta).values(key=key, value=""))


def test_where_the_database_can_it_refuses_to_write(store: Store) -> None:
    if store.dialect == "postgresql":
        with pytest.raises(StoreError, match="read-only"), store.snapshot() as connection:
            connection.execute(insert(meta).values(key="x", value="y"))

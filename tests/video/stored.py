"""A bench whose deliveries go through the real intake into a real database, and what is there then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from monitor.adapter import Delivery
from monitor.store import Store, held
from tests.mqtt.test_intake import taking_in
from tests.video.kit import Bench


@asynccontextmanager
async def through(store: Store, bench: Bench) -> AsyncIterator[Bench]:
    """While the intake runs."""
    async with taking_in(store) as intake:

        async def deliver(deliveries: Sequence[Delivery]) -> None:
            await intake.deliver(deliveries)
            bench.kept.extend(deliveries)

        async def had() -> list[Any]:
            with store.read() as connection:
                return held.of(connection, bench.name)

        bench.deliver, bench.had = deliver, had  # type: ignore[method-assign]
        yield bench


def rows(store: Store, table: Any) -> list[Any]:
    """All of a table."""
    with store.read() as connection:
        return list(connection.execute(select(table)))

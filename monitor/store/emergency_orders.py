"""Emergency orders in the store: entered once, never changed, struck out or replaced with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, tuple_, update

from monitor.power import Order, OrderKind
from monitor.store.scope import within
from monitor.store.tables import emergency_orders as orders
from monitor.store.tables import enterprises

_SAID = ("uscc", "kind", "line", "start_ms", "end_ms", "allowed_share", "baseline_kw", "document")


def add(connection: Connection, order: Order, at: datetime, by: str) -> tuple[Row[Any], bool]:
    """Enter an order; the row, and whether it is new: the same in force twice is one.

    Who enters the same at the same moment has two; they say the same, and each can be struck out.
    """
    values = _row(order)
    same = [
        orders.c[name].is_(None) if values[name] is None else orders.c[name] == values[name]
        for name in _SAID
    ]
    query = select(orders).where(orders.c.superseded_at.is_(None), *same).limit(1)
    found = connection.execute(query).one_or_none()
    if found is not None:
        return found, False
    statement = insert(orders).values(values | {"recorded_at": at, "recorded_by": by})
    return connection.execute(statement.returning(orders)).one(), True


def _row(order: Order) -> dict[str, Any]:
    return {
        "uscc": order.uscc,
        "kind": order.kind.value,
        "line": order.line or "",
        "start_ms": order.start_ms,
        "end_ms": order.end_ms,
        "allowed_share": order.allowed_share,
        "baseline_kw": order.baseline_kw,
        "document": order.document,
    }


def order(row: Any) -> Order:
    """A row as the order that it is."""
    said = {name: row._mapping[name] for name in _SAID}
    return Order(**said | {"kind": OrderKind(row.kind), "line": row.line or None, "id": row.id})


def get(connection: Connection, number: int, *, lock: bool = False) -> Row[Any] | None:
    """An order by its number; `lock` holds it until the transaction ends (PostgreSQL)."""
    query = select(orders).where(orders.c.id == number)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def strike_out(connection: Connection, number: int, at: datetime, by: str, reason: str) -> bool:
    """Let an order count no more; False if it did not already."""
    query = update(orders).where(orders.c.id == number, orders.c.superseded_at.is_(None))
    said = {"superseded_at": at, "superseded_by": by, "superseded_reason": reason}
    return connection.execute(query.values(said)).rowcount > 0


def name_successor(connection: Connection, number: int, other: int) -> None:
    """Say which order took the place of one that was struck out."""
    connection.execute(update(orders).where(orders.c.id == number).values(replaced_by=other))


def of(connection: Connection, uscc: str, start_ms: int, end_ms: int) -> list[Order]:
    """The orders of an enterprise that touch [start, end), in order of time."""
    query = select(orders).where(
        orders.c.uscc == uscc,
        orders.c.superseded_at.is_(None),
        orders.c.start_ms < end_ms,
        or_(orders.c.end_ms.is_(None), orders.c.end_ms > start_ms),
    )
    found = connection.execute(query.order_by(orders.c.start_ms, orders.c.id))
    return [order(row) for row in found]


def in_reach(connection: Connection, reach: Sequence[str], uscc: str) -> bool:
    """Whether an enterprise is registered, and within reach."""
    query = select(enterprises.c.uscc).where(
        enterprises.c.uscc == uscc,
        enterprises.c.superseded_at.is_(None),
        within(enterprises.c.district, reach),
    )
    return connection.execute(query).first() is not None


def listed(
    connection: Connection,
    reach: Sequence[str],
    limit: int,
    after: tuple[int, int] | None = None,
    *,
    uscc: str | None = None,
    start_ms: int | None = None,
    end_ms: int | None = None,
    struck_out: bool = False,
) -> list[Row[Any]]:
    """Orders within reach in order of their time; those struck out only where they are asked for."""
    owner = orders.outerjoin(
        enterprises,
        and_(enterprises.c.uscc == orders.c.uscc, enterprises.c.superseded_at.is_(None)),
    )
    query = select(orders).select_from(owner).where(within(enterprises.c.district, reach))
    if not struck_out:
        query = query.where(orders.c.superseded_at.is_(None))
    if uscc is not None:
        query = query.where(orders.c.uscc == uscc)
    if start_ms is not None:
        query = query.where(or_(orders.c.end_ms.is_(None), orders.c.end_ms > start_ms))
    if end_ms is not None:
        query = query.where(orders.c.start_ms < end_ms)
    if after is not None:
        query = query.where(tuple_(orders.c.start_ms, orders.c.id) > after)
    return list(connection.execute(query.order_by(orders.c.start_ms, orders.c.id).limit(limit)))

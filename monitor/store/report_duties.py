"""Papers that are owed: which were handed in, reminded of, told as late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.reports.duties import Duty
from monitor.store.scope import within
from monitor.store.tables import report_duties as table


def enter(connection: Connection, duty: Duty) -> Row[Any]:
    """The row of a duty, locked; entered where it is not there yet."""
    key = {
        "kind": duty.kind.value,
        "level": duty.level.value,
        "district": duty.district,
        "period": duty.period,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, due_on=duty.due_on)
    connection.execute(statement.on_conflict_do_nothing(index_elements=list(key)))
    query = select(table).where(and_(*(table.c[name] == value for name, value in key.items())))
    return connection.execute(query.with_for_update()).one()


def change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    """Write values of one."""
    connection.execute(update(table).where(table.c.id == number).values(**values))


def between(
    connection: Connection, reach: Sequence[str], first: date, last: date
) -> list[Row[Any]]:
    """Those entered whose day lies between two, within reach."""
    query = select(table).where(
        table.c.due_on.between(first, last), within(table.c.district, reach)
    )
    return list(connection.execute(query.order_by(table.c.due_on, table.c.id)))

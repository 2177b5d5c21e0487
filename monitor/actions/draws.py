"""Random draws (双随机抽查): what becomes of each enterprise, recorded as answered; audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any

from monitor.actions.desk import Desk
from monitor.actions.spans import require_near
from monitor.clock import rfc3339
from monitor.errors import NotFound
from monitor.exchange import fingerprint
from monitor.positive import MOST_DRAWN, draw
from monitor.store import Row, draws
from monitor.task import InputError
from monitor.tokens import Caller, Right


def ask(desk: Desk, caller: Caller, on: date, usccs: Sequence[str]) -> dict[str, Any]:
    """Answer a draw by the list of its day as the books now have it, and record it; its shape.

    Nothing but the draw's own inspection is decided by it: tasks are queued as if nobody had asked.
    """
    if not 1 <= len(usccs) <= MOST_DRAWN:
        raise InputError(f"enterprises: a draw has 1 to {MOST_DRAWN:,}; give more in several draws")
    require_near(desk, on, "date")
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        said = draw(
            work.books, desk.listing_policy().categories, usccs, on, caller.districts, desk.language
        )
        number = draws.add(work.connection, on, said, work.books.version, work.at, caller.name)
        counts: dict[str, int] = {}
        for each in said:
            counts[each.treatment.value] = counts.get(each.treatment.value, 0) + 1
        data = {"date": on.isoformat(), "count": len(said)} | counts
        work.audit("draw.ask", f"draw/{number}", data=data)
        row = draws.get(work.connection, (), caller.name, number)
        shaped = shape(row, draws.answers(work.connection, (), caller.name, row), desk.zone)
        work.leaves(f"draws/{number}", fingerprint(shaped))
        return shaped


def one(desk: Desk, caller: Caller, number: int) -> dict[str, Any]:
    """A draw with its answers; of somebody else's those within reach. NotFound where there are none."""
    caller.require(Right.READ)
    with desk.store.snapshot() as connection:
        row = draws.get(connection, caller.districts, caller.name, number)
        if row is None:
            raise NotFound(f"there is no draw {number}")
        found = draws.answers(connection, caller.districts, caller.name, row)
        return shape(row, found, desk.zone)


def head(row: Any, zone: tzinfo) -> dict[str, Any]:
    """The JSON of a draw without its answers."""
    return {
        "id": row.id,
        "date": row.on_day.isoformat(),
        "count": row.count,
        "list_version": row.list_version,
        "drawn_at": rfc3339(row.drawn_at, zone),
        "drawn_by": row.drawn_by,
    }


_ANSWERED = ("uscc", "name", "district", "treatment", "category", "document", "ground")


def shape(row: Any, rows: list[Row[Any]], zone: tzinfo) -> dict[str, Any]:
    """The JSON of a draw."""
    items = [{name: each._mapping[name] for name in _ANSWERED} for each in rows]
    return head(row, zone) | {"items": items}

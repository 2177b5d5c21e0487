"""What time does to tasks: leases run out, due dates pass. Called by the worker."""

from __future__ import annotations

from monitor.actions.desk import Desk
from monitor.actions.tasks import NO_CLAIM
from monitor.store import tasks
from monitor.tokens import Caller, Right, Role

SYSTEM = Caller(id=None, name="system", role=Role.ADMIN)
"""Who acts when nobody does."""

_AT_ONCE = 200


def expire_leases(desk: Desk) -> int:
    """Put claimed tasks whose lease has run out back into the queue; returns how many."""
    total = 0
    while True:
        with desk.transaction(SYSTEM, Right.WORK) as work:
            rows = tasks.lapsed(work.connection, work.at, _AT_ONCE)
            for row in rows:
                work.step(row, "expire", NO_CLAIM, data={"held_by": row.claimed_by})
        total += len(rows)
        if len(rows) < _AT_ONCE:
            return total


def mark_overdue(desk: Desk) -> int:
    """Tell once of every open task whose due time has passed; returns how many."""
    total = 0
    while True:
        with desk.transaction(SYSTEM, Right.WORK) as work:
            rows = tasks.late(work.connection, work.at, _AT_ONCE)
            for row in rows:
                work.change(row, {"overdue_at": work.at})
                tasks.note(work.connection, row.id, work.at, "overdue", SYSTEM.name)
                tasks.announce(work.connection, row.id, "task.overdue", work.at, desk.zone)
        total += len(rows)
        if len(rows) < _AT_ONCE:
            return total

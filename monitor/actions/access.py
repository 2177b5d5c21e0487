"""What is entered of access itself: origins that were locked out."""

from __future__ import annotations

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk
from monitor.tokens import Right


def locked_out(desk: Desk, origin: str | None, failures: int) -> None:
    """Too many wrong tokens came from an origin."""
    with desk.transaction(SYSTEM, Right.MANAGE) as work:
        work.audit("access.lock-out", f"origin/{origin or '?'}", data={"failures": failures})

"""The audit trail (审计记录) for those who keep it: exported as lines, with its own entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor import trail
from monitor.actions.desk import Desk
from monitor.errors import Forbidden
from monitor.store import audit
from monitor.tokens import Caller, Right

_AT_ONCE = 1000


def require(caller: Caller) -> None:
    """Raise Forbidden unless the caller may read the trail, which is of no district."""
    caller.require(Right.AUDIT)
    if caller.districts:
        raise Forbidden("the trail is the whole bureau's: it takes a token of all districts")


def export(
    desk: Desk, caller: Caller, since: datetime | None = None, until: datetime | None = None
) -> Iterator[str]:
    """The entries from `since` to before `until`, a line each, without a gap between the first and the
    last. The export is entered before, and is the last of its lines if nothing ends it earlier.
    """
    require(caller)
    with desk.transaction(caller, Right.AUDIT) as work:
        said = {"from": since, "to": until}
        data = {name: when.isoformat() for name, when in said.items() if when is not None}
        work.audit("audit.export", "audit", data=data)
    with desk.store.read() as connection:
        span = audit.between(connection, since, until)
    return _lines(desk, *span) if span else iter(())


def _lines(desk: Desk, first: int, last: int) -> Iterator[str]:
    """A page a transaction: however slowly they are taken, no connection is held meanwhile."""
    while first <= last:
        with desk.store.read() as connection:
            page = list(audit.entries(connection, first - 1, min(_AT_ONCE, last - first + 1)))
        if not page:
            return
        yield from (trail.written(entry) + "\n" for entry in page)
        first = page[-1]["seq"] + 1

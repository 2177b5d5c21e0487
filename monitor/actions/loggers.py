"""Giving a device code (MN) to a data logger that has introduced itself (HJ 212-2025 CN=1002)."""

from __future__ import annotations

from typing import Any

from monitor.actions.commands import Prepare, enter
from monitor.actions.desk import Desk
from monitor.command import WAITS, Origin
from monitor.errors import Forbidden, NotFound
from monitor.exchange import fingerprint
from monitor.store import Connection, Row, loggers
from monitor.tokens import Caller, Right


def assign(
    desk: Desk, caller: Caller, prepare: Prepare, code: str, logger: str, mn: str
) -> dict[str, Any]:
    """Queue the command `code` that tells a logger its MN; it goes out when the logger is connected.

    The register must have an outlet with this MN. Raises NotFound where it has none, or where the
    logger never introduced itself.
    """
    _all_districts(caller)
    with desk.transaction(caller, Right.COMMAND, books=True) as work:
        work.seen(fingerprint(loggers.shape(_found(work.connection, logger, lock=True), desk.zone)))
        loggers.assign(work.connection, logger, mn)
        placed = enter(work, prepare, mn, code, {"i23005-Info": logger}, WAITS[Origin.PERSON])
        work.audit("logger.assign", f"logger/{logger}", data={"mn": mn})
        return placed


def one(desk: Desk, caller: Caller, logger: str) -> dict[str, Any]:
    """A logger's shape; NotFound where it never introduced itself."""
    caller.require(Right.OPERATE)
    _all_districts(caller)
    with desk.store.read() as connection:
        return loggers.shape(_found(connection, logger), desk.zone)


def _found(connection: Connection, logger: str, *, lock: bool = False) -> Row[Any]:
    row = loggers.find(connection, logger, lock=lock)
    if row is None:
        raise NotFound(f"no logger {logger} has introduced itself")
    return row


def _all_districts(caller: Caller) -> None:
    if caller.districts:
        raise Forbidden("loggers are of no district yet: it takes a token of all districts")

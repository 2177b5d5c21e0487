"""Keys of devices: entered as the ministry's platform has them, listed without them, replaced in time.

HJ 212-2025 6.4.3: the first key is registered on the ministry's platform, and changed every 90 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk
from monitor.clock import rfc3339
from monitor.errors import ConfigError
from monitor.keys import Key, new_key, unwrap, weakness, wrap
from monitor.store import keys
from monitor.tokens import Caller, Right

NO_MASTER = (
    "keys.master: missing, and without it no key can be stored; "
    'write a long random text into a file and set master = { file = "…" } under [keys]'
)


def enter(desk: Desk, caller: Caller, given: Iterable[tuple[str, str]], master: str | None) -> int:
    """Store the keys that devices (MN, key) have already; all of them or none. Answers how many.

    Raises ConfigError with a line per fault; no line repeats a key.
    """
    if master is None:
        raise ConfigError([NO_MASTER])
    pairs, register = list(given), desk.register()
    faults = []
    for number, (mn, text) in enumerate(pairs, 1):
        outlet = register.outlet(mn)
        fault = weakness(text, outlet.password if outlet else None)
        if not mn or len(mn) > 64 or not mn.isprintable():
            fault = "no MN"
        if fault:
            faults.append(f"key {number} ({mn}): {fault}")
    if faults:
        raise ConfigError(faults)
    with desk.transaction(caller, Right.MANAGE) as work:
        for mn, text in pairs:
            keys.enter(work.connection, mn, wrap(Key(text.encode()), mn, master), work.at)
            work.audit("key.enter", f"device/{mn}")
    return len(pairs)


def listed(desk: Desk, caller: Caller) -> list[dict[str, Any]]:
    """Every key's device, state and dates, and nothing of the key."""
    caller.require(Right.MANAGE)
    with desk.store.read() as connection:
        rows = keys.every(connection)
    times = ("created_at", "activated_at", "retired_at")
    return [
        {"mn": row.mn, "state": row.state}
        | {name: at and rfc3339(at, desk.zone) for name in times for at in [row._mapping[name]]}
        for row in rows
    ]


def rotate(desk: Desk, master: str | None, rotate_days: int) -> list[str]:
    """Make new keys, pending, for the devices whose key is due for replacement; answers their MNs."""
    if master is None:
        return []
    with desk.store.read() as connection:
        until = desk.now() - timedelta(days=rotate_days)
        if not keys.in_use_since(connection, until):
            return []
    with desk.transaction(SYSTEM, Right.MANAGE) as work:
        due = keys.in_use_since(work.connection, until)
        for mn in due:
            keys.propose(work.connection, mn, wrap(new_key(), mn, master), work.at)
            work.audit("key.propose", f"device/{mn}")
    return due


def pending(desk: Desk, mn: str, master: str) -> Key | None:
    """The key that a device shall take with CN=1014; ValueError if it cannot be unwrapped."""
    with desk.store.read() as connection:
        row = keys.pending(connection, mn)
    return None if row is None else unwrap(row.wrapped, mn, master)


def activate(desk: Desk, mn: str) -> bool:
    """A device says that it has taken its pending key (1014, ExeRtn=1); False if there is none."""
    with desk.transaction(SYSTEM, Right.MANAGE) as work:
        row = keys.pending(work.connection, mn)
        if row is None or not keys.activate(work.connection, row.id, work.at):
            return False
        work.audit("key.activate", f"device/{mn}")
    return True

"""Keys of devices: entered as the ministry's platform has them, listed without them, replaced in time.

HJ 212-2025 6.4.3: the first key is registered on the ministry's platform, and changed every 90 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk, Work
from monitor.clock import rfc3339
from monitor.command import Origin
from monitor.errors import ConfigError
from monitor.keys import Key, new_key, weakness, wrap
from monitor.store import commands, keys
from monitor.store.bulk import batched
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
        if outlet is None:
            fault = "the register has no outlet with this MN; import it first"
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


_AT_ONCE = 100  # devices a transaction: what is reported meanwhile waits for it
_NOT_AGAIN = timedelta(hours=1)
"""A key that was not taken is offered again only after this, unless the device itself asks."""
_NEW = timedelta(minutes=1)
"""A device that has just got a key gets no other, however often it asks."""


def rotate(desk: Desk, master: str | None, rotate_days: int, code: str) -> list[str]:
    """Offer new keys to the devices whose key is due for replacement, with the command `code`, and
    offer again what was not taken; answers whom.
    """
    if master is None:
        return []
    at = desk.now()
    until, recently = at - timedelta(days=rotate_days), at - _NOT_AGAIN
    with desk.store.read() as connection:
        due = {*keys.in_use_since(connection, until), *keys.all_pending(connection)}
        asked = {row.mn for row in commands.asked(connection, due, Origin.KEY_ROTATION, recently)}
    return offer(desk, master, due - asked, code)


def offer(desk: Desk, master: str, mns: Iterable[str], code: str) -> list[str]:
    """Make a pending key for each device that has one in force, unless there is one, and queue the
    command that hands it out; answers the devices for which it was queued.
    """
    offered = []
    for some in batched(sorted(mns), _AT_ONCE):
        with desk.transaction(SYSTEM, Right.MANAGE, books=True) as work:
            offered += [mn for mn in some if _offer(work, master, mn, code)]
    return offered


def _offer(work: Work, master: str, mn: str, code: str) -> bool:
    active = keys.active(work.connection, mn)
    if active is None or work.books.outlet(mn) is None:
        return False
    if commands.has(work.connection, mn, Origin.KEY_ROTATION, ever=False):
        return False
    if keys.pending(work.connection, mn) is None:
        if active.activated_at > work.at - _NEW:
            return False
        keys.propose(work.connection, mn, wrap(new_key(), mn, master), work.at)
        work.audit("key.propose", f"device/{mn}")
    commands.ask(work.connection, work.at, Origin.KEY_ROTATION, mn, code, {})
    return True

"""The keys of all devices, unwrapped, in memory: what adapters ask for each encrypted frame.

It follows the store within seconds. A frame that opens with a pending key shows that the device has
taken it, even where its answer to CN=1014 was lost: the key is in force from then on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from monitor.actions.clockwork import SYSTEM
from monitor.actions.desk import Desk
from monitor.actions.keys import offer
from monitor.keys import Key, unwrap
from monitor.store import keys
from monitor.tokens import Right

log = structlog.get_logger("keys")

_TRIED = 8
"""Keys of a device that are tried: a year and a half of them, at 90 days each."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A device's keys, newest first."""

    known: tuple[Key, ...]
    active: Key | None
    pending: Key | None
    pending_id: int | None


class Keyring:
    """Looked up from the event loop, refreshed from a thread."""

    def __init__(self, desk: Desk, master: str | None, code: str) -> None:
        """`code` is the command that hands out a key."""
        self._desk = desk
        self._code = code
        self._master = master
        self._version = -1
        self._held: dict[str, _Held] = {}
        self._proved: dict[str, int] = {}
        self._wanted: set[str] = set()
        self._lock = threading.Lock()

    def known(self, mn: str) -> tuple[Key, ...]:
        """The keys to try on what a device sends, newest first."""
        held = self._held.get(mn)
        return held.known if held else ()

    def active(self, mn: str) -> Key | None:
        """The key that a device uses, for what is sent to it."""
        held = self._held.get(mn)
        return held.active if held else None

    def pending(self, mn: str) -> Key | None:
        """The key that a device shall take."""
        held = self._held.get(mn)
        return held.pending if held else None

    def wanted(self, mn: str) -> None:
        """A device asks for a new key: it is offered one with the next refresh."""
        with self._lock:
            self._wanted.add(mn)

    def proved(self, mn: str, key: Key) -> None:
        """A device uses this key: if it was pending it is in force, on record with the next refresh."""
        held = self._held.get(mn)
        if held is None or held.pending_id is None or key != held.pending:
            return
        with self._lock:
            self._proved[mn] = held.pending_id
        self._held[mn] = _Held(held.known, key, None, None)

    def refresh(self) -> None:
        """Write down what was proved, offer what is wanted, read the keys again if they changed."""
        self._write_proofs()
        with self._lock:
            wanted, self._wanted = self._wanted, set()
        if wanted and self._master is not None:
            offer(self._desk, self._master, wanted, self._code)
        with self._desk.store.read() as connection:
            version = keys.version(connection)
            rows = keys.every(connection) if version != self._version else None
        if rows is None:
            return
        by_device: dict[str, list[tuple[str, int, Key]]] = {}
        closed: set[str] = set()
        for row in rows:
            try:
                key = self._unwrapped(row.wrapped, row.mn)
            except ValueError:
                closed.add(row.mn)
            else:
                by_device.setdefault(row.mn, []).insert(0, (row.state, row.id, key))
        if closed:
            log.error(
                "keys cannot be unwrapped: keys.master is missing or another one; set it, or enter "
                "these keys again",
                devices=sorted(closed)[:20],
                count=len(closed),
            )
        self._held = {mn: _of(each) for mn, each in by_device.items()}
        self._version = version

    def _unwrapped(self, wrapped: bytes, mn: str) -> Key:
        if self._master is None:
            raise ValueError("keys.master is missing")
        return unwrap(wrapped, mn, self._master)

    def _write_proofs(self) -> None:
        with self._lock:
            proved = dict(self._proved)
        if not proved:
            return
        with self._desk.transaction(SYSTEM, Right.MANAGE) as work:
            for mn, key in proved.items():
                if keys.activate(work.connection, key, work.at):
                    work.audit("key.activate", f"device/{mn}")
        with self._lock:
            self._proved = {mn: k for mn, k in self._proved.items() if proved.get(mn) != k}


def _of(found: list[tuple[str, int, Key]]) -> _Held:
    in_use = [each for each in found if each[0] != keys.RETIRED]
    order = in_use + [each for each in found if each[0] == keys.RETIRED]
    pending = next((each for each in in_use if each[0] == keys.PENDING), None)
    active = next((key for state, _, key in in_use if state == keys.ACTIVE), None)
    return _Held(
        known=tuple(key for _, _, key in order[:_TRIED]),
        active=active,
        pending=pending[2] if pending else None,
        pending_id=pending[1] if pending else None,
    )

"""The sweep that judges stored data again where the books have changed.

A device that was registered after it began to report, a limit that was added or corrected: the import
notes the span as due, and the sweep takes it, with a lease, through the same code as live data. It goes
by small slices, a transaction each, and writes down how far it has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any

import structlog

from monitor.alerting import Bench
from monitor.books import Changes
from monitor.clock import day_start, to_ms
from monitor.judging import Judging
from monitor.observation import JUDGED, Period
from monitor.register import Register
from monitor.store import Connection, Store, books, devices, frames
from monitor.store.readings import FLOOD, HOUR_MS

log = structlog.get_logger("rejudging")

REGISTER_CHANGED = "register"

_LEASE = timedelta(minutes=10)
_AT_ONCE = 20
_SLICE_MS = 31 * 24 * HOUR_MS
_FLOOD_SLICE_MS = 2 * HOUR_MS
"""So much of a device is judged in one transaction, so that nobody waits long behind it."""

_SETTLED = timedelta(seconds=3)
"""Transactions that began with the older books have ended by then."""

_AHEAD = timedelta(hours=2)
"""Data may bear stamps a little ahead, and comes in while the books are being written."""

_BEFORE_FIRST = timedelta(days=90)
"""A device may have sent older data when it was first heard; so far back is judged again too."""


@dataclass
class Sweep:
    """Judges what is due; `stopping` is asked between slices."""

    store: Store
    bench: Callable[[Register], Bench]
    stopping: Callable[[], bool]
    _register: Register = field(default_factory=lambda: Register(version=-1))

    def run(self, now: datetime) -> bool:
        """Judge some of what is due; whether anything was told."""
        with self.store.write() as connection:
            taken = devices.take_due(connection, _AT_ONCE, now - _SETTLED, now, now + _LEASE)
        told = False
        for span in taken:
            try:
                told |= self._judge(now, span)
            except Exception:
                log.exception("not judged", device=span.device)  # its lease runs out; others go on
        if taken:
            log.info("judged again", devices=len(taken))
        return told

    def _judge(self, now: datetime, span: Any) -> bool:
        told = False
        for since, until, periods in _slices(span.since_ms, span.until_ms):
            if self.stopping():
                return told  # the lease runs out, and the rest is taken up again
            with self.store.write() as connection:
                told |= self._slice(connection, now, span.device, since, until, periods)
        with self.store.write() as connection:
            devices.done(connection, span)
        return told

    def _slice(
        self,
        connection: Connection,
        now: datetime,
        device: int,
        since: int,
        until: int,
        periods: tuple[Period, ...],
    ) -> bool:
        if books.version(connection) != self._register.version:
            self._register = books.load(connection)
        mn = devices.code(connection, device)
        fetch = partial(frames.fetch_many, connection)
        judging = Judging(connection, self.bench(self._register), now, fetch)
        for period in periods:
            judging.again(device, mn, period, since, until)
        return judging.tell()


def _slices(since_ms: int, until_ms: int) -> Iterator[tuple[int, int, tuple[Period, ...]]]:
    means = tuple(period for period in JUDGED if period not in FLOOD)
    flood = tuple(period for period in JUDGED if period in FLOOD)
    for periods, size in ((means, _SLICE_MS), (flood, _FLOOD_SLICE_MS)):
        for at in range(since_ms, until_ms, size):
            yield at, min(at + size, until_ms), periods


def note(connection: Connection, changes: Changes, at: datetime, zone: tzinfo) -> None:
    """Note what a change of the books lets come out differently, in the transaction of the change."""
    numbers = devices.first_heard(connection, changes.changed_devices)
    spans = {}
    for mn, (number, first_seen) in numbers.items():
        since = max(day_start(changes.changed_devices[mn], zone), first_seen - _BEFORE_FIRST)
        if since < at + _AHEAD:
            spans[number] = (to_ms(since), to_ms(at + _AHEAD))
    devices.note_due(connection, spans, REGISTER_CHANGED, at)

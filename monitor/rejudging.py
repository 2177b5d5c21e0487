"""The sweep that judges stored data again where the books have changed.

A device that was registered after it began to report, a limit that was added or corrected: the import
notes the span as due, and the sweep takes it, with a lease, through the same code as live data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

import structlog

from monitor.alerting import Bench
from monitor.books import Changes
from monitor.clock import day_start, to_ms
from monitor.judging import Judging
from monitor.observation import Period
from monitor.register import Register
from monitor.store import Connection, Store, alerts, books, devices, frames

log = structlog.get_logger("rejudging")

_LEASE = timedelta(minutes=10)
_AT_ONCE = 20
_SLICE_MS = 31 * 86_400_000
"""A transaction judges at most a month of one device, so that nobody waits long behind it."""

_BEFORE_FIRST = timedelta(days=90)
"""A device may have sent older data when it was first heard; so far back is judged again too."""

REGISTER_CHANGED = "register"


def sweep(store: Store, bench: Callable[[Register], Bench], now: datetime) -> bool:
    """Judge some of what is due; whether anything was told."""
    with store.write() as connection:
        taken = devices.take_due(connection, _AT_ONCE, now, now + _LEASE)
    told = False
    for span in taken:
        told |= _judge(store, bench, now, span)
    if taken:
        log.info("judged again", devices=len(taken))
    return told


def _judge(store: Store, bench: Callable[[Register], Bench], now: datetime, span: Any) -> bool:
    told = False
    for since in range(span.since_ms, span.until_ms, _SLICE_MS):
        until = min(since + _SLICE_MS, span.until_ms)
        with store.write() as connection:
            mn = alerts.device_code(connection, span.device)
            judging = Judging(
                connection,
                bench(books.load(connection)),
                now,
                lambda frame, c=connection: frames.fetch(c, frame),  # type: ignore[misc]
            )
            for period in Period:
                judging.again(span.device, mn, period, since, until)
            told |= judging.tell()
    with store.write() as connection:
        devices.done(connection, span)
    return told


def note(connection: Connection, changes: Changes, at: datetime, zone: tzinfo) -> None:
    """Note what a change of the books lets come out differently, in the transaction of the change."""
    numbers = devices.first_heard(connection, changes.changed_devices)
    spans = {}
    for mn, (number, first_seen) in numbers.items():
        since = max(day_start(changes.changed_devices[mn], zone), first_seen - _BEFORE_FIRST)
        if since < at:
            spans[number] = (to_ms(since), to_ms(at))
    devices.note_due(connection, spans, REGISTER_CHANGED, at)

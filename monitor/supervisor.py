"""Keeps the parts of the daemon alive: restarts what ends, with back-off, and feeds the watchdog.

A dead part in a living daemon is the failure nobody sees for hours: so every long-lived coroutine runs
under `keep`, and the watchdog is fed only while the heart beats (see `monitor.app`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("supervisor")

_FIRST, _LONGEST, _STEADY = 1.0, 60.0, 300.0


async def keep(name: str, run: Callable[[], Awaitable[None]], state: State | None = None) -> None:
    """Run a part for ever: when it ends or raises, again after 1, 2, 4 … 60 s; until cancelled."""
    pause = _FIRST
    while True:
        began = time.monotonic()
        try:
            await run()
            fault = "ended"
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a part dies of, the others go on
            fault = f"{type(error).__name__}: {error}"
        if time.monotonic() - began > _STEADY:
            pause = _FIRST
        log.error("part stopped", part=name, fault=fault, again_in=pause)
        if state is not None:
            state.faults[name] = fault
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST)
        if state is not None:
            state.faults.pop(name, None)


@dataclass
class State:
    """Which parts are down at the moment, and why."""

    faults: dict[str, str] = field(default_factory=dict)


def notify(message: str) -> None:
    """Tell systemd (`READY=1`, `WATCHDOG=1`, `STOPPING=1`); nothing where nobody listens.

    One datagram to `$NOTIFY_SOCKET`, see sd_notify(3); an `@` stands for the abstract namespace.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        sock.sendall(message.encode())


def watchdog_interval() -> float | None:
    """Half of what systemd asks for (`$WATCHDOG_USEC`), in seconds; None if it asks for nothing."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    wanted = int(microseconds) if microseconds.isdigit() else 0
    return wanted / 2_000_000 if wanted else None


async def feed_watchdog(healthy: Callable[[], Awaitable[bool]]) -> None:
    """Tell systemd that we live, as often as it asks, as long as `healthy` says so."""
    interval = watchdog_interval() or _STEADY
    while True:
        if await healthy():
            notify("WATCHDOG=1")
        else:
            log.error("not healthy: the watchdog is not fed")
        await asyncio.sleep(interval)

"""Simulated devices on real sockets: each sends its frames and waits for every answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from adapters.replay.devices import Device
from adapters.replay.scenarios import Plan

_ANSWER = re.compile(rb"QN=(\d+);ST=91;CN=9014;")
_CONNECTING = 200  # at a time: a server's backlog is finite
_GIVE_UP = 60.0


@dataclass
class Tally:
    """What was sent and what was answered."""

    sent: int = 0
    acked: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def unacked(self) -> int:
        """Frames for which no answer came."""
        return self.sent - self.acked

    def fault(self, name: str) -> None:
        """Count something that went wrong."""
        self.faults[name] = self.faults.get(name, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a device sends: seconds between frames (0 = as fast as answered), frames in flight."""

    frames: int | None
    interval: float = 0.0
    in_flight: int = 1
    patience: float = _GIVE_UP


async def send(
    host: str,
    port: int,
    devices: Sequence[Device],
    plan: Plan,
    pace: Pace,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Let every device send `pace.frames` frames (None: until cancelled); returns the tally."""
    tally = Tally()
    gate = asyncio.Semaphore(_CONNECTING)
    began = time.monotonic()
    reporter = asyncio.create_task(_report(tally, progress)) if progress else None
    try:
        async with asyncio.TaskGroup() as group:
            for place, device in enumerate(devices):
                frames = plan.frames(device, place)
                group.create_task(_device(host, port, frames, pace, gate, tally))
    finally:
        if reporter:
            reporter.cancel()
        tally.seconds = time.monotonic() - began
    return tally


async def _report(tally: Tally, progress: Callable[[Tally], None]) -> None:
    while True:
        await asyncio.sleep(0.5)
        progress(tally)


async def _device(
    host: str,
    port: int,
    frames: Iterator[tuple[bytes, bytes]],
    pace: Pace,
    gate: asyncio.Semaphore,
    tally: Tally,
) -> None:
    try:
        async with gate:
            reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        tally.fault(f"connect: {error.strerror or error}")
        return
    try:
        await _talk(reader, writer, frames, pace, tally)
    except (OSError, EOFError) as error:
        tally.fault(f"lost: {type(error).__name__}")
    except TimeoutError:
        tally.fault("no answer in time")
    finally:
        writer.close()


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    frames: Iterator[tuple[bytes, bytes]],
    pace: Pace,
    tally: Tally,
) -> None:
    """Send windows of frames; the next goes out when the one before is answered."""
    left = pace.frames
    rest = b""
    while left is None or left > 0:
        size = pace.in_flight if left is None else min(pace.in_flight, left)
        window = [next(frames) for _ in range(size)]
        awaited = {qn for qn, _ in window}
        writer.write(b"".join(raw for _, raw in window))
        tally.sent += len(window)
        left = None if left is None else left - size
        async with asyncio.timeout(pace.patience):
            while awaited:
                chunk = await reader.read(65_536)
                if not chunk:
                    raise EOFError
                rest += chunk
                for qn in _ANSWER.findall(rest):
                    if qn in awaited:
                        awaited.discard(qn)
                        tally.acked += 1
                rest = rest[rest.rfind(b"##") :]
        if pace.interval:
            await asyncio.sleep(pace.interval * size)

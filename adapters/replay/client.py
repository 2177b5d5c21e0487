"""Simulated devices on real sockets: each sends its frames, waits for every answer, and obeys."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.replay.answers import answers
from adapters.replay.devices import Device
from adapters.replay.scenarios import Plan

_ANSWER = re.compile(rb"QN=(\d+);ST=91;CN=9014;")
_COMMAND = re.compile(rb"##\d{4}QN=\d+;ST=\d+;CN=(?!901[34])[^\r\n]*\r\n")
_CONNECTING = 200  # at a time: a server's backlog is finite
_GIVE_UP = 60.0
_REST = 65_536


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
                group.create_task(_Line(device, place, plan, pace, tally).run(host, port, gate))
    finally:
        if reporter:
            reporter.cancel()
        tally.seconds = time.monotonic() - began
    return tally


async def _report(tally: Tally, progress: Callable[[Tally], None]) -> None:
    while True:
        await asyncio.sleep(0.5)
        progress(tally)


@dataclass
class _Line:
    """One device's connection."""

    device: Device
    place: int
    plan: Plan
    pace: Pace
    tally: Tally
    _rest: bytes = b""

    async def run(self, host: str, port: int, gate: asyncio.Semaphore) -> None:
        """Connect and talk; what goes wrong is counted."""
        try:
            async with gate:
                self._reader, self._writer = await asyncio.open_connection(host, port)
        except OSError as error:
            self.tally.fault(f"connect: {error.strerror or error}")
            return
        try:
            await self._talk(self.plan.frames(self.device, self.place))
        except TimeoutError:
            self.tally.fault("no answer in time")
        except (OSError, EOFError) as error:
            self.tally.fault(f"lost: {type(error).__name__}")
        finally:
            self._writer.close()

    async def _talk(self, frames: Iterator[tuple[bytes, bytes]]) -> None:
        """Send windows of frames; the next goes out when the one before is answered."""
        left = self.pace.frames
        while left is None or left > 0:
            size = self.pace.in_flight if left is None else min(self.pace.in_flight, left)
            window = [next(frames) for _ in range(size)]
            self._writer.write(b"".join(raw for _, raw in window))
            self.tally.sent += len(window)
            left = None if left is None else left - size
            await self._hear({qn for qn, _ in window})
            if self.pace.interval:
                await self._listen(self.pace.interval * size)

    async def _hear(self, awaited: set[bytes]) -> None:
        """Read until every number is answered."""
        async with asyncio.timeout(self.pace.patience):
            while awaited:
                answered = awaited & await self._read()
                awaited -= answered
                self.tally.acked += len(answered)

    async def _listen(self, seconds: float) -> None:
        """Do what is told until it is time for the next frame."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._read()
        except TimeoutError:
            return

    async def _read(self) -> set[bytes]:
        """Read once and carry out commands; the numbers that were answered."""
        chunk = await self._reader.read(_REST)
        if not chunk:
            raise EOFError
        lines, ended, rest = (self._rest + chunk).rpartition(b"\r\n")
        text, self._rest = lines + ended, rest[-_REST:]
        for raw in _COMMAND.findall(text):
            now = datetime.now(UTC)
            self._writer.writelines(answers(raw, self.device, self.place, self.plan, now))
        return set(_ANSWER.findall(text))

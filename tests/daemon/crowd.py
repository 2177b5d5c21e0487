"""Thousands of devices on one port, most of them polite, some of them broken or worse."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.replay import Device
from adapters.replay.scenarios import frame
from tests.daemon.lines import ZONE

_CONNECTING = 100
_PATIENCE = 120.0


@dataclass
class Report:
    """What the polite ones have seen."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    """Connections of polite devices that the daemon has closed."""
    waits: list[float] = field(default_factory=list)
    """Seconds from frame to answer."""
    rude: dict[str, int] = field(default_factory=dict)
    """What the others did, by kind: bytes sent, or connections made."""


def upload(mn: str, at: datetime) -> tuple[bytes, bytes]:
    """A device's real-time frame of a second, and its QN."""
    local = at.astimezone(ZONE)
    qn = f"{local:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"
    content = f"DataTime={local:%Y%m%d%H%M%S};a21026-Rtd=12.5,a21026-Flag=N"
    return qn.encode(), frame(Device(mn, "31", ()), "2011", qn, content)


@dataclass
class Crowd:
    """Everybody who connects. `until` ends the rude ones."""

    port: int
    report: Report = field(default_factory=Report)
    until: asyncio.Event = field(default_factory=asyncio.Event)

    async def polite(
        self, mn: str, begin: datetime, frames: int, pause: float, gate: asyncio.Semaphore
    ) -> None:
        """Send, wait for the answer, pause; the way a logger does."""
        report = self.report
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.sleep(random.random() * pause)  # not all at the same moment
        try:
            for number in range(frames):
                qn, raw = upload(mn, begin + timedelta(seconds=number))
                started = time.monotonic()
                writer.write(raw)
                report.sent += 1
                async with asyncio.timeout(_PATIENCE):
                    answer = await reader.readline()
                assert qn in answer, answer
                report.answered += 1
                report.waits.append(time.monotonic() - started)
                await asyncio.sleep(max(0.0, pause - (time.monotonic() - started)))
        except (OSError, TimeoutError, AssertionError):
            report.lost += 1
        finally:
            writer.close()

    async def rude(self, kind: str, mn: str, begin: datetime) -> None:
        """Misbehave in one way until told to stop, from connection to connection."""
        act: Callable[[str, datetime], Awaitable[int]] = getattr(self, f"_{kind}")
        while not self.until.is_set():
            done = 1
            with contextlib.suppress(OSError, TimeoutError):
                done = await act(mn, begin)
            self.report.rude[kind] = self.report.rude.get(kind, 0) + done

    async def _half_frames(self, mn: str, begin: datetime) -> int:
        """Begin a frame, never end it, hang up."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        raw = upload(mn, begin)[1]
        writer.write(raw[: random.randrange(1, len(raw))])
        await self._pause(random.uniform(0.5, 3))
        writer.close()
        return 1

    async def _drip(self, mn: str, begin: datetime) -> int:
        """A byte a second."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sent = 0
        for byte in upload(mn, begin)[1]:
            writer.write(bytes([byte]))
            sent += 1
            if await self._pause(1.0):
                break
        writer.close()
        return sent

    async def _flood(self, mn: str, begin: datetime) -> int:
        """Frames without end, as fast as they are taken, and no answer is ever read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        del reader
        sent = 0
        block = b"".join(upload(mn, begin + timedelta(seconds=n))[1] for n in range(50))
        while not self.until.is_set():
            writer.write(block)
            sent += len(block)
            async with asyncio.timeout(30):
                await writer.drain()
        writer.transport.abort()
        return sent

    async def _garbage(self, _mn: str, _begin: datetime) -> int:
        """Bytes by chance, without end."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sent = 0
        while not self.until.is_set():
            writer.write(random.randbytes(4096))
            sent += 4096
            async with asyncio.timeout(30):
                await writer.drain()
            await asyncio.sleep(0.05)
        writer.transport.abort()
        return sent

    async def _reset(self, mn: str, begin: datetime) -> int:
        """Connect, say something, break off with RST."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        raw = upload(mn, begin)[1]
        writer.write(raw[: random.randrange(1, len(raw) + 1)])
        await self._pause(random.uniform(0.05, 0.5))
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return 1

    async def _pause(self, seconds: float) -> bool:
        """Wait; True if it is time to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.until.wait(), seconds)
        return self.until.is_set()


RUDE = ("half_frames", "drip", "flood", "garbage", "reset")
"""The ways to misbehave; the rude devices are dealt out over them in turn."""


async def gather(
    port: int,
    polite: Sequence[str],
    rude: Sequence[str],
    begin: datetime,
    *,
    frames: int,
    pause: float,
) -> Report:
    """Let all of them loose; ends when every polite device has sent its frames."""
    crowd = Crowd(port)
    gate = asyncio.Semaphore(_CONNECTING)
    async with asyncio.TaskGroup() as group:
        for number, mn in enumerate(rude):
            group.create_task(crowd.rude(RUDE[number % len(RUDE)], mn, begin))
        async with asyncio.TaskGroup() as good:
            for mn in polite:
                good.create_task(crowd.polite(mn, begin, frames, pause, gate))
        crowd.until.set()
    return crowd.report

"""A sender that costs as little as possible: frames composed beforehand, answers only counted.

    python -m bench.sender PORT CONNECTIONS FRAMES IN_FLIGHT REPEATS

Each connection is a device; it sends a window, waits for its answers, sends the next. The composed
frames of a device are sent again with newer stamps written over the old ones, so that a million
frames need no gigabyte. Prints a JSON line when all are connected, and one at the end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta

import uvloop

from adapters.hj212 import crc
from adapters.replay import invented
from adapters.replay.devices import TWELVE

_ANSWER = b";CN=9014;"


class Device(asyncio.Protocol):
    """One connection; `done` is set when every frame has been answered."""

    def __init__(self, frames: list[bytes], in_flight: int) -> None:
        self._windows = [
            b"".join(frames[at : at + in_flight]) for at in range(0, len(frames), in_flight)
        ]
        self._sizes = [min(in_flight, len(frames) - at) for at in range(0, len(frames), in_flight)]
        self._next = 0
        self._awaited = 0
        self._tail = b""
        self.acked = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def start(self) -> None:
        self._window()

    def _window(self) -> None:
        if self._next == len(self._windows):
            self.done.set_result(None)
            return
        self._awaited = self._sizes[self._next]
        self._transport.write(self._windows[self._next])  # type: ignore[attr-defined]
        self._next += 1

    def data_received(self, data: bytes) -> None:
        data = self._tail + data
        found = data.count(_ANSWER)
        self._tail = data[-(len(_ANSWER) - 1) :]
        self.acked += found
        self._awaited -= found
        if self._awaited == 0:
            self._window()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed by the daemon"))


def frames(mn: str, count: int, since: datetime) -> list[bytes]:
    """Real-time frames of twelve pollutants, half a minute apart, about 500 bytes each."""
    made = []
    for number in range(count):
        at = (since + timedelta(seconds=30 * number)).strftime("%Y%m%d%H%M%S")
        values = ";".join(
            f"{code}-Rtd={5 + (number + place) % 15}.{place % 10}5,{code}-Flag=N"
            for place, code in enumerate(TWELVE)
        )
        segment = (
            f"QN={at}{number % 1000:03d};ST=31;CN=2011;PW=123456;MN={mn};Flag=5;"
            f"CP=&&DataTime={at};{values}&&"
        ).encode()
        made.append(b"##%04d%s%04X\r\n" % (len(segment), segment, crc.hj212(segment)))
    return made


async def main(port: int, connections: int, count: int, in_flight: int, repeats: int) -> None:
    loop = asyncio.get_running_loop()
    acked, seconds = 0, 0.0
    for turn in range(repeats):
        since = datetime.now(UTC) + timedelta(hours=8)
        since -= timedelta(seconds=30 * count * (repeats - turn))
        devices = []
        for device in invented(connections):
            _, made = await loop.create_connection(
                lambda mn=device.mn, since=since: Device(frames(mn, count, since), in_flight),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            devices.append(made)
        if turn == 0:
            print(json.dumps({"connected": len(devices)}), flush=True)
        began = time.monotonic()
        for made in devices:
            made.start()
        await asyncio.gather(*(made.done for made in devices))
        seconds += time.monotonic() - began
        acked += sum(made.acked for made in devices)
        for made in devices:
            made._transport.close()
        print(json.dumps({"acked": acked, "seconds": round(seconds, 3)}), flush=True)


if __name__ == "__main__":
    uvloop.run(main(*(int(argument) for argument in sys.argv[1:6])))

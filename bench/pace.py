"""A feed at a steady pace: so many frames a second over so many connections, until cancelled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from adapters.replay import invented
from bench.sender import frames

_TICK = 0.1
_EACH = 400


async def pace(port: int, connections: int, rate: float) -> None:
    """Send; answers are read and thrown away."""
    since = datetime.now(UTC) + timedelta(hours=8) - timedelta(seconds=30 * _EACH)
    lines = []
    for device in invented(connections):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines.append((frames(device.mn, _EACH, since), writer, asyncio.create_task(_drain(reader))))
    sent, loop = 0, asyncio.get_running_loop()
    began = loop.time()
    while True:
        due = int((loop.time() - began) * rate)
        for number in range(sent, due):
            turn, place = divmod(number, connections)
            made, writer, _ = lines[place]
            writer.write(made[turn % _EACH])
        sent = due
        await asyncio.sleep(_TICK)


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass

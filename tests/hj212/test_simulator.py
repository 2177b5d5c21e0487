"""Simulated devices count every answer, however the answers come."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from adapters.hj212 import codec
from adapters.hj212.commands import answer
from adapters.replay import Pace, Plan, invented, send
from tests.hj212.frames import ZONE

FRAMES = 2000


async def test_no_answer_is_lost_where_more_come_than_a_buffer_holds() -> None:
    async def all_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer, answers = codec.Framer(), list[bytes]()
        while len(answers) < FRAMES and (chunk := await reader.read(65_536)):
            for item in framer.feed(chunk):
                assert isinstance(item, bytes)
                answers.append(answer(codec.decode(item)) or b"")
        writer.write(b"".join(answers))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(all_at_once, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        plan = Plan(start=datetime(2026, 8, 1, tzinfo=ZONE), zone=ZONE, step=timedelta(minutes=1))
        pace = Pace(frames=FRAMES, in_flight=FRAMES, patience=20)
        tally = await send("127.0.0.1", port, invented(1), plan, pace)
    assert (tally.acked, tally.faults) == (FRAMES, {})

"""Through the real intake into both databases: whatever comes again is one row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select

from monitor.config import Settings
from monitor.errors import StoreUnavailable
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.policies import bench
from monitor.store import Store
from monitor.store.tables import averages, frame_log, problems, readings
from tests.hj212.frames import make
from tests.mqtt.kit import NOW, message, messages, publish, running
from tests.servers import Mosquitto, async_wait_for


@asynccontextmanager
async def taking_in(store: Store) -> AsyncIterator[Intake]:
    settings = Settings()
    intake = Intake(
        store=store,
        bench=lambda register: bench(settings, register),
        metrics=Metrics(),
        changed=lambda: None,
        now=lambda: NOW,
    )
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        await intake.stop()
        await task


def rows(store: Store, table: Any = readings) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def frames(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.sum(frame_log.c.count))).scalar_one() or 0)


async def test_json_and_frames_are_stored(store: Store, mosquitto: Mosquitto) -> None:
    content = "DataTime=20260801120000;a21026-Rtd=35.2,a21026-Flag=N"
    async with (
        taking_in(store) as intake,
        running(mosquitto, deliver=intake.deliver, client_id="json"),
        running(mosquitto, deliver=intake.deliver, client_id="frames", payload="hj212",
                topics=["loggers/#"]) as loggers,
    ):  # fmt: skip
        await publish(mosquitto, messages(0, 5))
        second = make(content.replace("35.2", "36.2"))
        await publish(mosquitto, [make(content) + second, b"no frame"], "loggers/1")
        await async_wait_for(lambda: rows(store) == 7)
        await async_wait_for(lambda: frames(store) == 8)
        await async_wait_for(lambda: loggers.store.answered == 2)
        assert loggers.adapter.status()["frames"]["refused"] == 1
    with store.read() as connection:
        named = connection.execute(select(problems.c.problem)).scalars().all()
    assert {"no-frame"} <= set(named)


async def test_sub_packets_are_put_together(store: Store, mosquitto: Mosquitto) -> None:
    def part(number: int, content: str) -> bytes:
        qn = f"2026080112000{number}000"
        return make(content, "2061", flag="7", qn=qn, extra=f"PNUM=2;PNO={number};")

    first = part(1, "DataTime=20260801110000;a21026-Avg=35.2")
    second = part(2, "DataTime=20260801110000;a21026-Flag=D;a21002-Avg=12.5,a21002-Flag=N")
    async with taking_in(store) as intake:
        settings: dict[str, Any] = {"deliver": intake.deliver, "payload": "hj212"}
        async with running(mosquitto, **settings, topics=["loggers/#"]) as run:
            await publish(mosquitto, [first], "loggers/1")
            await async_wait_for(lambda: run.store.answered == 1)
            assert rows(store, averages) == 0
            await publish(mosquitto, [second], "loggers/1")
            await async_wait_for(lambda: rows(store, averages) == 2)
    with store.read() as connection:
        flags = connection.execute(select(averages.c.pollutant, averages.c.flag)).all()
    assert {tuple(row) for row in flags} == {("a21026", "D"), ("a21002", "N")}


async def test_back_pressure_of_the_store(store: Store, mosquitto: Mosquitto) -> None:
    gate = asyncio.Event()
    async with taking_in(store) as intake:

        async def deliver(deliveries: Any) -> None:
            await gate.wait()
            await intake.deliver(deliveries)

        # of the 20 that a broker has under way at most, more than 9 are left when a batch is taken
        async with running(mosquitto, deliver=deliver, waiting=9, version="3.1.1") as run:
            await publish(mosquitto, messages(0, 200))
            await async_wait_for(lambda: not run.adapter.status()["ready"])
            gate.set()
            await async_wait_for(lambda: rows(store) == 200)
            await async_wait_for(lambda: run.store.answered >= 200)
    assert frames(store) == 200


async def test_killed_between_receipt_and_commit_or_between_commit_and_acknowledgement(
    store: Store, mosquitto: Mosquitto
) -> None:
    async with taking_in(store) as intake:
        stuck = asyncio.Event()

        async def before(_: Any) -> None:
            await stuck.wait()

        async def after(deliveries: Any) -> None:
            await intake.deliver(deliveries)
            await stuck.wait()

        for deliver in (before, after):
            async with running(mosquitto, deliver=deliver, stop_within=0.3) as run:
                await publish(mosquitto, messages(0, 10) if deliver is before else [message(10)])
            assert run.store.answered == 0
        async with running(mosquitto, deliver=intake.deliver) as run:
            await async_wait_for(lambda: run.store.answered == 11)
    assert rows(store) == 11


async def test_a_store_that_is_away_for_a_while(store: Store, mosquitto: Mosquitto) -> None:
    async with taking_in(store) as intake:
        failures = 2

        async def deliver(deliveries: Any) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise StoreUnavailable("示例: no answer")
            await intake.deliver(deliveries)

        async with running(mosquitto, deliver=deliver) as run:
            await publish(mosquitto, messages(0, 30))
            await async_wait_for(lambda: run.store.answered == 30)
    assert (rows(store), frames(store)) == (30, 30)

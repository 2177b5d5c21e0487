"""The worker: its sweeps run, and one that fails harms nobody."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from structlog.testing import capture_logs

from monitor.actions import Desk, queueing, tasks
from monitor.actions.clockwork import SYSTEM
from monitor.calendar import Term, Unit
from monitor.changed import Changed
from monitor.clock import now
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.store import Store
from monitor.task import Trigger
from monitor.terms import Terms
from monitor.webhook import Policy
from monitor.worker import Sweep, Worker
from monitor.worker import worker as module
from tests.servers import async_wait_for

ZONE = ZoneInfo("Asia/Shanghai")
OFTEN = timedelta(milliseconds=20)


async def test_sweeps_run_again_and_again_whatever_one_does(store: Store) -> None:
    changed, ran = Changed(), list[str]()
    desk = Desk(store=store, zone=ZONE, register=Register)

    def broken() -> None:
        ran.append("broken")
        raise RuntimeError("no")

    sweeps = [Sweep("broken", OFTEN, broken), Sweep("good", OFTEN, lambda: ran.append("good"))]
    worker = Worker(desk, changed, Policy(), Metrics(), sweeps)
    with capture_logs() as logged:
        for _ in range(2):  # it may be run again
            ran.clear()
            running = asyncio.create_task(worker.run())
            await async_wait_for(lambda: ran.count("good") > 2 and ran.count("broken") > 2)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
    assert {"sweep failed"} == {line["event"] for line in logged}


async def test_the_workers_own_sweeps_put_time_into_effect(store: Store) -> None:
    desk = Desk(
        store=store,
        zone=ZONE,
        register=Register,
        lease=timedelta(seconds=1),
        terms=lambda: Terms(
            zone=ZONE, by={(Trigger.MANUAL, None): Term(1, Unit.HOURS)}, escalate=timedelta(days=9)
        ),
    )
    order = queueing.Order(
        trigger=Trigger.MANUAL, reason="x", place={"longitude": 1, "latitude": 1}
    )
    task, _ = queueing.queue(desk, SYSTEM, order)
    tasks.claim(desk, SYSTEM, task["id"])
    later = replace(desk, now=lambda: now() + timedelta(hours=1, seconds=1))
    for sweep in Worker(later, Changed(), Policy(), Metrics())._own():
        await module._swept(sweep)
    with store.read() as connection:
        from monitor.store import tasks as rows

        found = rows.shape(connection, [task["id"]], desk.zone)[task["id"]]
    assert found["state"] == "queued"
    assert found["overdue_at"] is not None

"""The worker: webhook delivery, and sweeps by the clock.

Adding a sweep is one line: `Sweep("name", timedelta(seconds=30), function)`. Several workers may run
side by side: every sweep takes its work by row locks or leases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.actions import Desk, clockwork
from monitor.changed import Changed
from monitor.metrics import Metrics
from monitor.store import outbox, webhooks
from monitor.webhook import Conditions, Policy
from monitor.worker.webhooks import Deliverer

log = structlog.get_logger("worker")


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to do again and again; `run` works in a thread, one run at a time."""

    name: str
    every: timedelta
    run: Callable[[], object]


@dataclass
class Worker:
    """Runs until cancelled, and may be run again after that."""

    desk: Desk
    changed: Changed
    policy: Policy
    metrics: Metrics
    sweeps: Sequence[Sweep] = ()
    conditions: Conditions = field(default_factory=Conditions)

    async def run(self) -> None:
        """Deliver webhooks and sweep."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        for sweep in (*self._own(), *self.sweeps):
            scheduler.add_job(
                _swept,
                "interval",
                args=[sweep],
                seconds=sweep.every.total_seconds(),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,  # late is better than never
            )
        scheduler.start()
        deliverer = Deliverer(self.desk, self.changed, self.policy, self.metrics, self.conditions)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.changed.watch(self._head))
                group.create_task(deliverer.run())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None  # the first fault says more than their number
        finally:
            scheduler.shutdown(wait=False)

    def _own(self) -> tuple[Sweep, ...]:
        half_a_minute = timedelta(seconds=30)
        return (
            *(
                Sweep(name, half_a_minute, partial(sweep, self.desk))
                for name, sweep in clockwork.SWEEPS.items()
            ),
            Sweep("undeliverable", half_a_minute, self._give_up),
        )

    def _give_up(self) -> int:
        with self.desk.store.write() as connection:
            return webhooks.give_up_undeliverable(connection)

    def _head(self) -> int:
        with self.desk.store.read() as connection:
            return outbox.head(connection)


async def _swept(sweep: Sweep) -> None:
    try:
        await asyncio.to_thread(sweep.run)
    except asyncio.CancelledError:
        return  # the worker ends; the scheduler would call it an error
    except Exception:
        log.exception("sweep failed", sweep=sweep.name)

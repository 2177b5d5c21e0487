"""The composition root: puts the parts together, runs them, ends them in order.

To stop: adapters first (they answer what they have handed in), then the intake (it commits what it has
taken), then the API and the worker, the store last.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
import uvicorn

from adapters import TYPES
from monitor import policies, rejudging
from monitor.actions.desk import Desk
from monitor.adapter import Adapter, AdapterConfig, Context, Deliver, load
from monitor.api.app import Services, create_app
from monitor.changed import Changed
from monitor.clock import now
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.store import Store, books, schema
from monitor.supervisor import State, feed_watchdog, keep, notify
from monitor.worker import Worker

log = structlog.get_logger("daemon")

_GRACE = 10.0  # seconds for each part to end; the whole stays below 15
_SWITCH = 0.001
"""How long a thread keeps the interpreter, in seconds: the writer's turn must come round soon."""


def run(
    settings: Settings,
    adapters: Sequence[AdapterConfig],
    *,
    migrate: bool = True,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Run the daemon until SIGTERM or SIGINT; SIGHUP reads limits and policies again."""
    sys.setswitchinterval(_SWITCH)
    store = Store(settings.database.url.get_secret_value())
    if migrate:
        schema.upgrade(store)
    schema.require_head(store)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(Daemon(settings, tuple(adapters), store, reread=reread).run())
    finally:
        store.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # where there is no wheel for it
        return None
    return uvloop.new_event_loop


@dataclass
class Daemon:
    """One process of the product."""

    settings: Settings
    adapter_configs: Sequence[AdapterConfig]
    store: Store
    reread: Callable[[], Settings] | None = None
    listening: Callable[[str], None] | None = None
    """Told the API's URL, once it is up."""
    adapters: dict[str, Adapter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        self.changed = Changed()
        self.state = State()
        self.stopping = asyncio.Event()
        self.intake = Intake(
            store=self.store,
            bench=lambda register: policies.bench(self.settings, register),
            metrics=self.metrics,
            changed=self.changed.bump,
            limits=policies.limits(self.settings),
        )
        self.desk = Desk(
            store=self.store,
            zone=self.settings.zone,
            register=self.register,
            lease=timedelta(minutes=self.settings.tasks.lease_minutes),
            deadline=policies.bench(self.settings, Register()).deadline,
            changed=self.changed.bump,
        )

    def register(self) -> Register:
        """The register in force, read again when the books have changed."""
        with self.store.read() as connection:
            if books.version(connection) != self.intake.register.version:
                self.intake.register = books.load(connection)
        return self.intake.register

    async def run(self) -> None:
        """Run until `stopping` is set or a signal comes."""
        await asyncio.to_thread(self.register)
        self._listen_to_signals()
        async with contextlib.AsyncExitStack() as stack:
            await self._start("worker", self._worker().run, stack)
            server = await self._start_api(stack)
            stack.push_async_callback(self._drain)
            intake = asyncio.create_task(self.intake.run(), name="intake")
            stack.push_async_callback(self._ended, intake)
            stack.push_async_callback(self.intake.stop)
            intake.add_done_callback(self._intake_ended)
            for config in self.adapter_configs:
                adapter = self._adapter(config)
                self.adapters[config.name] = adapter
                await self._start(config.name, adapter.run, stack)
            await self._watch(stack)
            await self._until_listening(server)
            notify("READY=1")
            log.info("running", api=self.url, adapters=list(self.adapters))
            await self.stopping.wait()
            notify("STOPPING=1")
            log.info("stopping")
        log.info("stopped")

    # --- parts ------------------------------------------------------------------------------

    def _adapter(self, config: AdapterConfig) -> Adapter:
        name = config.name

        async def deliver(deliveries: Sequence[Any]) -> None:
            await self.intake.deliver(deliveries)

        def password(mn: str) -> str | None:
            outlet = self.intake.register.outlet(mn)
            return outlet.password if outlet else None

        context = Context(
            name=name,
            zone=self.settings.zone,
            deliver=deliver,
            answered=lambda frames: self.metrics.acknowledged(name, frames),
            password=password,
            known=lambda mn: self.intake.register.outlet(mn) is not None,
            now=now,
        )
        kind: str = config.type  # type: ignore[attr-defined]  # each schema has its literal
        return load(kind, TYPES)(config, context)

    def _worker(self) -> Worker:
        raise NotImplementedError

    async def _start(
        self, name: str, run: Callable[[], Any], stack: contextlib.AsyncExitStack
    ) -> None:
        task = asyncio.create_task(keep(name, run, self.state), name=name)
        stack.push_async_callback(self._cancelled, task)

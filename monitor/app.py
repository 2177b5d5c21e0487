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
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
import uvicorn

from adapters import TYPES
from monitor import policies, rejudging
from monitor.actions.desk import Desk
from monitor.adapter import Adapter, AdapterConfig, Context, load
from monitor.alerting import Bench
from monitor.api.app import create_app
from monitor.api.services import Services
from monitor.changed import Changed
from monitor.clock import now
from monitor.config import Settings
from monitor.errors import ConfigError, StoreError
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.register import Register
from monitor.store import Store, books, retention, schema
from monitor.supervisor import State, feed_watchdog, keep, notify, watchdog_interval
from monitor.webhook import Policy
from monitor.worker import Sweep, Worker

log = structlog.get_logger("daemon")

_GRACE = 4.0  # seconds for each part to end; the whole stays below 15
_STUCK = 30.0  # seconds that a commit may take before the watchdog is not fed any more
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
            daemon = Daemon(settings, tuple(adapters), store, reread=reread)
            runner.run(daemon.run())
        if daemon.failed:
            raise StoreError("the intake failed; see the log")
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
    adapters: dict[str, Adapter] = field(default_factory=dict)
    url: str = ""
    """Where the API listens, once it does."""
    failed: bool = False

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
            deadline=lambda trigger, at: policies.deadline(self.settings, trigger, at),
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
            stack.callback(self.changed.stop)
            self._start("worker", self._worker().run, stack)
            await self._start_api(stack)
            self._start_intake(stack)
            for config in self.adapter_configs:
                adapter = self._adapter(config)
                self.adapters[config.name] = adapter
                self._start(config.name, adapter.run, stack)
            if watchdog_interval() is not None:
                self._start("watchdog", lambda: feed_watchdog(self._healthy), stack)
            await self._until_ready()
            notify("READY=1")
            log.info("running", api=self.url, adapters=list(self.adapters))
            await self.stopping.wait()
            notify("STOPPING=1")
            log.info("stopping")
        log.info("stopped")

    # --- parts ------------------------------------------------------------------------------

    def _start(
        self, name: str, run: Callable[[], Awaitable[None]], stack: contextlib.AsyncExitStack
    ) -> None:
        """Keep a part running until the stack is unwound; then cancel it and wait a bounded time."""
        task = asyncio.create_task(keep(name, run, self.state), name=name)
        stack.push_async_callback(_cancel, task)

    async def _until_ready(self) -> None:
        """Give the adapters a moment to listen or connect; one that cannot is tried again later."""
        until = asyncio.get_running_loop().time() + _GRACE
        while asyncio.get_running_loop().time() < until and not self.stopping.is_set():
            if all(adapter.status()["ready"] for adapter in self.adapters.values()):
                return
            await asyncio.sleep(0.02)
        waiting = [name for name, a in self.adapters.items() if not a.status()["ready"]]
        log.warning("not every adapter is ready", waiting=waiting)

    def _start_intake(self, stack: contextlib.AsyncExitStack) -> None:
        """The intake is not restarted: without it nothing may go on, so its end ends the daemon."""
        task = asyncio.create_task(self.intake.run(), name="intake")
        task.add_done_callback(self._intake_ended)
        stack.push_async_callback(_drain, task)
        stack.push_async_callback(self.intake.stop)

    def _intake_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.critical("the intake failed; the daemon ends", fault=repr(fault))
            self.failed = True
            self.stopping.set()

    async def _start_api(self, stack: contextlib.AsyncExitStack) -> None:
        http = self.settings.http
        services = Services(
            desk=self.desk,
            changed=self.changed,
            metrics=self.metrics,
            readiness=lambda: {name: dict(a.status()) for name, a in self.adapters.items()},
            policy=self._address_policy(),
            max_body=http.max_body,
        )
        listener = _listener(http.host, http.port)
        host, port = listener.getsockname()[:2]
        self.url = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
        config = uvicorn.Config(
            create_app(services),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        stack.push_async_callback(_drain, task)
        stack.callback(setattr, server, "should_exit", True)
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            task.result()

    def _address_policy(self) -> Policy:
        return Policy(allow=tuple(self.settings.webhooks.networks()))

    def _worker(self) -> Worker:
        sweeps = (
            Sweep("judge again", timedelta(seconds=5), self._judge_again),
            Sweep("retention", timedelta(minutes=10), self._let_go),
        )
        return Worker(self.desk, self.changed, self._address_policy(), self.metrics, sweeps)

    def _judge_again(self) -> None:
        def bench(register: Register) -> Bench:
            return policies.bench(self.settings, register)

        if rejudging.sweep(self.store, bench, now()):
            self.changed.bump()

    def _let_go(self) -> None:
        keep_for = self.settings.retention
        jobs = (
            (retention.drop_frames, keep_for.frames_days),
            (retention.drop_readings, keep_for.readings_days),
            (retention.drop_events, keep_for.events_days),
        )
        for drop, days in jobs:
            dropped = True
            while dropped and not self.stopping.is_set():
                with self.store.write() as connection:
                    dropped = drop(connection, now() - timedelta(days=days)) > 0

    def _adapter(self, config: AdapterConfig) -> Adapter:
        name = config.name

        def password(mn: str) -> str | None:
            outlet = self.intake.register.outlet(mn)
            return outlet.password if outlet else None

        context = Context(
            name=name,
            zone=self.settings.zone,
            deliver=self.intake.deliver,
            answered=lambda frames: self.metrics.acknowledged(name, frames),
            password=password,
            known=lambda mn: self.intake.register.outlet(mn) is not None,
            now=now,
        )
        kind: str = config.type  # type: ignore[attr-defined]  # every schema has its literal
        return load(kind, TYPES)(config, context)

    # --- health and signals -------------------------------------------------------------------

    async def _healthy(self) -> bool:
        """Whether data can be taken in: the database answers and commits are not stuck."""
        try:
            await asyncio.wait_for(asyncio.to_thread(self.store.ping), 10)
        except (StoreError, TimeoutError):
            return False
        return self.intake.stuck_for() < _STUCK

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _reload(self) -> None:
        """SIGHUP: limits and policies again; what only a restart can change is left as it is."""
        if self.reread is None:
            return
        try:
            self.settings = self.reread()
        except ConfigError as error:
            log.error("configuration not taken over", faults=error.faults)
            return
        self.intake.register = Register(version=-1)
        log.info("limits and policies read again")


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the daemon has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            [f"http: cannot listen on {host}:{port}: {error.strerror}; set another http.port"]
        ) from None
    return listener


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await _drain(task)


async def _drain(task: asyncio.Task[Any]) -> None:
    """Wait for a part to end, but not for ever."""
    _, pending = await asyncio.wait({task}, timeout=_GRACE)
    if pending:
        log.error("part does not end", part=task.get_name())
        task.cancel()

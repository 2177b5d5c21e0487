"""The composition root: puts the parts together, runs them, ends them in order.

To stop: adapters first, all at once (they answer what they have handed in), then the intake (it commits
what it has taken), the worker, the API, the store last.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from adapters import TYPES
from adapters.hj212.orders import HAND_OUT_KEY, SET_MN, history
from adapters.hj212.parameters import listed, prepare
from monitor import muting, policies, rejudging, serving
from monitor.actions import handing_in, reports, uploads
from monitor.actions.desk import Desk
from monitor.actions.keys import rotate
from monitor.actions.suggestions import suggest
from monitor.adapter import Adapter, AdapterConfig, Context, Depot, Door, Parcel, Reply, load
from monitor.alerting import Alerting, Bench
from monitor.api.app import create_app
from monitor.api.services import Services
from monitor.api.shown import Shown
from monitor.api.streaming import Streams
from monitor.backfill import Policy as BackfillPolicy
from monitor.changed import Changed
from monitor.clock import now
from monitor.config import Settings
from monitor.errors import ConfigError, MonitorError, StoreError
from monitor.filing import Filing
from monitor.intake import Intake
from monitor.keyring import Keyring
from monitor.metrics import Metrics
from monitor.observation import Frame
from monitor.orders import CommandQueue
from monitor.register import Register
from monitor.sightings import clear_over
from monitor.store import (
    Store,
    books,
    commands,
    complaints,
    held,
    idempotency,
    retention,
    schema,
    tokens,
)
from monitor.supervisor import State, feed_watchdog, keep, notify, watchdog_interval
from monitor.webhook import Policy
from monitor.worker import Sweep, Worker
from monitor.worker import messages as outgoing
from monitor.worker.backfill import EVERY, Backfill
from monitor.worker.silence import Silence

log = structlog.get_logger("daemon")

_LISTEN = 4.0  # seconds that adapters get to listen or connect before the daemon says it is ready
_ADAPTERS_END, _INTAKE_ENDS, _WORKER_ENDS, _API_ENDS = 6.5, 3.0, 1.0, 3.5
"""Seconds that each part gets to end; together below 15."""
_LIVE = ("detection", "tasks", "positive_list")
"""Sections that SIGHUP takes over; the others need a restart."""
_ANNOUNCED = 10
"""The month at whose end the State Council has usually announced the next year's holidays."""
_MUTED_AT_ONCE = 200
_CLEARED_AT_ONCE = 200
_UNUSED_DAYS = 2
"""How long the record of a file stays that nothing refers to: a transaction may be about to."""
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
            raise MonitorError(f"{daemon.failed} failed; see the log")
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
    failed: str = ""
    """The part without which the daemon could not go on."""

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        self.changed = Changed()
        self.state = State()
        self.stopping = asyncio.Event()
        media = policies.media(self.settings)
        self._filing = Filing(media)
        self._fetching = policies.fetching(self.settings)
        self.intake = Intake(
            store=self.store,
            bench=self._bench,
            metrics=self.metrics,
            changed=self.changed.bump,
            limits=policies.limits(self.settings),
            filing=self._filing,
        )
        self._rejudging = rejudging.Sweep(self.store, self._bench, self.stopping.is_set)
        self.desk = Desk(
            store=self.store,
            zone=self.settings.zone,
            register=self.register,
            lease=timedelta(minutes=self.settings.tasks.lease_minutes),
            terms=lambda: policies.terms(self.settings),
            language=self.settings.language,
            marking=lambda: policies.marking(self.settings),
            judging=lambda: policies.stated(self.settings),
            media=media,
            reminding=policies.reminding(self.settings),
            grading=lambda: policies.policy(self.settings),
            listing_policy=lambda: policies.listing_policy(self.settings),
            longest_silence=lambda: policies.longest_silence(self.settings),
            reporting=lambda: policies.reporting(self.settings),
            complaining=policies.complaining(self.settings),
            judged_by=self._bench,
            changed=self.changed.bump,
        )
        self.keyring = Keyring(self.desk, self.settings.keys.wrapping, HAND_OUT_KEY)

    def register(self) -> Register:
        """The register in force, read again when the books have changed."""
        with self.store.read() as connection:
            if books.version(connection) != self.intake.register.version:
                self.intake.register = books.load(connection)
        return self.intake.register

    async def run(self) -> None:
        """Run until `stopping` is set or a signal comes."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.register)
        await asyncio.to_thread(self.keyring.refresh)
        self._listen_to_signals()
        self._warn_of_unknown_years()
        async with contextlib.AsyncExitStack() as stack:
            await self._start_api(stack)
            self._keep({"worker": self._worker().run}, _WORKER_ENDS, stack)
            self._start_intake(stack)
            self.adapters = {c.name: self._adapter(c) for c in self.adapter_configs}
            runs = {name: adapter.run for name, adapter in self.adapters.items()}
            self._keep(runs, _ADAPTERS_END, stack)
            if watchdog_interval() is not None:
                watchdog = {"watchdog": lambda: feed_watchdog(self._healthy)}
                self._keep(watchdog, _WORKER_ENDS, stack)
            await self._until_ready()
            notify("READY=1")
            log.info("running", api=self.url, adapters=list(self.adapters))
            await self.stopping.wait()
            notify("STOPPING=1")
            log.info("stopping")
        log.info("stopped")

    def _warn_of_unknown_years(self) -> None:
        """Say which years deadlines reach into that the calendar of working days does not have."""
        calendar, year = policies.terms(self.settings).calendar, now().year
        unknown = [y for y in (year, year + 1) if not calendar.known(y)]
        if (unknown and now().month > _ANNOUNCED) or year in unknown:
            log.warning("holidays not known; deadlines are provisional", years=unknown)

    # --- parts ------------------------------------------------------------------------------

    def _keep(
        self,
        runs: Mapping[str, Callable[[], Awaitable[None]]],
        grace: float,
        stack: contextlib.AsyncExitStack,
    ) -> None:
        """Keep parts running until the stack is unwound; then end all of them side by side."""
        tasks = {
            asyncio.create_task(keep(name, run, self.state), name=name)
            for name, run in runs.items()
        }
        stack.push_async_callback(_drain, tasks, grace)
        for task in tasks:
            stack.callback(task.cancel)

    async def _until_ready(self) -> None:
        """Give the adapters a moment to listen or connect; one that cannot is tried again later."""
        until = asyncio.get_running_loop().time() + _LISTEN
        while asyncio.get_running_loop().time() < until and not self.stopping.is_set():
            if all(adapter.status()["ready"] for adapter in self.adapters.values()):
                return
            await asyncio.sleep(0.02)
        waiting = [name for name, a in self.adapters.items() if not a.status()["ready"]]
        if waiting:
            log.warning("not every adapter is ready", waiting=waiting)

    def _start_intake(self, stack: contextlib.AsyncExitStack) -> None:
        task = asyncio.create_task(self.intake.run(), name="intake")
        task.add_done_callback(self._ended)
        stack.push_async_callback(_drain, {task}, _INTAKE_ENDS)
        stack.push_async_callback(self.intake.stop)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Intake and API are not restarted: without them nothing may go on, so the daemon ends."""
        if self.stopping.is_set() or task.cancelled():
            return
        fault = repr(task.exception() or "ended")
        log.critical("a part failed; the daemon ends", part=task.get_name(), fault=fault)
        self.failed = task.get_name()
        self.stopping.set()

    async def _start_api(self, stack: contextlib.AsyncExitStack) -> None:
        http = self.settings.http
        services = Services(
            desk=self.desk,
            changed=self.changed,
            metrics=self.metrics,
            shown=Shown(self.settings.zone),
            readiness=lambda: {name: dict(a.status()) for name, a in self.adapters.items()},
            policy=self._address_policy(),
            conditions=policies.delivery(self.settings),
            streams=Streams(http.streams),
            people=serving.people(self.settings.oidc, now),
            throttle=serving.throttle(http),
            knocks=serving.throttle(http),
            access_log=http.access_log,
            max_body=http.max_body,
            prepare=partial(prepare, zone=self.settings.zone),
            set_mn=SET_MN,
            codes=listed(),
            doors=self._doors,
        )
        listener = serving.listener(http.host, http.port)
        host, port = listener.getsockname()[:2]
        self.url = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
        server = serving.server(create_app(services), http)
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        stack.push_async_callback(_drain, {task}, _API_ENDS)
        stack.callback(setattr, server, "should_exit", True)
        stack.callback(self.changed.stop)  # who waits for news is answered before
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        task.add_done_callback(self._ended)

    def _doors(self) -> Mapping[str, Door | Depot]:
        return {name: a.door for name, a in self.adapters.items() if a.door is not None}

    def _address_policy(self) -> Policy:
        return Policy(allow=tuple(self.settings.webhooks.networks()))

    def _worker(self) -> Worker:
        sweeps: tuple[Sweep, ...] = (
            Sweep("judge again", timedelta(seconds=5), self._judge_again),
            Sweep("expired commands", timedelta(seconds=30), self._expire_commands),
            Sweep("device keys", timedelta(seconds=5), self.keyring.refresh),
            Sweep("rotation of keys", timedelta(minutes=10), self._rotate_keys),
            Sweep("retention", timedelta(minutes=10), self._let_go),
            Sweep("silent sources", timedelta(minutes=1), self._silence().run),
            Sweep("episodes", timedelta(seconds=15), self._clear_episodes),
            Sweep("muted alerts", timedelta(seconds=15), self._settle_muted),
            Sweep("files for adapters", timedelta(seconds=5), self._hand_in),
            Sweep("reports that are due", timedelta(hours=1), partial(reports.remind, self.desk)),
            Sweep("removals from the list", timedelta(minutes=10), partial(suggest, self.desk)),
            Sweep("uploads", timedelta(minutes=10), partial(uploads.sweep, self.desk)),
            Sweep("media", timedelta(hours=3), partial(uploads.sweep_files, self.desk)),
        )
        if self.desk.reminding.gateway is not None:
            sweeps += (Sweep("messages", outgoing.EVERY, self._messenger().run),)
        if self.settings.backfill.enabled:
            sweeps += (Sweep("back-fill", EVERY, self._backfill().run),)
        return Worker(
            self.desk,
            self.changed,
            self._address_policy(),
            self.metrics,
            sweeps,
            policies.delivery(self.settings),
        )

    def _messenger(self) -> outgoing.Messenger:
        return outgoing.Messenger(self.desk, self._address_policy(), self.stopping.is_set)

    def _backfill(self) -> Backfill:
        settings, zone = self.settings.backfill, self.settings.zone
        asking = {
            config.name: partial(history, zone=zone)
            for config in self.adapter_configs
            if config.type == "hj212"  # type: ignore[attr-defined]  # every schema has its literal
        }
        return Backfill(
            store=self.store,
            register=self.register,
            zone=zone,
            policy=BackfillPolicy(days=settings.days),
            per_minute=settings.requests_per_minute,
            asking=asking,
        )

    def _silence(self) -> Silence:
        return Silence(
            self.desk,
            lambda: timedelta(minutes=self.settings.detection.source_lost_minutes),
            listening_since=now(),
        )

    def _judge_again(self) -> None:
        self.register()  # the adapters shall know new devices although nothing is being stored
        if self._rejudging.run(now()):
            self.changed.bump()

    def _clear_episodes(self) -> None:
        with self.store.write() as connection:
            alerting = Alerting(connection, self._bench(self.intake.register), now())
            if clear_over(alerting, _CLEARED_AT_ONCE):
                alerting.tell()
                self.changed.bump()

    def _settle_muted(self) -> None:
        found = _MUTED_AT_ONCE
        while found == _MUTED_AT_ONCE:
            with self.store.write() as connection:
                alerting = Alerting(connection, self._bench(self.intake.register), now())
                found = muting.settle(alerting, _MUTED_AT_ONCE)
                if alerting.tell():
                    self.changed.bump()

    def _hand_in(self) -> None:
        """Read the uploads that a process which ended had not read yet."""
        handing_in.finish(
            self.desk,
            {
                name: partial(self._take, door)
                for name, door in self._doors().items()
                if isinstance(door, Depot)
            },
        )

    def _take(self, depot: Depot, parcel: Parcel) -> Reply:
        """`Depot.take`, from a thread."""
        return asyncio.run_coroutine_threadsafe(depot.take(parcel), self._loop).result()

    def _rotate_keys(self) -> None:
        keys = self.settings.keys
        if keys.rotate_days:
            rotate(self.desk, keys.wrapping, keys.rotate_days, HAND_OUT_KEY)

    def _expire_commands(self) -> None:
        with self.store.write() as connection:
            commands.expire(connection, now())

    def _bench(self, register: Register) -> Bench:
        return policies.bench(self.settings, register)

    def _let_go(self) -> None:
        keep_for = self.settings.retention
        jobs = (
            (retention.drop_frames, keep_for.frames_days),
            (retention.drop_readings, keep_for.readings_days),
            (retention.drop_sightings, keep_for.frames_days),
            (retention.drop_surveys, keep_for.frames_days),
            (retention.drop_media, _UNUSED_DAYS),
            (retention.drop_events, keep_for.events_days),
            (retention.drop_problems, keep_for.events_days),
            (retention.drop_commands, keep_for.events_days),
            (tokens.drop_sessions, keep_for.events_days),
            (complaints.drop_reporters, self.settings.complaints.reporters_days),
            (idempotency.drop, self.settings.http.idempotency_hours / 24),
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
            answered=self.metrics.acknowledged(name),
            password=password,
            known=lambda mn: self.intake.register.knows(mn),
            ratio=lambda meter: self.intake.register.ratio(meter),
            units=lambda mn: self.intake.register.units(mn),
            now=now,
            orders=CommandQueue(self.store, name),
            held=lambda: asyncio.to_thread(self._held, name),
            keep=self._filing.keep,
            gather=self._filing.gather,
            fetch=self._fetching.fetch,
            keys=self.keyring.known,
            key_in_force=self.keyring.active,
            pending_key=self.keyring.pending,
            key_wanted=self.keyring.wanted,
            proved=self.keyring.proved,
        )
        kind: str = config.type  # type: ignore[attr-defined]  # every schema has its literal
        return load(kind, TYPES)(config, context)

    def _held(self, adapter: str) -> list[tuple[str, Frame]]:
        with self.store.read() as connection:
            return held.of(connection, adapter)

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
            new = self.reread()
        except ConfigError as error:
            log.error("configuration not taken over", faults=error.faults)
            return
        old, live = self.settings, {name: getattr(new, name) for name in _LIVE}
        self.settings = old.model_copy(update=live)
        log.info("limits and policies read again", needs_restart=_different(old, new))


def _different(old: Settings, new: Settings) -> list[str]:
    """The keys whose new values only a restart takes over."""
    rest = [name for name in type(new).model_fields if name not in _LIVE]
    names = [name for name in rest if getattr(old, name) != getattr(new, name)]
    if old.tasks.lease_minutes != new.tasks.lease_minutes:
        names.append("tasks.lease_minutes")
    return names


async def _drain(tasks: set[asyncio.Task[None]], grace: float) -> None:
    """Wait for parts to end, but not for ever."""
    if not tasks:
        return
    _, pending = await asyncio.wait(tasks, timeout=grace)
    for task in pending:
        log.error("part does not end", part=task.get_name())
        task.cancel()

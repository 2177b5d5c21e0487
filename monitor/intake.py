"""THE transaction: what adapters deliver is stored, judged and told in one commit, then acknowledged.

Deliveries wait here only while the commit before theirs is under way; then all that waits goes into
the next one (group commit). There is no other queue: `deliver` returns when its data is durable, and
while too much waits it does not even take it in (back-pressure).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

import structlog

from monitor import clock
from monitor.adapter import Delivery
from monitor.alerting import Bench
from monitor.clock import civil_date, to_ms
from monitor.errors import Stopping, StoreError, StoreUnavailable
from monitor.filing import Filing
from monitor.gaps import GRACE
from monitor.hearing import EVERY, Hearing
from monitor.judging import Judging
from monitor.metrics import Metrics
from monitor.naming import Naming, form_of
from monitor.noting import Report
from monitor.observation import ASSEMBLED, Frame
from monitor.register import Register
from monitor.sightings import Seen
from monitor.store import (
    Connection,
    Store,
    books,
    devices,
    frames,
    held,
    loggers,
    media,
    readings,
    sightings,
    uploads,
)
from monitor.store.devices import Names
from monitor.store.readings import Arrival
from monitor.surveying import Brought

log = structlog.get_logger("intake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken together, and how much may wait."""

    batch: int = 1000
    """Frames in one transaction."""
    linger: float = 0.02
    """Seconds to wait for company, when few frames wait."""
    waiting: int = 20_000
    """Frames that may wait; above it, `deliver` does not take any more in."""
    quarantine: int = 10_000
    """Devices unknown to the register whose readings are kept; of more, only the frames are."""


class _NotKept(StoreError):
    """Files that were handed in cannot even be recorded as files: they are not answered."""


@dataclass(slots=True)
class _Waiting:
    deliveries: Sequence[Delivery]
    done: asyncio.Future[None]


@dataclass
class Intake:
    """Takes deliveries in; `run()` must be running for `deliver` to return."""

    store: Store
    bench: Callable[[Register], Bench]
    metrics: Metrics
    changed: Callable[[], None]
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = clock.now
    filing: Filing | None = None
    """Where files of deliveries go; without it none are taken."""

    def __post_init__(self) -> None:
        self._queue: list[_Waiting] = []
        self._waiting = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Condition()
        self._stopping = False
        self._began = 0.0
        self._naming = Naming(self.limits.quarantine)
        self._hearing = Hearing(self.store)
        self.register = Register(version=-1)

    # --- waiting ----------------------------------------------------------------------------

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Return when all of it is durable; raise when none of it is kept."""
        if self.filing is not None:
            deliveries = await self.filing.settle(deliveries)
        if self._waiting >= self.limits.waiting:
            async with self._room:
                await self._room.wait_for(self._has_room)
        if self._stopping:
            raise Stopping("the daemon is shutting down")
        done = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(deliveries, done))
        self._waiting += len(deliveries)
        self._wake.set()
        await done

    def _has_room(self) -> bool:
        return self._stopping or self._waiting < self.limits.waiting

    @property
    def waiting(self) -> int:
        """Frames taken in that are not committed yet."""
        return self._waiting

    def stuck_for(self) -> float:
        """Seconds that the commit under way has taken; 0 while there is none."""
        return time.monotonic() - self._began if self._began else 0.0

    async def run(self) -> None:
        """Commit what waits, until stopped and drained."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="intake") as writer:
            while not (self._stopping and not self._queue):
                if not self._queue:
                    self._wake.clear()
                    if not await self._woken():
                        await loop.run_in_executor(writer, partial(self._hearing.write, now=True))
                    continue
                if self._waiting < self.limits.batch and not self._stopping:
                    await asyncio.sleep(self.limits.linger)
                batch = self._take()
                self._began = time.monotonic()
                faults = await loop.run_in_executor(writer, self._commit, batch)
                self._began = 0.0
                for item, fault in zip(batch, faults, strict=True):
                    _finish(item.done, fault)
                async with self._room:
                    self._waiting -= sum(len(item.deliveries) for item in batch)
                    self._room.notify_all()
            await loop.run_in_executor(writer, partial(self._hearing.write, now=True))

    async def _woken(self) -> bool:
        """Wait for deliveries; False when it has been quiet for a while."""
        try:
            async with asyncio.timeout(EVERY):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Take nothing more in; what was taken is still committed."""
        self._stopping = True
        self._wake.set()
        async with self._room:
            self._room.notify_all()

    def _take(self) -> list[_Waiting]:
        size = at = 0
        while at < len(self._queue) and size < self.limits.batch:
            size += len(self._queue[at].deliveries)
            at += 1
        batch, self._queue = self._queue[:at], self._queue[at:]
        return batch

    # --- committing (in the writer's thread) --------------------------------------------------

    def _commit(self, batch: list[_Waiting]) -> list[Exception | None]:
        """One transaction for all. Only the database's own trouble is anybody's to know."""
        try:
            refused = self._keep([d for item in batch for d in item.deliveries])
        except Exception as error:  # noqa: BLE001 - the intake goes on; the sources are not answered
            log.error("not stored", error=repr(error), calls=len(batch))
            return [error] * len(batch)
        return [
            next((refused[id(d)] for d in item.deliveries if id(d) in refused), None)
            for item in batch
        ]

    def _keep(self, deliveries: Sequence[Delivery]) -> dict[int, Exception]:
        """Store deliveries; where their data is at fault, by halves, so that others do not pay.

        Returns what is in the way of those that were not kept, by their identity.
        """
        try:
            self._patiently(deliveries)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever some data does, the rest is kept
            if len(deliveries) > 1:
                half = len(deliveries) // 2
                return self._keep(deliveries[:half]) | self._keep(deliveries[half:])
            log.warning("cannot be taken as it is", error=repr(error))
            try:
                self._at_least(deliveries[0])
            except _NotKept as fault:
                return {id(deliveries[0]): fault}
        return {}

    def _patiently(self, deliveries: Sequence[Delivery], *, judged: bool = True) -> None:
        """A deadlock or a lock held too long passes; what does not pass is raised."""
        for pause in _PAUSES:
            try:
                self._transact(deliveries, judged=judged)
            except StoreUnavailable as error:
                log.warning("again", error=str(error), frames=len(deliveries))
                time.sleep(pause)
            else:
                return
        self._transact(deliveries, judged=judged)

    def _at_least(self, delivery: Delivery) -> None:
        """Keep the readings and judge them later; if even they cannot be stored, the bytes.

        Events are made into alerts where they are entered, and are not there without: the bytes are.
        So are the files of a survey, as files that nobody has read; where even these cannot be recorded,
        nothing is kept and the sender is told, who has them still.
        """
        try:
            if not delivery.events and delivery.survey is None:
                self._patiently([delivery], judged=False)
                return
            self._patiently([_bytes_only(delivery)], judged=delivery.survey is not None)
        except StoreUnavailable:
            raise
        except Exception as error:
            if delivery.upload is not None or (delivery.survey and delivery.survey.files):
                log.error("files not kept", source=delivery.frame.source, error=repr(error))
                raise _NotKept("the files cannot be recorded; they were not taken") from error
            self._patiently([replace(_bytes_only(delivery), survey=None)], judged=False)

    def _transact(self, deliveries: Sequence[Delivery], *, judged: bool) -> None:
        started = time.monotonic()
        now = self.now()
        told = False
        with self.store.write() as connection:
            self._learn_books(connection)
            bench = self.bench(self.register)
            first = frames.append(connection, [d.frame for d in deliveries])
            self._bodies(connection, deliveries, first, now)
            held.note(
                connection,
                (
                    (number, d.frame, d.held, d.released)
                    for number, d in enumerate(deliveries, first)
                    if d.held or d.released
                ),
            )
            loggers.introduce(connection, _introduced(deliveries))
            names = self._naming.numbers(connection, deliveries, self.register)
            arrivals = _arrivals(deliveries, first, names)
            readings.add(connection, arrivals)
            day = civil_date(now, bench.zone)
            counted = self._problems(deliveries, first, names.devices, now, day)
            devices.count_problems(connection, counted)
            uploads.finish(connection, [d.upload for d in deliveries if d.upload], now)
            if judged:
                judging = Judging(connection, bench, now, partial(_frames_of, deliveries, first))
                judging.take(Report(a.readings, a.device, a.frame, a.late) for a in arrivals)
                judging.see(_seen(deliveries, first))
                judging.survey(_brought(deliveries, first))
                told = judging.tell()
            else:
                devices.note_due(connection, _spans(arrivals), _NOT_JUDGED, now)
        self._naming.learn(names)
        self._count(deliveries, time.monotonic() - started)
        if told:
            self.changed()
        late = {a.frame - first for a in arrivals if a.late}
        self._hearing.note(deliveries, names.devices, late, day)
        self._hearing.write()

    def _bodies(
        self, connection: Connection, deliveries: Sequence[Delivery], first: int, now: datetime
    ) -> None:
        bodies = [(n, d.body) for n, d in enumerate(deliveries, first) if d.body is not None]
        for _, body in bodies:
            media.add(connection, body, now)
        sightings.add_bodies(connection, ((number, body.sha256) for number, body in bodies))

    def _learn_books(self, connection: Connection) -> None:
        if books.version(connection) != self.register.version:
            self.register = books.load(connection)

    def _problems(
        self,
        deliveries: Sequence[Delivery],
        first: int,
        numbers: Mapping[str, int],
        now: datetime,
        day: date,
    ) -> list[dict[str, object]]:
        """Problems by device and name; strangers that are not even in quarantine share a row."""
        counted: dict[tuple[str, str, str], list[int]] = {}
        for index, d in enumerate(deliveries):
            names = d.frame.problems
            if any(r.mn not in numbers for r in d.readings):
                names = (*names, "quarantine-full")
            if not names:
                continue
            device = d.frame.device or ""
            if device not in numbers and not self.register.knows(device):
                device = ""
            for problem in names:
                counted.setdefault((d.frame.source, device, problem), []).append(first + index)
        return [
            {
                "day": day,
                "adapter": adapter,
                "device": device,
                "problem": problem,
                "count": len(ids),
                "first_at": now,
                "last_at": now,
                "frame": ids[-1],
            }
            for (adapter, device, problem), ids in sorted(counted.items())
        ]

    def _count(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        metrics = self.metrics
        metrics.batch_frames.observe(len(deliveries))
        metrics.batch_seconds.observe(seconds)
        metrics.frames(
            Counter(
                (d.frame.source, d.frame.verdict)
                for d in deliveries
                if d.frame.verdict != ASSEMBLED
            ),
            Counter((d.frame.source, problem) for d in deliveries for problem in d.frame.problems),
            sum(len(r.layout.pollutants) for d in deliveries for r in d.readings),
        )


_PAUSES = (0.05, 0.5)
_NOT_JUDGED = "not-judged"


def _finish(done: asyncio.Future[None], fault: Exception | None) -> None:
    if done.done():  # the adapter's task was cancelled while it waited
        return
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)


def _bytes_only(delivery: Delivery) -> Delivery:
    """What is left of a delivery that the database will not take: its bytes, as evidence."""
    frame = delivery.frame
    return Delivery(
        replace(
            frame,
            device=None,
            verdict="refused",
            problems=("not-storable",),
            note="",
        ),
        held=delivery.held,
        released=delivery.released,
        body=delivery.body,
        survey=delivery.survey and delivery.survey.unread("not-storable"),
        upload=delivery.upload,
    )


def _seen(deliveries: Sequence[Delivery], first: int) -> Iterator[Seen]:
    for number, d in enumerate(deliveries, first):
        for event in d.events:
            yield Seen(d.frame.source, event, number)


def _brought(deliveries: Sequence[Delivery], first: int) -> Iterator[Brought]:
    for number, d in enumerate(deliveries, first):
        if d.survey is not None:
            yield Brought(d.frame.source, d.survey, number, tuple(e.key for e in d.events))


def _introduced(deliveries: Sequence[Delivery]) -> Iterator[loggers.Heard]:
    for d in deliveries:
        if d.introduction is not None:
            told, frame = d.introduction, d.frame
            yield loggers.Heard(
                told.logger,
                frame.source,
                told.details,
                told.mn or None,
                frame.peer,
                frame.received_at,
            )


def _arrivals(
    deliveries: Sequence[Delivery],
    first: int,
    names: Names,
) -> list[Arrival]:
    return [
        Arrival(
            readings=r,
            device=names.devices[r.mn],
            layout=names.layouts[r.layout],
            late=r.supplementary or d.frame.received_at - r.end > GRACE[r.period],
            sent_ms=to_ms(d.frame.sent_at) if d.frame.sent_at else None,
            received_ms=to_ms(d.frame.received_at),
            frame=first + index,
            verdict=names.forms[form_of(d.frame)],
        )
        for index, d in enumerate(deliveries)
        for r in d.readings
        if r.mn in names.devices
    ]


def _frames_of(
    deliveries: Sequence[Delivery], first: int, wanted: Iterable[int]
) -> dict[int, Frame]:
    return {number: deliveries[number - first].frame for number in wanted}


def _spans(arrivals: Sequence[Arrival]) -> dict[int, tuple[int, int]]:
    """The span of each device's reports, for judging them later."""
    spans: dict[int, tuple[int, int]] = {}
    for a in arrivals:
        start = to_ms(a.readings.start)
        low, high = spans.get(a.device, (start, start + 1))
        spans[a.device] = (min(low, start), max(high, start + 1))
    return spans

"""What is asked of devices whose data has gaps: sparingly, the newest first, never for ever."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from adapters.hj212 import Adapter
from adapters.hj212.config import Config
from adapters.hj212.orders import history
from adapters.replay import Device, Pace, Plan, send
from adapters.replay.devices import Measured
from monitor.adapter import Context
from monitor.backfill import Asked, Policy, Request, next_request
from monitor.clock import now
from monitor.command import State
from monitor.config import Settings
from monitor.gaps import Gap
from monitor.intake import Intake, Limits
from monitor.metrics import Metrics
from monitor.observation import Period
from monitor.orders import CommandQueue
from monitor.policies import bench
from monitor.register import Register
from monitor.store import Store, books, commands, coverage, readings
from monitor.store.readings import Shown
from monitor.store.tables import devices
from monitor.worker.backfill import Backfill
from tests.registers import mn, small_books
from tests.servers import async_wait_for

NOW = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy()
ZONE = Settings().zone
STEPS = {Period.MINUTE: timedelta(minutes=10), Period.HOUR: HOUR, Period.DAY: timedelta(days=1)}


def gap(period: Period, hours_ago: float, missing: int) -> Gap:
    start = NOW.replace(minute=0) - timedelta(hours=hours_ago)
    return Gap(period, start, start + missing * STEPS[period], missing)


def asked(request: Request, ago: timedelta, state: State = State.DONE) -> Asked:
    return Asked(
        period=request.period,
        start=request.first,
        last=request.last,
        at=NOW - ago,
        state=state,
        answered=state is State.DONE,
    )


@given(
    st.dictionaries(
        st.sampled_from(list(STEPS)), st.tuples(st.integers(1, 200), st.integers(1, 400))
    )
)
def test_every_missing_record_is_asked_for_once_and_no_other(
    found: dict[Period, tuple[int, int]],
) -> None:
    missing = [gap(period, ago, count) for period, (ago, count) in found.items()]
    before: list[Asked] = []
    covered: list[tuple[Period, datetime]] = []
    while (request := next_request(missing, before, NOW, POLICY)) is not None:
        assert request.last - request.first < POLICY.pieces[request.period]
        step = STEPS[request.period]
        count = (request.last - request.first) // step + 1
        covered += [(request.period, request.first + n * step) for n in range(count)]
        before.append(asked(request, timedelta(0)))
    wanted = [(g.period, g.start + n * STEPS[g.period]) for g in missing for n in range(g.missing)]
    assert sorted(covered) == sorted(wanted)


def test_what_is_judged_comes_first_and_the_newest_of_it() -> None:
    found = [gap(Period.MINUTE, 3, 6), gap(Period.HOUR, 100, 2), gap(Period.HOUR, 8, 3)]
    first = next_request(found, [], NOW, POLICY)
    assert first == Request(Period.HOUR, found[2].start, found[2].end - HOUR)


def test_a_long_gap_is_asked_for_in_pieces_from_its_end() -> None:
    found = [gap(Period.MINUTE, 24, 100)]
    request = next_request(found, [], NOW, POLICY)
    assert request is not None
    assert request.last == found[0].end - timedelta(minutes=10)
    assert request.last - request.first == timedelta(hours=6) - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("ago", "times", "again"),
    [
        (0.9, 1, False),
        (1.1, 1, True),
        (5.9, 2, False),
        (6.1, 2, True),
        (25.0, 3, True),
        (99, 4, False),
    ],
)
def test_the_same_is_asked_for_again_after_growing_pauses_and_then_given_up(
    ago: float, times: int, again: bool
) -> None:
    found = [gap(Period.HOUR, 120, 2)]
    request = next_request(found, [], NOW, POLICY)
    assert request is not None
    before = [asked(request, timedelta(hours=ago))] * times
    assert (next_request(found, before, NOW, POLICY) is not None) == again


@pytest.mark.parametrize("state", [State.QUEUED, State.SENT, State.ACCEPTED])
def test_one_request_at_a_time(state: State) -> None:
    found = [gap(Period.HOUR, 20, 2), gap(Period.HOUR, 10, 2)]
    request = next_request(found, [], NOW, POLICY)
    assert request is not None
    assert next_request(found, [asked(request, HOUR, state)], NOW, POLICY) is None


def test_a_device_that_never_answers_is_left_alone_for_a_day() -> None:
    found = [gap(Period.HOUR, hours, 1) for hours in (80, 60, 40, 20)]
    deaf: list[Asked] = []
    for ago in (3, 2, 1):
        request = next_request(found, deaf, NOW, POLICY)
        assert request is not None
        deaf.append(asked(request, timedelta(hours=ago), State.FAILED))
    assert next_request(found, deaf, NOW, POLICY) is None
    assert next_request(found, deaf, NOW + timedelta(hours=24), POLICY) is not None


def test_what_never_reached_the_device_counts_for_nothing() -> None:
    found = [gap(Period.HOUR, 20, 2)]
    request = next_request(found, [], NOW, POLICY)
    assert request is not None
    before = [asked(request, timedelta(minutes=1), State.EXPIRED)] * 9
    assert next_request(found, before, NOW, POLICY) == request


# The whole chain: what a device kept back is missing, is asked for, comes, and is judged


class Chain:
    """Intake, adapter, queue and sweep over one database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        settings = Settings()
        self.intake = Intake(
            store=store,
            bench=lambda register: bench(settings, register),
            metrics=Metrics(),
            changed=lambda: None,
            limits=Limits(linger=0.0),
        )
        context = Context(
            name="emissions",
            zone=ZONE,
            deliver=self.intake.deliver,
            answered=lambda _count: None,
            password=lambda _mn: None,
            known=lambda code: self.register().outlet(code) is not None,
            now=now,
            orders=CommandQueue(store, "emissions"),
        )
        config = Config(type="hj212", name="emissions", host="127.0.0.1", port=0)
        self.adapter = Adapter(config, context)
        self.sweep = Backfill(
            store=store,
            register=self.register,
            zone=ZONE,
            policy=Policy(days=3),
            per_minute=100,
            asking={"emissions": lambda *span: history(*span, ZONE)},
        )

    def register(self) -> Register:
        with self.store.read() as connection:
            return books.load(connection)

    async def __aenter__(self) -> Chain:
        self._tasks = [asyncio.create_task(self.intake.run())]
        self._tasks.append(asyncio.create_task(self.adapter.run()))
        await async_wait_for(lambda: self.adapter.status()["ready"])
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._tasks[1].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._tasks[1]
        await self.intake.stop()
        await self._tasks[0]

    def missing(self) -> list[Gap]:
        with self.store.read() as connection:
            return coverage.device_gaps(connection, mn(1), now(), 3, ZONE)

    def states(self) -> set[str]:
        with self.store.read() as connection:
            rows = commands.listed(connection, (), mn=None, state=None, limit=500, before=None)
        return {row.state for row in rows}

    def heard_since(self, since: datetime) -> None:
        """As if the device had been heard for that long."""
        with self.store.write() as connection:
            connection.execute(update(devices).values(first_seen=since, last_seen=now()))

    def observations(self, period: Period, start: datetime) -> list[Shown]:
        with self.store.read() as connection:
            return readings.observations(connection, mn(1), period, start, start + HOUR)


async def test_what_a_device_kept_back_is_asked_for_until_nothing_is_missing(store: Store) -> None:
    begin = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    with store.write() as connection:
        books.apply(connection, small_books(1), replace=False, now=begin)
    device = Device(mn(1), "31", (Measured("a21026", 30.0, 35.0),))
    past = Plan(start=begin, zone=ZONE, step=timedelta(minutes=10), scenario="gaps")
    present = Plan(start=now(), zone=ZONE, scenario="gaps")
    async with Chain(store) as chain:
        port = chain.adapter.status()["port"]
        await send("127.0.0.1", port, [device], past, Pace(frames=390))
        chain.heard_since(begin)
        assert {each.period for each in chain.missing()} == {Period.MINUTE, Period.HOUR}
        # still connected, with ordinary data
        staying = asyncio.create_task(
            send("127.0.0.1", port, [device], present, Pace(frames=None, interval=0.2))
        )
        async with asyncio.timeout(60):
            while chain.missing():
                await asyncio.to_thread(chain.sweep.run)
                await async_wait_for(lambda: not {"queued", "sent", "accepted"} & chain.states())
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying
        assert chain.states() == {"done"}
        hour = next(
            at for n in range(30) if (at := begin + n * HOUR).astimezone(ZONE).hour % 5 == 0
        )
        (shown,) = chain.observations(Period.HOUR, hour)
        assert shown.late

"""What the intake promises: kept before acknowledged, once, and nobody pays for another's data."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from monitor.adapter import Delivery
from monitor.clock import to_ms
from monitor.config import Settings
from monitor.errors import MediaFull, Stopping, StoreError, StoreUnavailable
from monitor.filing import Filing
from monitor.intake import Intake, Limits
from monitor.judging import Judging
from monitor.media import Limits as MediaLimits
from monitor.media import Media
from monitor.metrics import Metrics
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.policies import bench
from monitor.quality import Quality
from monitor.register import Basis, Enterprise, Limit, Medium, Outlet
from monitor.rejudging import Sweep
from monitor.store import (
    Store,
    books,
    device_days,
    devices,
    frames,
    readings,
    sightings,
    verdicts,
    views,
)
from monitor.store.tables import (
    alerts,
    enterprises,
    events,
    findings,
    frame_bodies,
    frame_log,
    limits,
    meta,
    outlets,
    problems,
)
from monitor.store.tables import devices as devices_table
from tests.servers import async_wait_for

NOW = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
HOUR = datetime(2026, 11, 20, 3, tzinfo=UTC)
AROUND = (to_ms(HOUR) - 86_400_000, to_ms(HOUR) + 86_400_000)
LAYOUT = Layout((("a21026", Statistic.VALUE), ("a21026", Statistic.TOTAL)))
USCC = "91000000MA00000001"


@asynccontextmanager
async def running(store: Store, **limits: Any) -> AsyncIterator[Intake]:
    settings = Settings()
    intake = Intake(
        store=store,
        bench=lambda register: bench(settings, register),
        metrics=Metrics(),
        changed=lambda: None,
        limits=Limits(**({"linger": 0.0} | limits)),
        now=lambda: NOW,
    )
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        await intake.stop()
        await task


def delivery(
    mn: str,
    value: float,
    *,
    period: Period = Period.HOUR,
    start: datetime = HOUR,
    raw: bytes | None = None,
    problems: Sequence[str] = (),
    sent_at: datetime = NOW,
) -> Delivery:
    end = start if period is Period.REALTIME else start + timedelta(hours=1)
    frame = Frame(
        source="emissions",
        peer="127.0.0.1:1",
        received_at=NOW,
        raw=raw or f"{mn} {value} {start}".encode(errors="replace"),
        device=mn,
        sent_at=sent_at,
        problems=tuple(problems),
    )
    report = Readings(
        mn=mn,
        period=period,
        start=start,
        end=end,
        layout=LAYOUT,
        values=[value, 1234567.89],
        flags=("N",),
    )
    return Delivery(frame, (report,))


def enter_books(store: Store, mn: str, limit: float = 35.0) -> None:
    """A register of one outlet with an hourly limit, straight into the tables."""
    at = {"recorded_at": NOW}
    with store.write() as connection:
        owner = Enterprise(uscc=USCC, name="示例热电", district="示例区")
        outlet = Outlet(mn=mn, uscc=USCC, code="DA001", medium=Medium.AIR)
        held = Limit(
            mn=mn,
            pollutant="a21026",
            period=Period.HOUR,
            limit=limit,
            basis=Basis.MEASURED,
            clause="GB 13223-2011",
            valid_from=date(2020, 1, 1),
        )
        for table, row in ((enterprises, owner), (outlets, outlet), (limits, held)):
            values = {name: getattr(row, name) for name in row.__dataclass_fields__ if name != "id"}
            connection.execute(insert(table).values(values | at))
        connection.execute(insert(meta).values(key="register_version", value="1"))


def count(store: Store, table: Any) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


async def test_a_device_is_where_it_was_understood_last(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 1.0), delivery("MN2", 1.0)])
    moved, garbled = delivery("MN1", 2.0), delivery("MN2", 2.0)
    async with running(store) as intake:
        await intake.deliver([replace(moved, frame=replace(moved.frame, source="another"))])
        refused = replace(garbled.frame, source="another", verdict="refused")
        await intake.deliver([Delivery(refused)])
    with store.read() as connection:
        query = select(devices_table.c.adapter).order_by(devices_table.c.mn)
        assert connection.execute(query).scalars().all() == ["another", "emissions"]


async def test_what_is_acknowledged_is_there_with_its_bytes(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 12.5, raw=b"##0001\xff\r\n")])
        with store.read() as connection:
            (shown,) = readings.observations(
                connection, "MN1", Period.HOUR, HOUR, HOUR + timedelta(hours=1)
            )
            frame = frames.fetch(connection, shown.frame)
    assert (shown.observation.value, shown.observation.total) == (12.5, 1234567.89)
    assert (shown.observation.flag, shown.late) == ("N", False)
    assert frame is not None
    assert (frame.raw, frame.device, frame.sent_at) == (b"##0001\xff\r\n", "MN1", NOW)


@pytest.mark.parametrize("period", [Period.HOUR, Period.REALTIME, Period.MINUTE, Period.DAY])
async def test_a_repetition_changes_nothing_but_the_frame_log(store: Store, period: Period) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 12.5, period=period)])
        await intake.deliver([delivery("MN1", 12.5, period=period)] * 2)
        with store.read() as connection:
            shown = readings.observations(
                connection, "MN1", period, HOUR, HOUR + timedelta(hours=1)
            )
            device = devices.find(connection, ["MN1"])["MN1"]
            stored = list(readings.stored(connection, device, "MN1", period, *AROUND))
    assert len(shown) == len(stored) == 1


async def test_of_a_rewritten_value_both_stay_and_the_one_sent_last_is_shown(store: Store) -> None:
    first = delivery("MN1", 50.0, sent_at=NOW)
    second = delivery("MN1", 20.0, sent_at=NOW + timedelta(seconds=5))
    async with running(store) as intake:
        await intake.deliver([second])
        await intake.deliver([first])
        with store.read() as connection:
            shown = readings.observations(
                connection, "MN1", Period.HOUR, HOUR, HOUR + timedelta(hours=1)
            )
            device = devices.find(connection, ["MN1"])["MN1"]
            stored = list(readings.stored(connection, device, "MN1", Period.HOUR, *AROUND))
    assert [s.observation.value for s in shown] == [20.0]
    assert len(stored) == 2


async def test_an_unreadable_value_is_null(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", math.nan, period=Period.REALTIME)])
        with store.read() as connection:
            (shown,) = readings.observations(
                connection, "MN1", Period.REALTIME, HOUR, HOUR + timedelta(hours=1)
            )
    assert (shown.observation.value, shown.observation.total) == (None, 1234567.89)


async def test_an_exceedance_is_judged_in_the_transaction_that_stores_it(store: Store) -> None:
    enter_books(store, "MN1")
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 70.0), delivery("MN2", 70.0)])
    with store.read() as connection:
        (alert,) = connection.execute(select(alerts)).all()
        (finding,) = connection.execute(select(findings)).all()
        told = connection.execute(select(events.c.type).order_by(events.c.seq)).scalars().all()
    assert (alert.mn, alert.exceed_ratio, finding.value) == ("MN1", 1.0, 70.0)
    assert told == ["alert.opened", "task.queued"]


async def test_a_change_of_the_books_holds_from_the_next_transaction(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 70.0)])
        assert count(store, alerts) == 0
        enter_books(store, "MN1")
        await intake.deliver([delivery("MN1", 71.0, start=HOUR + timedelta(hours=1))])
    assert count(store, alerts) == 1


async def test_unknown_devices_are_kept_apart_and_bounded(store: Store) -> None:
    enter_books(store, "MN1")
    async with running(store, quarantine=3) as intake:
        await intake.deliver([delivery(f"X{n}", 1.0) for n in range(5)] + [delivery("MN1", 1.0)])
        await intake.deliver([delivery("X0", 1.0), delivery("X9", 1.0)])
    with store.read() as connection:
        unknown = views.device_rows(connection, [], False, 100, 0)
        known = views.device_rows(connection, [], True, 100, 0)
        logged = connection.execute(select(func.sum(frame_log.c.count))).scalar_one()
    assert len(unknown) == 3
    assert [device.mn for device in known] == ["MN1"]
    assert logged == 8  # every frame is kept


async def test_problems_are_counted_by_device_and_name(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 1.0, problems=["missing-crlf", "old-code"])] * 2)
        await intake.deliver([delivery("MN1", 1.0, problems=["old-code"])])
    with store.read() as connection:
        rows = connection.execute(select(problems).order_by(problems.c.problem)).all()
        last = frames.fetch(connection, rows[1].frame)
    assert [(r.device, r.problem, r.count) for r in rows] == [
        ("MN1", "missing-crlf", 2),
        ("MN1", "old-code", 3),
    ]
    assert last is not None
    assert last.problems == ("old-code",)


async def test_data_that_cannot_be_stored_costs_nobody_else_anything(store: Store) -> None:
    good = [delivery(f"MN{n}", 1.0) for n in range(5)]
    poison = delivery("BAD\udcff", 1.0)  # a text that no database takes
    async with running(store, linger=0.05) as intake:
        outcomes = await asyncio.gather(
            *(intake.deliver([item]) for item in [*good[:2], poison, *good[2:]])
        )
    assert outcomes == [None] * 6
    with store.read() as connection:
        heard = connection.execute(select(devices_table.c.mn)).scalars().all()
        refused = connection.execute(select(problems.c.problem)).scalars().all()
    assert sorted(heard) == [f"MN{n}" for n in range(5)]
    assert refused == ["not-storable"]


async def test_nothing_is_acknowledged_while_the_database_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreError("database: gone")

    async with running(store) as intake:
        with monkeypatch.context() as patched:
            patched.setattr(store, "write", away)
            patched.setattr(store, "ping", away)
            with pytest.raises(StoreError, match="gone"):
                await intake.deliver([delivery("MN1", 1.0)])
        await intake.deliver([delivery("MN1", 1.0)])
    assert count(store, frame_log) == 1


async def test_a_frame_too_long_for_the_log_is_a_file(store: Store, tmp_path: Path) -> None:
    media = Media(tmp_path, MediaLimits(keep_free=0))
    body = b"x" * 300_000
    async with running(store) as intake:
        intake.filing = Filing(media)
        await intake.deliver([delivery("MN01", 20.0, raw=body)])
    with store.read() as connection:
        number = connection.execute(select(frame_bodies.c.frame)).scalar_one()
        file = sightings.body(connection, number)
        assert frames.fetch(connection, number).raw == b""  # type: ignore[union-attr]
    assert file is not None
    assert media.path(file.sha256).read_bytes() == body


async def test_a_full_disk_for_files_costs_only_who_brings_one(
    store: Store, tmp_path: Path
) -> None:
    async with running(store) as intake:
        intake.filing = Filing(Media(tmp_path, MediaLimits(keep_free=10**18)))
        with pytest.raises(MediaFull):
            await intake.deliver([delivery("MN01", 20.0, raw=b"x" * 300_000)])
        await intake.deliver([delivery("MN02", 20.0)])
    with store.read() as connection:
        assert connection.execute(select(devices_table.c.mn)).scalars().all() == ["MN02"]


async def test_who_files_while_the_intake_stops_is_told(store: Store, tmp_path: Path) -> None:
    class Stops(Filing):
        async def settle(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
            await intake.stop()
            return await super().settle(deliveries)

    async with running(store) as intake:
        intake.filing = Stops(Media(tmp_path, MediaLimits(keep_free=0)))
        with pytest.raises(Stopping):
            await intake.deliver([delivery("MN01", 20.0, raw=b"x" * 300_000)])


async def test_what_waits_is_bounded_and_a_stop_loses_nothing_taken(store: Store) -> None:
    async with running(store, waiting=3, batch=2, linger=0.0) as intake:
        calls = [asyncio.create_task(intake.deliver([delivery(f"MN{n}", 1.0)])) for n in range(40)]
        while not intake.waiting:
            await asyncio.sleep(0)
        assert intake.waiting <= 3
        await intake.stop()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    kept = sum(outcome is None for outcome in outcomes)
    assert all(outcome is None or isinstance(outcome, Stopping) for outcome in outcomes)
    with store.read() as connection:
        logged = connection.execute(select(func.sum(frame_log.c.count))).scalar() or 0
    assert logged == kept
    assert kept < 40


async def test_the_books_of_the_day_are_read_again_only_when_they_changed(store: Store) -> None:
    enter_books(store, "MN1")
    async with running(store) as intake:
        await intake.deliver([delivery("MN1", 1.0)])
        before = intake.register
        await intake.deliver([delivery("MN1", 2.0)])
        assert intake.register is before
        assert intake.register.version == 1
    with store.read() as connection:
        assert books.version(connection) == 1


async def test_repeated_frames_of_which_one_has_no_sending_time_are_one(store: Store) -> None:
    known = delivery("MN1", 12.5, period=Period.REALTIME)
    bare = Delivery(replace(known.frame, sent_at=None), known.readings)
    async with running(store) as intake:
        await intake.deliver([known, bare])
    assert count(store, problems) == 0
    with store.read() as connection:
        shown = readings.observations(
            connection, "MN1", Period.REALTIME, HOUR, HOUR + timedelta(hours=1)
        )
    assert len(shown) == 1


async def test_a_database_that_is_locked_for_long_answers_nobody_and_drops_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever passes must not turn readings into bytes that nobody reads."""
    write, refusals = store.write, iter([True] * 3)

    def locked() -> Any:
        if next(refusals, False):
            raise StoreUnavailable("database: locked")
        return write()

    async with running(store) as intake:
        monkeypatch.setattr(store, "write", locked)
        with pytest.raises(StoreUnavailable):
            await intake.deliver([delivery("MN1", 70.0)])
        await intake.deliver([delivery("MN1", 70.0)])
    assert count(store, frame_log) == 1
    assert count(store, problems) == 0


async def test_what_cannot_be_judged_is_kept_and_judged_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_books(store, "MN1")

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    async with running(store) as intake:
        with monkeypatch.context() as patched:
            patched.setattr(Judging, "take", broken)
            await intake.deliver([delivery("MN1", 70.0)])
    assert count(store, alerts) == 0
    settings = Settings()
    sweep = Sweep(store, lambda register: bench(settings, register), lambda: False)
    assert sweep.run(NOW + timedelta(minutes=1))
    assert count(store, alerts) == 1


async def test_a_device_that_sends_no_readings_is_shown_too(store: Store) -> None:
    frame = delivery("MN1", 1.0).frame
    async with running(store) as intake:
        await intake.deliver(
            [Delivery(frame), Delivery(replace(frame, device="X", verdict="refused"))]
        )
    with store.read() as connection:
        assert [d.mn for d in views.device_rows(connection, [], False, 10, 0)] == ["MN1"]


# --- how good it is --------------------------------------------------------------------------


def noted(mn: str, note: str, *problems: str, value: float = 1.0) -> Delivery:
    known = delivery(mn, value, problems=problems)
    verdict = "tolerated" if problems else "clean"
    return replace(known, frame=replace(known.frame, note=note, verdict=verdict))


@pytest.mark.parametrize("period", [Period.HOUR, Period.REALTIME])
async def test_the_form_of_a_frame_is_kept_with_its_readings(store: Store, period: Period) -> None:
    item = delivery("MN1", 1.0, period=period, problems=["old-code"])
    frame = replace(item.frame, note="2005 modbus sm4-raw 31/2061", verdict="tolerated")
    async with running(store) as intake:
        await intake.deliver([replace(item, frame=frame)])
        await intake.deliver([replace(item, frame=frame, readings=item.readings)])
    with store.read() as connection:
        (one,) = readings.observations(connection, "MN1", period, HOUR, HOUR + timedelta(hours=1))
        found = verdicts.qualities(connection, [one.verdict or 0])
    expected = Quality("tolerated", "2005", "modbus", "sm4-raw", ("old-code",))
    assert list(found.values()) == [expected]
    assert count(store, verdicts.verdicts) == 1


async def test_the_forms_of_strangers_are_bounded_and_a_known_devices_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "OF_STRANGERS", 2)
    enter_books(store, "MN1")
    async with running(store) as intake:
        for n in range(6):
            await intake.deliver([noted("X1", "2017 hj212 31/2061", f"p{n}", value=n)])
        await intake.deliver([noted("MN1", "2017 hj212 31/2061", "p5")])
    assert count(store, verdicts.verdicts) == 4  # two, the coarse one, and the known device's
    with store.read() as connection:
        stranger = verdicts.qualities(
            connection, [s.verdict or 0 for s in _versions(connection, "X1")]
        )
        known = verdicts.qualities(
            connection, [s.verdict or 0 for s in _versions(connection, "MN1")]
        )
    assert {q.problems for q in stranger.values()} == {("p0",), ("p1",), ("others",)}
    assert [q.problems for q in known.values()] == [("p5",)]


def _versions(connection: Any, mn: str) -> list[readings.Stored]:
    number = devices.find(connection, [mn])[mn]
    return list(readings.stored(connection, number, mn, Period.HOUR, *AROUND))


async def test_frames_are_counted_by_day_and_device(store: Store) -> None:
    enter_books(store, "MN1")
    clock = delivery("MN1", 1.0).frame
    after = [Delivery(replace(clock, sent_at=NOW + timedelta(seconds=s))) for s in (-3, 5, 90_000)]
    refused = Delivery(replace(clock, verdict="refused"))
    late = delivery("MN1", 2.0, start=HOUR - timedelta(days=2), sent_at=NOW - timedelta(hours=5))
    async with running(store) as intake:
        await intake.deliver([*after, noted("MN1", "2017 hj212 31/2061", "old-code")])
        await intake.deliver([late, refused])
    async with running(store) as intake:  # not in memory any more
        await intake.deliver([refused, Delivery(replace(clock, device="X", verdict="refused"))])
    with store.read() as connection:
        number, _ = devices.first_heard(connection, ["MN1"])["MN1"]
        (day,) = device_days.of_device(connection, number, date(2026, 11, 20), 30)
        (device,) = views.device_rows(connection, [], None, 10, 0)
    assert (day.frames, day.clean, day.refused) == (7, 4, 2)
    assert (day.timed, day.skew_ms, day.skew_low_ms, day.skew_high_ms) == (3, 2000, -3000, 5000)
    assert device.frames == 7


async def test_a_day_without_a_sending_time_has_no_skew(store: Store) -> None:
    bare = Delivery(replace(delivery("MN1", 1.0).frame, sent_at=None))
    async with running(store) as intake:
        await intake.deliver([bare])
    async with running(store) as intake:
        await intake.deliver([bare])
        await intake.deliver([Delivery(replace(bare.frame, sent_at=NOW - timedelta(seconds=2)))])
    with store.read() as connection:
        number, _ = devices.first_heard(connection, ["MN1"])["MN1"]
        (day,) = device_days.of_device(connection, number, date(2026, 11, 20), 1)
    assert (day.frames, day.timed, day.skew_low_ms, day.skew_high_ms) == (3, 1, -2000, -2000)


async def test_what_was_heard_last_is_written_down_when_nothing_more_comes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.intake.EVERY", 0.05)

    def frames_of_it() -> int:
        with store.read() as connection:
            return int(connection.execute(select(devices_table.c.frames)).scalar_one())

    async with running(store) as intake:
        for value in (1.0, 2.0, 3.0):
            await intake.deliver([delivery("MN1", value)])
        await async_wait_for(lambda: frames_of_it() == 3)

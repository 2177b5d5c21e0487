"""What was kept long enough goes; what is needed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from monitor.command import Origin
from monitor.observation import Frame
from monitor.store import Store, commands, device_days, frames, outbox, retention
from monitor.store.device_days import Day
from monitor.store.outbox import Event
from monitor.store.tables import deliveries, events, webhooks

OLD = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def frame(at: datetime, raw: bytes) -> Frame:
    return Frame(source="t", peer="p", received_at=at, raw=raw)


def test_old_frames_go_and_those_an_alert_leans_on_stay(store: Store) -> None:
    with store.write() as connection:
        old = frames.append(connection, [frame(OLD, b"evidence"), frame(OLD, b"other")])
        new = frames.append(connection, [frame(NOW, b"new")])
        frames.keep(connection, [(old, frame(OLD, b"evidence"))])
        assert retention.drop_frames(connection, NOW - timedelta(days=400)) == 1
    with store.read() as connection:
        kept = [frames.fetch(connection, number) for number in (old, old + 1, new)]
    assert [k and k.raw for k in kept] == [b"evidence", None, b"new"]


def test_counts_of_days_go_with_the_problems(store: Store) -> None:
    with store.write() as connection:
        device_days.add(connection, {(OLD.date(), 1): Day(3), (NOW.date(), 1): Day(4)})
        retention.drop_problems(connection, NOW - timedelta(days=400))
        kept = device_days.of_device(connection, 1, NOW.date(), 700)
    assert [(row.day, row.frames) for row in kept] == [(NOW.date(), 4)]


def test_commands_go_but_the_first_connection_is_remembered(store: Store) -> None:
    with store.write() as connection:
        for origin in (Origin.CLOCK, Origin.FIRST_CONNECTION):
            ended = {"state": "done", "finished_at": OLD, "origin": origin}
            times = {"requested_at": OLD, "expires_at": OLD}
            who = {"mn": "MN1", "code": "1012", "parameters": {}, "requested_by": "system"}
            commands.add(connection, who | times | ended)
        assert retention.drop_commands(connection, NOW) == 1
        assert retention.drop_commands(connection, NOW) == 0
        assert commands.has(connection, "MN1", Origin.FIRST_CONNECTION, ever=True)


def _tell(store: Store, count: int) -> None:
    with store.write() as connection:
        hook = {"url": "https://x", "types": ["*"], "districts": [], "secret": "whsec_eA=="}
        connection.execute(insert(webhooks).values(hook | {"state": "enabled", "created_at": OLD}))
        told = [
            Event(type="task.queued", at=OLD, district=None, data={"n": n}) for n in range(count)
        ]
        outbox.publish(connection, told)


def _left(store: Store, delivered: set[int]) -> list[int]:
    with store.write() as connection:
        done = deliveries.c.event.in_(delivered)
        connection.execute(update(deliveries).where(done).values(state="delivered"))
        retention.drop_events(connection, NOW)
        return list(connection.execute(select(events.c.seq).order_by(events.c.seq)).scalars())


def test_events_stay_until_they_and_all_before_them_are_delivered(store: Store) -> None:
    _tell(store, 5)
    assert _left(store, {2, 3}) == [1, 2, 3, 4, 5]
    assert _left(store, {1}) == [4, 5]


def test_the_last_event_stays_so_that_numbers_go_on(store: Store) -> None:
    _tell(store, 3)
    assert _left(store, {1, 2, 3}) == [3]

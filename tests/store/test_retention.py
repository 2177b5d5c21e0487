"""What was kept long enough goes; what is needed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from monitor.observation import Frame
from monitor.store import Store, frames, outbox, retention
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


def test_events_stay_until_they_are_delivered(store: Store) -> None:
    with store.write() as connection:
        hook = {"url": "https://x", "types": ["*"], "districts": [], "secret": "whsec_eA=="}
        connection.execute(insert(webhooks).values(hook | {"state": "enabled", "created_at": OLD}))
        told = [Event(type="task.queued", at=OLD, district=None, data={"n": n}) for n in range(2)]
        outbox.publish(connection, told)
        connection.execute(
            update(deliveries).where(deliveries.c.event == 1).values(state="delivered")
        )
        assert retention.drop_events(connection, NOW) == 1
        assert connection.execute(select(events.c.seq)).scalars().all() == [2]

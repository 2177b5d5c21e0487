"""Parts that wait for others: in the same commit as their frames, there after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.adapter import Delivery
from monitor.clock import to_ms
from monitor.observation import ASSEMBLED, Period
from monitor.store import Store, held, readings
from monitor.store.tables import devices as devices_table
from monitor.store.tables import held_frames
from tests.test_intake import AROUND, HOUR, count, delivery, running


def part(raw: bytes, key: str = "MN1 2061 1") -> Delivery:
    frame = replace(delivery("MN1", 1.0).frame, raw=raw, device="MN1")
    return Delivery(frame, held=key)


def keys(store: Store, adapter: str = "emissions") -> list[tuple[str, bytes]]:
    with store.read() as connection:
        return [(key, frame.raw) for key, frame in held.of(connection, adapter)]


async def test_what_is_held_is_there_until_it_is_released(store: Store) -> None:
    async with running(store) as intake:
        await intake.deliver([part(b"one"), part(b"other", "MN2 2061 1")])
        await intake.deliver([part(b"two")])
        assert keys(store) == [
            ("MN1 2061 1", b"one"),
            ("MN2 2061 1", b"other"),
            ("MN1 2061 1", b"two"),
        ]
        assert keys(store, "another") == []
        whole = replace(delivery("MN1", 12.5), released="MN1 2061 1")
        await intake.deliver([part(b"three"), whole])
        assert keys(store) == [("MN2 2061 1", b"other")]


async def test_a_set_that_comes_in_one_piece_is_never_held(store: Store) -> None:
    async with running(store) as intake:
        whole = replace(delivery("MN1", 12.5), released="MN1 2061 1")
        await intake.deliver([part(b"one"), part(b"two"), whole, part(b"next", "MN1 2061 2")])
    assert keys(store) == [("MN1 2061 2", b"next")]


async def test_what_was_put_together_is_evidence_but_no_frame_that_was_heard(store: Store) -> None:
    async with running(store) as intake:
        heard = delivery("MN1", 12.5)
        whole = replace(heard, frame=replace(heard.frame, verdict=ASSEMBLED), released="k")
        await intake.deliver([part(b"one", "k"), whole])
        assert intake.metrics.totals()["frames"] == 1
    with store.read() as connection:
        row = connection.execute(devices_table.select()).one()
        assert row.frames == 1
        (stored,) = readings.stored(connection, row.id, "MN1", Period.HOUR, *AROUND)
    assert to_ms(stored.readings.start) == to_ms(HOUR)


@pytest.mark.parametrize("fault", ["MN\x00", "MN\ud800"])
async def test_a_part_that_cannot_be_stored_as_it_is_is_held_all_the_same(
    store: Store, fault: str
) -> None:
    bad = part(b"one")
    bad = replace(bad, frame=replace(bad.frame, device=fault))
    async with running(store) as intake:
        await intake.deliver([bad, part(b"two")])
    assert sorted(raw for _, raw in keys(store)) == [b"one", b"two"]
    assert count(store, held_frames) == 2

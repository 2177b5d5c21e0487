"""Devices that fall silent are told of once, and once when they speak again, whoever sweeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from monitor.actions import Desk
from monitor.notice import notice
from monitor.register import Register
from monitor.store import Store, devices, outbox
from monitor.store.devices import Seen
from monitor.worker.silence import Silence
from tests.api.conftest import EAST, MN, WEST, ZONE, Clock, fill_books

LIMIT = timedelta(hours=2)


@dataclass
class Watch:
    """Two registered devices and a stranger, all heard at the beginning, and who watches them."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    limit: timedelta = LIMIT

    def __post_init__(self) -> None:
        fill_books(self.store)
        self.desk = Desk(store=self.store, zone=ZONE, register=Register, now=self.clock)
        self.start = self.clock()
        heard = dict.fromkeys([*MN.values(), "STRANGER"], ("emissions", "10.0.0.1:1", self.start))
        with self.store.write() as connection:
            self.numbers = devices.numbers(connection, heard)

    def hear(self, uscc: str) -> None:
        seen = Seen(1, self.clock(), "10.0.0.1:2", "emissions")
        with self.store.write() as connection:
            devices.saw(connection, {self.numbers[MN[uscc]]: seen})

    def sweep(self) -> list[tuple[str, str]]:
        """Types and devices of what is told, by a process that has been there from the beginning."""
        before = len(self.events())
        Silence(self.desk, lambda: self.limit, self.start).run()
        return [(e.type, e.data["source"]["mn"]) for e in self.events()[before:]]

    def events(self) -> list[Any]:
        with self.store.read() as connection:
            return outbox.after(connection, 0, 999, 999, [])

    def later(self, **span: float) -> None:
        self.clock.at += timedelta(**span)


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch(store)


def test_a_silence_and_its_end_are_told_once_each(watch: Watch) -> None:
    watch.later(minutes=119)
    assert watch.sweep() == []
    watch.hear(WEST)
    watch.later(minutes=2)
    assert watch.sweep() == [("source.lost", MN[EAST])]
    assert watch.sweep() == []  # as after a restart: nothing is kept in memory
    watch.later(minutes=5)
    watch.hear(EAST)
    assert watch.sweep() == [("source.restored", MN[EAST])]
    assert watch.sweep() == []
    lost, restored = watch.events()
    assert lost.district == restored.district == "东区"
    assert lost.data["source"]["enterprise"] == {"uscc": EAST, "name": "厂", "district": "东区"}
    assert lost.data["source"]["silent_since"] == "2026-11-20T16:00:00+08:00"
    assert restored.data["source"]["silent_since"] == "2026-11-20T16:00:00+08:00"
    assert restored.data["source"]["heard_at"] == "2026-11-20T18:06:00+08:00"
    assert lost.data["links"] == {"device": f"/api/v1/devices/{MN[EAST]}"}
    said = notice(restored.type, restored.data, "zh", "")
    assert ("恢复时间", "2026-11-20 18:06") in said.facts


def test_who_speaks_and_falls_silent_unseen_is_told_of_again(watch: Watch) -> None:
    watch.later(hours=3)
    watch.sweep()
    watch.hear(EAST)
    watch.later(hours=3)
    assert watch.sweep() == [("source.restored", MN[EAST]), ("source.lost", MN[EAST])]


def test_sweeps_side_by_side_tell_one_story(watch: Watch) -> None:
    watch.later(hours=3)
    sweeps = [
        threading.Thread(target=Silence(watch.desk, lambda: LIMIT, watch.start).run)
        for _ in range(4)
    ]
    for thread in sweeps:
        thread.start()
    for thread in sweeps:
        thread.join()
    watch.sweep()
    assert sorted(e.data["source"]["mn"] for e in watch.events()) == sorted(MN.values())


def test_who_has_just_begun_to_listen_tells_of_no_silence(watch: Watch) -> None:
    watch.later(days=3)
    young = Silence(watch.desk, lambda: LIMIT, watch.clock() - timedelta(minutes=119))
    assert young.run() == 0
    watch.later(minutes=1)
    assert young.run() == 2


def test_zero_minutes_mean_never(watch: Watch) -> None:
    watch.limit = timedelta()
    watch.later(days=30)
    assert watch.sweep() == []

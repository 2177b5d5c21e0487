"""Through the door and the real intake into both databases: what comes again is one row."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from adapters.power import Adapter
from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings
from monitor.store.tables import devices as device_table
from tests.mqtt.test_intake import frames, rows, taking_in
from tests.power.kit import DATA as READING
from tests.power.kit import METER, NOW, Bench, config, pushed

DATA = READING | {"time": "20260801125930"}
"""Half a minute ago."""


def stored(store: Store, mn: str = METER) -> list[Any]:
    with store.read() as connection:
        number = devices.find(connection, [mn])[mn]
        span = (to_ms(NOW - timedelta(days=2)), to_ms(NOW))
        return list(readings.stored(connection, number, mn, Period.REALTIME, *span))


async def test_the_same_again_in_any_order_is_one_row(store: Store) -> None:
    bench, chance = Bench(), random.Random(5)
    async with taking_in(store) as intake:
        door = Adapter(config(), bench.context(intake.deliver)).door
        for _ in range(4):
            items = list(DATA.items())
            chance.shuffle(items)
            await door.receive(pushed(dict(items)))
        await door.receive(pushed(DATA | {"type": "hstdata"}))  # and once more as back-fill
    assert (rows(store), frames(store)) == (1, 5)
    (one,) = stored(store)
    assert not one.late  # it came in time, whatever came after


async def test_back_fill_is_late_until_it_is_seen_to_have_come_in_time(store: Store) -> None:
    async with taking_in(store) as intake:
        door = Adapter(config(), Bench().context(intake.deliver)).door
        late = DATA | {"type": "hstdata"}
        await door.receive(pushed(late))
        assert [one.late for one in stored(store)] == [True]
        await door.receive(pushed(DATA))
        assert [one.late for one in stored(store)] == [False]


async def test_another_number_for_the_same_instant_is_another_row(store: Store) -> None:
    async with taking_in(store) as intake:
        door = Adapter(config(), Bench().context(intake.deliver)).door
        for power in (12.5, 13.5):
            await door.receive(pushed(DATA | {"P": power}))
    assert sorted(one.readings.values[0] for one in stored(store)) == [12.5, 13.5]


async def test_all_meters_of_a_message_were_heard(store: Store) -> None:
    profile = {
        "reports": "meters[]",
        "gateway": "$.gw",
        "meter": "addr",
        "within_gateway": True,
        "time": "$.time",
        "channels": {"P": "P"},
    }
    message = {"gw": "g1", "time": "20260801124500"}
    message |= {"meters": [{"addr": 1, "P": 1}, {"addr": 2, "P": 2}]}
    async with taking_in(store) as intake:
        door = Adapter(config(profile=profile), Bench().context(intake.deliver)).door
        await door.receive(pushed(message))
        await door.receive(pushed(message | {"time": "20260801124600"}))
    with store.read() as connection:
        heard = connection.execute(select(device_table.c.mn, device_table.c.frames)).all()
    assert sorted(tuple(row) for row in heard) == [("g1/1", 2), ("g1/2", 2)]

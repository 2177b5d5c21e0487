"""Through the real intake into both databases: what comes again is one row, what is old is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings, tables
from tests.mqtt.test_intake import frames, rows, taking_in
from tests.observations.kit import MN, NOW, Bench, hour, pushed, table

REALTIME = {"like": "hours-wide", "period": "realtime"}


def stored(store: Store, period: Period) -> list[Any]:
    with store.read() as connection:
        number = devices.find(connection, [MN])[MN]
        span = (to_ms(NOW - timedelta(days=2)), to_ms(NOW))
        return list(readings.stored(connection, number, MN, period, *span))


async def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    data = table(*(hour(n) for n in range(10)))
    async with taking_in(store) as intake:
        for size in (3, 1000):
            await Bench().door(intake.deliver, batch=size).receive(pushed(data))
    # two pollutants of ten hours; the frames are evidence of both
    assert (rows(store, tables.averages), frames(store)) == (20, 5)


async def test_rows_in_another_order_are_the_same_readings(store: Store) -> None:
    heading, first, second = table(hour(1), hour(2)).splitlines(keepends=True)
    async with taking_in(store) as intake:
        door = Bench().door(intake.deliver, profile=REALTIME)
        for data in (heading + first + second, heading + second + first):
            await door.receive(pushed(data))
    assert rows(store) == 2


async def test_old_rows_are_late_and_those_of_now_are_not(store: Store) -> None:
    now = f"{MN},2026-08-01 12:59:30,31,8,N"
    async with taking_in(store) as intake:
        door = Bench().door(intake.deliver, profile=REALTIME)
        await door.receive(pushed(table(hour(10), now)))
    found = {each.readings.start: each.late for each in stored(store, Period.REALTIME)}
    assert list(found.values()) == [True, False]


async def test_problems_are_counted(store: Store) -> None:
    async with taking_in(store) as intake:
        await Bench().door(intake.deliver).receive(pushed(table(hour(1, "x"), hour(2))))
    with store.read() as connection:
        named = connection.execute(select(tables.problems.c.problem)).scalars().all()
    assert {"not-a-number", "wrong-rows"} <= set(named)

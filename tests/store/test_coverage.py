"""What of a device's data is there, as the store has it."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.clock import day_start, to_ms
from monitor.gaps import Gap
from monitor.observation import Layout, Period, Readings, Statistic
from monitor.store import Store, coverage, devices, readings
from monitor.store.readings import Arrival

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
MIDNIGHT = day_start(DAY, ZONE)
NOW = MIDNIGHT + timedelta(hours=12)
FIRST = MIDNIGHT - timedelta(days=40)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
VALUE = Layout((("a21026", Statistic.VALUE),))
TOTAL = Layout((("a00000", Statistic.TOTAL),))
LENGTH = {Period.MINUTE: 5 * MINUTE, Period.HOUR: HOUR, Period.DAY: timedelta(days=1)}


def hear(
    store: Store,
    period: Period,
    starts: list[datetime],
    *,
    layout: Layout = VALUE,
    value: float = 1.0,
    flag: str | None = "N",
    late: bool = False,
    mn: str = "MN1",
) -> tuple[int, datetime]:
    """Store reports; the device's number and when it was first heard."""
    with store.write() as connection:
        number = devices.numbers(connection, {mn: ("t", "p", FIRST)})[mn]
        layouts = devices.layout_numbers(connection, [layout])
        reports = [
            Readings(mn, period, start, start + LENGTH[period], layout, [value], (flag,))
            for start in starts
        ]
        readings.add(
            connection,
            [
                Arrival(r, number, layouts[layout], late, None, to_ms(r.end), n)
                for n, r in enumerate(reports)
            ],
        )
    return number, FIRST


def missing(store: Store, days: int = 1) -> list[Gap]:
    with store.read() as connection:
        return coverage.device_gaps(connection, "MN1", NOW, days, ZONE)


def test_a_device_never_heard_misses_nothing(store: Store) -> None:
    assert missing(store) == []


def test_missing_hours_of_today_until_grace_ends(store: Store) -> None:
    hear(store, Period.HOUR, [MIDNIGHT + n * HOUR for n in range(12) if n not in (4, 5, 11)])
    assert missing(store) == [Gap(Period.HOUR, MIDNIGHT + 4 * HOUR, MIDNIGHT + 6 * HOUR, 2)]


def test_any_version_and_any_pollutant_is_there(store: Store) -> None:
    hours = [MIDNIGHT + n * HOUR for n in range(12)]
    hear(store, Period.HOUR, hours[:5], flag="D", value=math.nan)
    hear(store, Period.HOUR, hours[4:], layout=TOTAL, late=True)
    assert missing(store) == []


def test_minutes_are_due_at_the_devices_own_interval(store: Store) -> None:
    starts = [MIDNIGHT + n * 5 * MINUTE for n in range(138)]
    hear(store, Period.MINUTE, starts[:20] + starts[24:])
    assert missing(store) == [
        Gap(Period.MINUTE, MIDNIGHT + 100 * MINUTE, MIDNIGHT + 120 * MINUTE, 4)
    ]


def test_a_period_that_is_never_sent_is_not_missing_and_one_that_stopped_is(store: Store) -> None:
    hear(store, Period.HOUR, [MIDNIGHT - 30 * HOUR])
    hear(store, Period.MINUTE, [MIDNIGHT - timedelta(days=3) + n * 20 * MINUTE for n in range(9)])
    assert {gap.period: gap.missing for gap in missing(store)} == {
        Period.HOUR: 10,
        Period.MINUTE: 34,  # of 20 minutes each, until 11:30
    }


def test_days_by_date(store: Store) -> None:
    days = [MIDNIGHT - timedelta(days=n) for n in (5, 4, 2)]
    hear(store, Period.DAY, days)
    found = [gap for gap in missing(store, days=6) if gap.period is Period.DAY]
    # yesterday may still come
    assert found == [Gap(Period.DAY, MIDNIGHT - timedelta(days=3), MIDNIGHT - timedelta(days=2), 1)]


@pytest.mark.parametrize("late", [False, True])
def test_rates_of_the_hours_stored(store: Store, late: bool) -> None:
    hours = [MIDNIGHT + n * HOUR for n in range(10)]
    hear(store, Period.HOUR, hours[:4])
    hear(store, Period.HOUR, hours[:2], layout=TOTAL)
    hear(store, Period.HOUR, hours[4:6], flag="M")
    heard = hear(store, Period.HOUR, hours[6:8], late=late)
    hear(store, Period.HOUR, [MIDNIGHT], value=math.nan, mn="OTHER")
    with store.read() as connection:
        in_time, with_late = coverage.hour_rates(
            connection, *heard, MIDNIGHT, MIDNIGHT + timedelta(days=1), NOW, ZONE
        )
    assert (with_late.due, with_late.received, with_late.valid) == (10, 8, 6)
    assert (in_time.received, in_time.valid) == ((6, 4) if late else (8, 6))


def test_who_sends_no_hours_has_no_rates(store: Store) -> None:
    heard = hear(store, Period.MINUTE, [MIDNIGHT])
    with store.read() as connection:
        found, _ = coverage.hour_rates(
            connection, *heard, MIDNIGHT, MIDNIGHT + timedelta(days=1), NOW, ZONE
        )
    assert (found.due, found.effective) == (0, None)


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_what_came_late_and_in_time_came_in_time(store: Store, order: tuple[bool, bool]) -> None:
    hours = [MIDNIGHT, MIDNIGHT + HOUR]
    for late in order:
        heard = hear(store, Period.HOUR, hours, late=late)
    hear(store, Period.HOUR, [MIDNIGHT + 2 * HOUR], late=True)
    with store.read() as connection:
        in_time, with_late = coverage.hour_rates(
            connection, *heard, MIDNIGHT, MIDNIGHT + 3 * HOUR, NOW, ZONE
        )
    assert (in_time.received, with_late.received) == (2, 3)

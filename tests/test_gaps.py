"""What is missing, and how much of what came is valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import gaps
from monitor.clock import from_ms, to_ms
from monitor.gaps import Gap, due, interval, span
from monitor.observation import Period
from monitor.rates import Value, rates

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
BEGIN = datetime(2026, 11, 1, tzinfo=SHANGHAI)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
TEN = timedelta(minutes=10)


def naive_slots(
    period: Period, since: datetime, until: datetime, zone: ZoneInfo, step: timedelta
) -> list[tuple[datetime, datetime]]:
    """Every slot, by walking through the minutes of the clock on the wall."""
    edges = []
    at = since.astimezone(UTC).replace(second=0, microsecond=0)
    while at <= until:
        wall = at.astimezone(zone)
        on_edge = {
            Period.DAY: (wall.hour, wall.minute) == (0, 0),
            Period.HOUR: wall.minute == 0,
            Period.MINUTE: (wall.hour * 60 + wall.minute) % (step // MINUTE) == 0,
        }[period]
        if on_edge and at >= since:
            edges.append(at)
        at += MINUTE
    return list(pairwise(edges))


def naive_gaps(slots: list[tuple[datetime, datetime]], starts: list[datetime]) -> list[datetime]:
    return [low for low, high in slots if not any(low <= start < high for start in starts)]


def listed(found: list[Gap], slots: list[tuple[datetime, datetime]]) -> list[datetime]:
    """The starts of the slots that gaps name, one by one."""
    return [low for gap in found for low, _ in slots if gap.start <= low < gap.end]


@settings(max_examples=120, deadline=None)
@given(
    period=st.sampled_from(gaps.KINDS),
    zone=st.sampled_from([SHANGHAI, BERLIN, KOLKATA]),
    begin=st.integers(0, 3 * 24 * 3600),
    minutes=st.integers(0, 3 * 24 * 60),
    step=st.sampled_from([1, 5, 10, 20, 30]),
    offsets=st.lists(st.integers(-60, 3 * 24 * 60), max_size=40),
)
def test_gaps_are_the_slots_without_anything(
    period: Period, zone: ZoneInfo, begin: int, minutes: int, step: int, offsets: list[int]
) -> None:
    since = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(seconds=begin)  # Berlin's clocks change
    until = since + minutes * MINUTE
    starts = [since + offset * MINUTE for offset in offsets]
    every = timedelta(minutes=step)
    slots = naive_slots(period, since, until, zone, every)
    found = due(period, since, until, zone, every).gaps(map(to_ms, starts))
    missing = naive_gaps(slots, starts)
    assert listed(found, slots) == missing
    assert sum(gap.missing for gap in found) == len(missing)
    for before, after in pairwise(found):
        assert before.end < after.start  # runs are as long as they can be


def test_a_run_is_told_as_one() -> None:
    slots = due(Period.HOUR, BEGIN, BEGIN + DAY, SHANGHAI, TEN)
    there = [BEGIN + n * HOUR for n in range(24) if n not in (3, 4, 5, 23)]
    assert slots.gaps(map(to_ms, there)) == [
        Gap(Period.HOUR, BEGIN + 3 * HOUR, BEGIN + 6 * HOUR, 3),
        Gap(Period.HOUR, BEGIN + 23 * HOUR, BEGIN + 24 * HOUR, 1),
    ]


def test_labels_that_are_a_little_off_are_there() -> None:
    slots = due(Period.MINUTE, BEGIN, BEGIN + HOUR, SHANGHAI, TEN)
    there = [BEGIN + n * TEN + timedelta(seconds=7) for n in range(6)]
    assert slots.gaps(map(to_ms, there)) == []


def test_nothing_is_due_before_a_device_was_heard_nor_while_it_may_still_come() -> None:
    now = BEGIN + 10 * HOUR
    first = BEGIN + timedelta(minutes=90)
    assert span(Period.HOUR, BEGIN, now, first, now) == (first, now - 2 * HOUR)
    slots = due(Period.HOUR, *span(Period.HOUR, BEGIN, now, first, now), SHANGHAI, TEN)
    assert [from_ms(slots.edges[0]), from_ms(slots.edges[-1])] == [
        BEGIN + 2 * HOUR,
        BEGIN + 8 * HOUR,
    ]
    assert len(due(Period.HOUR, now, BEGIN, SHANGHAI, TEN)) == 0


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([0, 5, 10, 15, 60, 65], 5),
        ([0, 1, 2, 3, 10, 20, 30], 1),
        ([0, 10, 20, 21], 10),
        ([0, 5, 15], 5),  # as common: the shorter
        ([0, 600], 10),
        ([7], 10),
        ([], 10),
        ([0, 0, 0], 10),
    ],
)
def test_the_interval_is_the_commonest_distance(minutes: list[int], expected: int) -> None:
    starts = [to_ms(BEGIN + n * MINUTE) for n in minutes]
    assert interval(starts, otherwise=TEN) == expected * MINUTE


# --- rates -----------------------------------------------------------------------------------

SLOTS = due(Period.HOUR, BEGIN, BEGIN + 4 * HOUR, SHANGHAI, TEN)


def value(
    hour: int,
    pollutant: str = "a21026",
    flag: str | None = "N",
    *,
    readable: bool = True,
    late: bool = False,
    sent: int = 0,
) -> Value:
    return Value(to_ms(BEGIN + hour * HOUR), pollutant, readable, flag, late, (sent, 0, 0))


def test_rates_are_kept_twice() -> None:
    values = [
        value(0),
        value(0, "a21002"),
        value(1, flag="D"),
        value(2, late=True),
        value(9),  # not asked for
    ]
    in_time, with_late = rates(SLOTS, values)
    assert (in_time.due, in_time.received, in_time.valid) == (4, 2, 1)
    assert (in_time.transmission, in_time.validity, in_time.effective) == (0.5, 0.5, 0.25)
    assert (with_late.due, with_late.received, with_late.valid) == (4, 3, 2)


def test_a_group_is_valid_when_all_that_was_sent_in_it_is() -> None:
    values = [value(0), value(0, "a21002", readable=False), value(1, flag=None), value(2, flag="F")]
    _, found = rates(SLOTS, values)
    assert (found.received, found.valid) == (3, 1)


def test_of_a_rewritten_value_the_last_sent_counts() -> None:
    values = [value(0, flag="N", sent=1), value(0, flag="D", sent=2, late=True)]
    in_time, with_late = rates(SLOTS, values)
    assert (in_time.valid, with_late.valid) == (1, 0)


def test_nothing_due_has_no_rates() -> None:
    found, _ = rates(due(Period.HOUR, BEGIN, BEGIN, SHANGHAI, TEN), [])
    assert (found.transmission, found.validity, found.effective) == (None, None, None)

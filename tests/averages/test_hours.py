"""When an hour, a day, a month counts, and what it is then."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.averages import (
    AIR,
    VALIDITY,
    WATER,
    Means,
    Validity,
    days,
    hours,
    minutes,
    months,
)
from tests.averages import naive
from tests.averages.naive import Slot
from tests.averages.tables import arrays, numbers, same, series_of, tables_of

FLOW = st.none() | st.integers(0, 900).map(lambda n: n / 10) | st.just(-1.0)


def hour_of(valid_minutes: int, value: float = 30.0) -> list[Slot]:
    """An hour of air with so many valid minutes; in the others the device had a fault."""
    return [(value, n < valid_minutes) for n in range(60)]


def chunks(row: list[Slot], size: int) -> list[list[Slot]]:
    return [row[at : at + size] for at in range(0, len(row), size)]


@settings(max_examples=60, deadline=None)
@given(tables_of(120))
def test_hours_of_stacks_are_what_a_clerk_computes(table: list[list[Slot]]) -> None:
    found = hours(*arrays(table), AIR)
    same(found, [[naive.air(hour, 45) for hour in chunks(row, 60)] for row in table])


@settings(max_examples=60, deadline=None)
@given(table=tables_of(12), data=st.data(), measured=st.booleans())
def test_hours_of_outfalls_are_what_a_clerk_computes(
    table: list[list[Slot]], data: st.DataObject, measured: bool
) -> None:
    """Of six values an hour, with a flow meter or without."""
    flow = st.lists(FLOW if measured else st.just(2.0), min_size=12, max_size=12)
    flows = data.draw(st.lists(flow, min_size=len(table), max_size=len(table)))
    found = hours(*arrays(table), WATER, per_hour=6, flows=numbers(flows))
    expected = [
        [naive.water(row[at : at + 6], flow[at : at + 6]) for at in (0, 6)]
        for row, flow in zip(table, flows, strict=True)
    ]
    same(found, expected)


@settings(max_examples=50, deadline=None)
@given(tables_of(23 + 24 + 25))
def test_days_of_stacks_are_what_a_clerk_computes(table: list[list[Slot]]) -> None:
    """Also where the clocks change, and days have 23 or 25 hours."""
    found = days(*arrays(table), AIR, [23, 24, 25])
    parts = ((0, 23), (23, 47), (47, 72))
    same(found, [[naive.air(row[low:high], 20) for low, high in parts] for row in table])


@settings(max_examples=50, deadline=None)
@given(tables_of(59))
def test_months_of_stacks_are_what_a_clerk_computes(table: list[list[Slot]]) -> None:
    found = months(*arrays(table), AIR, [31, 28])
    same(found, [[naive.air(row[:31], 25), naive.air(row[31:], 23)] for row in table])


@settings(max_examples=30, deadline=None)
@given(series_of(48))
def test_an_hour_that_does_not_count_is_missing_in_its_day(days_of_hours: list[Slot]) -> None:
    """From minutes to days: two days of hours that are whole, or half, or absent."""
    minutes_of = [hour_of(60 if ok else 40, value or 0.0) for value, ok in days_of_hours]
    hour = hours(*arrays([[minute for hour in minutes_of for minute in hour]]), AIR)
    day = days(hour.value, hour.normal, AIR)
    clerk = [naive.air(hour, 45).slot for hour in minutes_of]
    same(day, [[naive.air(clerk[:24], 20), naive.air(clerk[24:], 20)]])


@pytest.mark.parametrize(
    ("valid", "value", "flag"), [(60, 30.0, "N"), (45, 30.0, "N"), (44, None, "D"), (0, None, "D")]
)
def test_an_hour_of_a_stack_needs_45_valid_minutes(
    valid: int, value: float | None, flag: str
) -> None:
    found = hours(*arrays([hour_of(valid)]), AIR)
    same(found, [[naive.Average(value, valid, flag)]])


def test_an_hour_of_a_stack_that_was_not_heard_for_a_quarter_of_it_still_counts() -> None:
    hour: list[Slot] = [(30.0, True)] * 45 + [(None, True)] * 15
    same(hours(*arrays([hour]), AIR), [[naive.Average(30.0, 45, "N")]])
    hour[0] = (None, True)
    same(hours(*arrays([hour]), AIR), [[naive.Average(None, 44, "D")]])


def test_a_device_with_ten_minute_means_needs_five_of_six() -> None:
    def hour(good: int) -> list[Slot]:
        return [(30.0, n < good) for n in range(6)]

    found = hours(*arrays([hour(5) + hour(4)]), AIR, per_hour=6)
    assert np.isfinite(found.value).tolist() == [[True, False]]
    assert found.flags.tolist() == [["N", "D"]]


def test_one_abnormal_value_makes_the_hour_of_an_outfall_abnormal() -> None:
    hour: list[Slot] = [*[(30.0, True)] * 5, (80.0, False)]
    same(hours(*arrays([hour]), WATER, 6), [[naive.Average(30.0, 5, "D")]])


def test_one_value_in_an_hour_is_enough_for_an_outfall() -> None:
    hour: list[Slot] = [(30.0, True)] + [(None, True)] * 5
    same(hours(*arrays([hour]), WATER, 6), [[naive.Average(30.0, 1, "N")]])


@pytest.mark.parametrize("validity", VALIDITY.values())
def test_an_hour_of_which_nothing_came_is_accused_of_nothing(validity: Validity) -> None:
    found = hours(*arrays([[(None, True)] * 60]), validity)
    same(found, [[naive.Average(None, 0, "")]])
    assert not found.came.any()


@pytest.mark.parametrize("validity", VALIDITY.values())
def test_an_hour_of_which_only_fault_marks_came_is_abnormal(validity: Validity) -> None:
    found = hours(*arrays([[(None, False)] * 60]), validity)
    same(found, [[naive.Average(None, 0, "D")]])


def test_a_flow_meter_gone_mad_does_not_take_the_day_with_it() -> None:
    values, valid = arrays([[(1e10, True)] * 24])
    day = days(values, valid, WATER, flows=np.full((1, 24), 1e300))
    assert day.value.tolist() == [[1e10]]
    assert not day.weighted.any()


def test_silent_hours_of_an_outfall_leave_its_day_normal() -> None:
    hour = hours(*arrays([[(20.0, True)] * 6 + [(None, True)] * 138]), WATER, 6)
    same(days(hour.value, hour.normal, WATER), [[naive.Average(20.0, 1, "N")]])


@pytest.mark.parametrize(
    ("valid_hours", "counts", "flag"), [(20, True, "N"), (19, False, "N"), (17, False, "D")]
)
def test_a_day_of_a_stack_needs_20_valid_hours(valid_hours: int, counts: bool, flag: str) -> None:
    day: list[Slot] = [(30.0, n < valid_hours) for n in range(24)]
    found = days(*arrays([day]), AIR)
    assert np.isfinite(found.value).tolist() == [[counts]]
    assert found.flags.tolist() == [[flag]]


def test_a_february_needs_fewer_days() -> None:
    lengths = [31, 28, 31, 29, 29, 30]
    good = [24, 23, 25, 22, 23, 24]
    row: list[Slot] = []
    for length, days_of_it in zip(lengths, good, strict=True):
        row += [(5.0, n < days_of_it) for n in range(length)]
    found = months(*arrays([row]), AIR, lengths)
    assert np.isfinite(found.value).tolist() == [[False, True, True, False, True, False]]


def test_a_minute_needs_twelve_instants_or_all_that_are_due() -> None:
    def counts(per_minute: int, good: int) -> bool:
        row: list[Slot] = [(7.0, n < good) for n in range(per_minute)]
        found = minutes(*arrays([row]), AIR, per_minute)
        return bool(np.isfinite(found.value[0, 0]))

    assert counts(12, 12)  # every 5 s
    assert not counts(12, 11)
    assert counts(2, 2)  # every 30 s
    assert not counts(2, 1)
    assert counts(60, 12)  # every second
    assert not counts(60, 11)


def test_a_bureau_may_set_its_own_floors() -> None:
    stricter = dataclasses.replace(WATER, hours=12, instants=120)
    day: list[Slot] = [(30.0, True)] * 11 + [(None, True)] * 13
    assert np.isnan(days(*arrays([day]), stricter).value).all()
    assert np.isfinite(days(*arrays([day]), WATER).value).all()
    ten_minutes: list[Slot] = [(30.0, True)] * 119 + [(None, True)]
    assert np.isnan(minutes(*arrays([ten_minutes]), stricter, 120).value).all()


def test_a_day_of_an_outfall_is_weighted_by_flow_only_if_every_valid_hour_has_one() -> None:
    values, valid = arrays([[(10.0, True), (40.0, True), (99.0, False)] + [(None, True)] * 21] * 4)
    flows = np.zeros((4, 24))
    flows[:, :2] = [3.0, 1.0]
    flows[0, 2] = np.nan  # no flow where the value does not count: does not matter
    flows[1, 0] = np.nan
    flows[2, 0] = -3.0  # a fault of the meter
    flows[3, :2] = 0.0  # nothing flowed
    day = days(values, valid, WATER, flows=flows)
    assert day.value[:, 0].tolist() == [17.5, 25.0, 25.0, 25.0]
    assert day.weighted[:, 0].tolist() == [True, False, False, False]


@settings(max_examples=40, deadline=None)
@given(table=tables_of(180), ended=st.integers(0, 3), data=st.data())
def test_what_comes_later_changes_nothing_of_hours_that_have_ended(
    table: list[list[Slot]], ended: int, data: st.DataObject
) -> None:
    values, valid = arrays(table)
    before = hours(values[:, : 60 * ended], valid[:, : 60 * ended], AIR)
    later = data.draw(series_of(180 - 60 * ended))
    for row in table:
        row[60 * ended :] = later
    after = hours(*arrays(table), AIR)
    for field in dataclasses.fields(Means):
        known, now = getattr(before, field.name), getattr(after, field.name)[:, :ended]
        assert np.ascontiguousarray(known).tobytes() == np.ascontiguousarray(now).tobytes()


@settings(max_examples=60, deadline=None)
@given(table=tables_of(60), seed=st.integers(0, 2**32 - 1))
def test_the_order_in_which_minutes_arrived_does_not_matter(
    table: list[list[Slot]], seed: int
) -> None:
    values, valid = arrays(table)
    order = np.random.default_rng(seed).permutation(60)
    one, other = hours(values, valid, AIR), hours(values[:, order], valid[:, order], AIR)
    assert one.value.tobytes() == other.value.tobytes()
    assert one.flags.tolist() == other.flags.tolist()


def test_slots_that_make_no_whole_periods_are_refused() -> None:
    values, valid = arrays([[(1.0, True)] * 59])
    with pytest.raises(ValueError, match="59 slots"):
        hours(values, valid, AIR)
    with pytest.raises(ValueError, match="59 slots"):
        months(values, valid, AIR, [31, 29])
    with pytest.raises(ValueError, match="shape"):
        months(values, valid[:, :58], AIR, [31, 28])
    with pytest.raises(ValueError, match="shape"):
        days(values, valid, AIR, 59, flows=values[:, :1])
    with pytest.raises(ValueError, match="slots"):
        minutes(values, valid, AIR, 0)


def test_no_series_and_no_slots_are_no_error() -> None:
    assert hours(np.empty((0, 120)), np.empty((0, 120), np.bool_), AIR).value.shape == (0, 2)
    assert hours(np.empty((2, 0)), np.empty((2, 0), np.bool_), AIR).value.shape == (2, 0)
    assert days(np.empty((2, 0)), np.empty((2, 0), np.bool_), AIR, []).value.shape == (2, 0)

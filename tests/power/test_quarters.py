"""Quarter hours of a meter: whatever the spacing, the clock, the order, the counter's accidents."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.averages import Floats
from monitor.power import HOUR_MS, QUARTER_MS, Counter, Samples, quarters
from monitor.power.quarters import Counts

START = 1_785_513_600_000  # a full hour
MINUTE = 60_000
NAN = math.nan


def read(
    at: Sequence[float], energy: Sequence[float] | None = None, power: Sequence[float] | None = None
) -> Samples:
    """Readings at minutes after the start."""
    instants = np.array([START + round(minutes * MINUTE) for minutes in at], dtype=np.int64)
    nothing = np.full(len(instants), NAN)
    return Samples.of(
        instants,
        nothing if energy is None else np.array(energy, dtype=np.float64),
        nothing if power is None else np.array(power, dtype=np.float64),
    )


def spans(start: Counts, end: Counts, kwh: Floats) -> Samples:
    """What was used between times."""
    nothing = np.empty(0)
    amounts = (start, end, kwh)
    return Samples(at_ms=np.empty(0, np.int64), energy=nothing, power=nothing, amounts=amounts)


def of(samples: Samples, hours: int = 1, **counter: float) -> list[float | None]:
    found = quarters(samples, START, hours, Counter(**counter))  # type: ignore[arg-type]
    assert found.shape == (hours, 4)
    return [None if math.isnan(kw) else round(float(kw), 6) for kw in found.ravel()]


def test_the_counter_makes_the_mean() -> None:
    assert of(read([0, 15, 30, 45, 60], [100, 103, 103, 104, 110])) == [12, 0, 4, 24]


def test_a_line_that_stands_is_zero_and_a_dark_meter_is_nothing() -> None:
    assert of(read([0, 15, 30, 45, 60], [7, 7, 7, 7, 7])) == [0, 0, 0, 0]
    assert of(read([0, 15], [7, 8])) == [4, None, None, None]
    assert of(read([], [])) == [None] * 4
    assert of(read([30], [7])) == [None] * 4


def test_a_gap_is_not_bridged() -> None:
    dark = read([0, 15, 120, 135], [100, 103, 124, 127])
    assert of(dark, 3) == [12, *[None] * 7, 12, None, None, None]
    by_the_hour = read([0, 60, 120], [100, 110, 130])
    assert of(by_the_hour, 2) == [10] * 4 + [20] * 4


@pytest.mark.parametrize("after", [0.0, 0.5, 99.9])
def test_a_reset_counts_nothing(after: float) -> None:
    found = of(read([0, 15, 30, 45, 60], [100, 103, after, after + 2, after + 3]))
    assert found == [12, None, 8, 4]


def test_a_counter_that_rolls_over_at_a_known_width() -> None:
    samples = read([0, 15, 30, 45, 60], [9999.0, 9999.5, 0.5, 1.0, 1.5])
    assert of(samples, rolls_over_at=10_000) == [2, 4, 2, 2]
    assert of(samples) == [2, None, 2, 2]
    fell_back = read([0, 15, 30, 45, 60], [100, 103, 102, 104, 105])
    assert of(fell_back, rolls_over_at=10_000) == [12, None, 8, 4]


def test_a_change_of_ratio_is_no_energy() -> None:
    """From 103 kWh on the meter's side to 80 times as much on the line's."""
    samples = read([0, 15, 30, 45, 60], [100, 103, 8400, 8403, 8406])
    assert of(samples, most_kw=300) == [12, None, 12, 12]


def test_power_where_there_is_no_counter() -> None:
    assert of(read([0, 15, 30, 45, 60], power=[10, 10, 30, 30, 0])) == [10, 20, 30, 15]
    assert of(read([0, 15, 75], power=[10, 10, 10])) == [10] * 4
    assert of(read([0, 15, 90], power=[10, 10, 10])) == [10, None, None, None]


def test_the_counter_goes_before_power() -> None:
    samples = read([0, 15, 30, 45, 60], [0, 10, 20, 30, 40], [1, 1, 1, 1, 1])
    assert of(samples) == [40] * 4
    broken = read([0, 15, 30, 45, 60], [0, 10, NAN, 30, 40], [8, 8, 8, 8, 8])
    assert of(broken) == [40] * 4  # the counter was read before and behind


def test_a_coarse_counter_does_not_make_a_small_motor_stand() -> None:
    """A ratio of 400 lets the counter move by 4 kWh: 15 kW would be 0, 16, 16, 16."""
    minutes = range(0, 121, 15)
    counted = [0, 0, 4, 8, 12, 16, 16, 20, 24]
    assert of(read(minutes, counted), 2)[:2] == [0, 16]
    assert of(read(minutes, counted, [15] * 9), 2) == [15, 16, 16, 16, 16, 15, 16, 16]


def test_power_that_is_fed_back_is_no_load() -> None:
    assert of(read([0, 15, 30, 45, 60], power=[-5] * 5)) == [0] * 4


def test_energy_of_spans() -> None:
    ends = np.array([START + n * QUARTER_MS for n in (1, 2, 4)])
    kwh = np.array([3.0, 0.0, 5.0])
    once = spans(ends - QUARTER_MS, ends, kwh)
    assert of(once) == [12, 0, None, 20]
    starts, stops, twice = (np.concatenate([e, e]) for e in (ends - QUARTER_MS, ends, kwh))
    assert of(spans(starts, stops, twice)) == [12, 0, None, 20]
    assert once.heard_ms.tolist() == ends.tolist()


# --- in general -----------------------------------------------------------------------------------

SPACING = st.lists(st.integers(1, 55), min_size=4, max_size=40)


@given(SPACING, st.integers(-90, 90), st.floats(0, 500))
def test_neither_spacing_nor_a_skewed_clock_changes_an_even_load(
    spacing: list[int], skew: int, kw: float
) -> None:
    minutes = np.cumsum([0, *spacing]) + skew / 60
    samples = read(list(minutes), list(1000 + kw * minutes / 60))
    hours = int(minutes[-1]) // 60 + 1
    found = [each for each in of(samples, hours) if each is not None]
    assert found == pytest.approx([kw] * len(found), abs=1e-4)
    assert len(found) >= (minutes[-1] - minutes[0]) // 15 - 2


@given(st.lists(st.floats(0, 50), min_size=9, max_size=9), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(used: list[float], chance: object) -> None:
    minutes = [0, 7, 15, 22, 31, 40, 44, 58, 60]
    counter = list(np.cumsum(used))
    rows = list(zip(minutes, counter, used, strict=True)) * 2
    chance.shuffle(rows)  # type: ignore[attr-defined]  # a Random
    at, energy, power = zip(*rows, strict=True)
    assert of(read(at, energy, power)) == of(read(minutes, counter, used))


@given(
    st.lists(st.tuples(st.integers(1, 90), st.floats(-500, 500)), min_size=2, max_size=30),
    st.floats(10, 1000),
)
def test_whatever_a_counter_does_no_energy_is_invented(
    steps: list[tuple[int, float]], most: float
) -> None:
    minutes = np.cumsum([0, *(minute for minute, _ in steps)])
    moved = np.array([move for _, move in steps])
    samples = read(list(minutes), list(1000 + np.cumsum([0.0, *moved])))
    hours = int(minutes[-1]) // 60 + 1
    found = quarters(samples, START, hours, Counter(most_kw=most))
    known = found[np.isfinite(found)]
    assert (known >= 0).all()
    assert (known <= most * 1.000001).all()
    # a quarter that is known to nine tenths is scaled to a whole one
    assert known.sum() / 4 <= moved[moved > 0].sum() / 0.9 + 1e-6


@given(st.integers(2, 8), st.data())
def test_an_hour_rests_on_nothing_beyond_the_first_reading_behind_it(
    hours: int, data: st.DataObject
) -> None:
    minutes = range(0, hours * 60 + 1, 15)
    counter = np.cumsum(
        data.draw(st.lists(st.floats(0, 9), min_size=len(minutes), max_size=len(minutes)))
    )
    whole = quarters(read(minutes, list(counter)), START, hours)
    part = quarters(read(minutes[:9], list(counter[:9])), START, 2)
    np.testing.assert_array_equal(whole[:2], part)
    assert HOUR_MS == 4 * QUARTER_MS

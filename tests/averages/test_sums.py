"""A mean is the same to the last bit, in whatever order its values came."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.averages import exact_sum, mean
from tests.averages.naive import average
from tests.averages.tables import bits

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
measured = st.integers(-500, 99_999).map(lambda n: n / 100)
nasty = st.sampled_from([1e16, -1e16, 1.0, 2**-53, 1e-300, -1e300, 1e300, 5e-324, 0.1, -0.0])


def rows(width: int) -> st.SearchStrategy[list[list[float]]]:
    row = st.lists(finite, min_size=width, max_size=width)
    row |= st.lists(measured, min_size=width, max_size=width)
    row |= st.lists(nasty, min_size=width, max_size=width)
    return st.lists(row, min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 70).flatmap(rows))
def test_the_sum_is_the_exact_one_rounded_once(table: list[list[float]]) -> None:
    found = exact_sum(np.array(table))
    assert [bits(s) for s in found.tolist()] == [bits(math.fsum(row)) for row in table]


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 60).flatmap(rows), st.integers(0, 2**32 - 1))
def test_minutes_that_come_in_another_order_give_the_same_hour(
    table: list[list[float]], seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(table[0]))
    values = np.array(table)
    assert exact_sum(values).tobytes() == exact_sum(values[:, order]).tobytes()


def test_order_independence_is_more_than_plain_sums_have() -> None:
    minutes = np.array([[0.1, 0.2, 0.3] * 20])
    shuffled = np.sort(minutes, axis=-1)
    assert minutes[0].cumsum()[-1] != shuffled[0].cumsum()[-1]
    assert exact_sum(minutes) == exact_sum(shuffled)


def test_other_outlets_beside_it_change_nothing() -> None:
    rng = np.random.default_rng(7)
    values = rng.lognormal(3, 2, (5000, 60))
    values[::7] *= 10.0 ** rng.integers(-200, 200, (715, 60))  # these are summed the slow way
    together = exact_sum(values)
    for row in (0, 1, 7, 546, 547, 4999):
        assert exact_sum(values[row : row + 1])[0] == together[row] == math.fsum(values[row])


@given(st.lists(measured | st.none() | st.just(math.inf), min_size=1, max_size=60))
def test_what_is_no_number_is_left_out_and_not_taken_for_zero(row: list[float | None]) -> None:
    values = np.array([[math.nan if n is None else n for n in row]])
    there = [n for n in row if n is not None and n != math.inf]
    value, count = mean(values, np.ones(values.shape, np.bool_))
    assert count.tolist() == [len(there)]
    if there:
        assert bits(value[0]) == bits(average(there))
    else:
        assert math.isnan(value[0])


def test_no_slots_at_all_have_no_mean() -> None:
    value, count = mean(np.empty((3, 0)), np.empty((3, 0), np.bool_))
    assert np.isnan(value).all()
    assert not count.any()
    assert exact_sum(np.empty((0, 60))).shape == (0,)


@pytest.mark.parametrize("row", [[1e308, 1e308, -1e308, -1e308], [1.7e308, 1e308, -1.7e308]])
def test_numbers_beyond_all_sense_are_summed_exactly_while_the_sum_can_be(
    row: list[float],
) -> None:
    assert exact_sum(np.array([row]))[0] == float(sum(map(Fraction, row)))
    assert np.isnan(exact_sum(np.array([[1.7e308, 1.7e308]]))[0])


def test_the_given_numbers_are_left_as_they_were() -> None:
    for shape in ((1, 60), (60, 1), (3, 4)):
        values = np.full(shape, np.nan)
        exact_sum(values)
        assert np.isnan(values).all()

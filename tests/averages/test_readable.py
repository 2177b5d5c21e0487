"""Which numbers and flags may enter an average at all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitor.averages import AIR, hours, readable, valid_flags
from monitor.pollutants import POLLUTANTS, Pollutant


@pytest.mark.parametrize(
    "number", [9999.99, -9999.99, 99999.99, math.nan, math.inf, -math.inf, 1e9]
)
def test_signs_for_not_computable_never_enter_an_average(number: float) -> None:
    minutes = np.array([[30.0] * 50 + [number] * 10])
    valid = np.ones(minutes.shape, np.bool_)
    minutes[~readable(minutes, "a21026")] = np.nan
    hour = hours(minutes, valid, AIR)
    assert hour.value.tolist() == [[30.0]]
    assert hour.count.tolist() == [[50]]


@pytest.mark.parametrize("pollutant", POLLUTANTS.values(), ids=lambda p: p.code)
def test_the_maxima_of_both_editions_formats_are_no_readings(pollutant: Pollutant) -> None:
    maxima = pollutant.format_maxima
    signs = np.array([*maxima, *(-m for m in maxima), 9999.99, -9999.99])
    assert not readable(signs, pollutant.code).any()


def test_ordinary_readings_are_readings() -> None:
    assert readable(np.array([0.0, -0.3, 35.0, 9999.98]), "a21026").all()
    assert readable(np.array([0.0, 7.2, 14.0, 14.1]), "w01001").tolist() == [True] * 3 + [False]
    assert readable(np.array([5.0, 99999.99, 9999.99]), "x-own").tolist() == [True, True, False]


def test_only_no_flag_and_n_let_a_value_count() -> None:
    flags = np.array([[None, "N", "D"], ["Td", "", "n"]], dtype=object)
    assert valid_flags(flags).tolist() == [[True, True, False], [False, False, False]]

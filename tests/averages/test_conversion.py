"""Converted concentrations and masses."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.averages import (
    AIR,
    by_excess_air,
    converted,
    gas_mass,
    hours,
    to_reference_oxygen,
    water_mass,
)
from tests.averages.naive import Slot
from tests.averages.tables import arrays, bits

NONE = math.nan
concentration = st.floats(-10, 1e5)
oxygen = st.floats(0, 20.999)


def one(number: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[number]])


def close(found: float, exact: Fraction) -> bool:
    return abs(Fraction(found) - exact) <= 4 * Fraction(math.ulp(found))


@given(measured=concentration, there=oxygen, reference=oxygen)
def test_conversion_is_equation_28(measured: float, there: float, reference: float) -> None:
    found = to_reference_oxygen(one(measured), one(there), one(reference))[0, 0]
    assert bits(found) == bits(measured * (21 - reference) / (21 - there))
    exact = Fraction(measured) * (21 - Fraction(reference)) / (21 - Fraction(there))
    if there <= 20:  # nearer to air the difference itself is coarse in floats
        assert abs(Fraction(found) - exact) <= abs(exact) * Fraction(1, 10**13) + Fraction(5e-324)


@given(measured=concentration, there=oxygen, coefficient=st.floats(1, 3))
def test_conversion_by_excess_air_is_equations_26_and_27(
    measured: float, there: float, coefficient: float
) -> None:
    found = by_excess_air(one(measured), one(there), one(coefficient))[0, 0]
    assert bits(found) == bits(measured * (21 / (21 - there)) / coefficient)


def test_a_boiler_that_runs_at_its_reference_oxygen_is_not_converted() -> None:
    assert to_reference_oxygen(one(35.0), one(9.0), one(9.0))[0, 0] == 35.0
    assert to_reference_oxygen(one(35.0), one(15.0), one(9.0))[0, 0] == 70.0
    assert by_excess_air(one(35.0), one(10.5), one(2.0))[0, 0] == 35.0


@pytest.mark.parametrize("there", [21.0, 25.0, -0.1, math.nan, math.inf])
def test_what_cannot_be_computed_is_no_number(there: float) -> None:
    assert np.isnan(to_reference_oxygen(one(35.0), one(there), one(6.0))).all()
    assert np.isnan(by_excess_air(one(35.0), one(there), one(1.2))).all()


@pytest.mark.parametrize("there", [8.0, 21.0, math.nan])
def test_without_a_reference_in_the_standard_the_measured_value_stands(there: float) -> None:
    assert to_reference_oxygen(one(35.0), one(there), one(NONE))[0, 0] == 35.0
    assert by_excess_air(one(35.0), one(there), one(NONE))[0, 0] == 35.0


def test_a_reference_that_cannot_be_is_refused() -> None:
    for wrong in (21.0, -1.0):
        with pytest.raises(ValueError, match="reference"):
            to_reference_oxygen(one(35.0), one(8.0), one(wrong))
    with pytest.raises(ValueError, match="excess-air"):
        by_excess_air(one(35.0), one(8.0), one(0.9))


def test_an_hour_is_converted_by_the_hours_oxygen() -> None:
    """A minute of pure air does not outweigh the other fifty-nine."""
    sulphur: list[Slot] = [(30.0, True)] * 60
    air: list[Slot] = [*[(9.0, True)] * 59, (20.99, True)]
    measured, there = hours(*arrays([sulphur]), AIR), hours(*arrays([air]), AIR)
    found = converted(measured, there, one(9.0))
    assert found.value[0, 0] == 30.0 * 12 / (21 - math.fsum([9.0] * 59 + [20.99]) / 60)
    assert found.value[0, 0] < 31
    assert found.flags.tolist() == [["N"]]


def test_a_converted_hour_needs_its_oxygen() -> None:
    """44 minutes of oxygen: only the outlet whose standard needs none has its hour."""
    sulphur: list[Slot] = [(30.0, True)] * 60
    air: list[Slot] = [(9.0, n < 44) for n in range(60)]
    measured, there = hours(*arrays([sulphur] * 2), AIR), hours(*arrays([air] * 2), AIR)
    found = converted(measured, there, np.array([[6.0], [NONE]]))
    assert np.isnan(found.value[0, 0])
    assert found.value[1, 0] == 30.0
    assert found.flags.tolist() == [["D"], ["N"]]
    assert found.count.tolist() == [[44], [60]]


@given(measured=st.floats(0, 1e4), flow=st.floats(0, 1e7))
def test_the_mass_of_an_hour(measured: float, flow: float) -> None:
    kilograms = gas_mass(one(measured), one(flow))[0, 0]
    assert close(kilograms, Fraction(measured) * Fraction(flow) / 10**6)
    kilograms = water_mass(one(measured), one(flow))[0, 0]
    assert close(kilograms, Fraction(measured) * Fraction(flow) / 10**3)


def test_masses_in_words() -> None:
    assert gas_mass(one(35.0), one(200_000.0))[0, 0] == 7.0  # mg/m3, m3 in the hour
    assert water_mass(one(40.0), one(250.0))[0, 0] == 10.0  # mg/L, m3
    for flow in (-1.0, math.nan):
        assert np.isnan(gas_mass(one(35.0), one(flow))).all()
        assert np.isnan(water_mass(one(35.0), one(flow))).all()


def test_pollutants_of_a_stack_share_its_oxygen() -> None:
    """Rows of two stacks: sulphur, nitrogen, oxygen of the first, then of the second."""
    levels = (30.0, 60.0, 15.0, 30.0, 60.0, 9.0)
    hour = hours(*arrays([[(level, True)] * 60 for level in levels]), AIR)
    gases, their_oxygen = np.array([0, 1, 3, 4]), np.array([2, 2, 5, 5])
    found = converted(hour.of(gases), hour.of(their_oxygen), np.full((4, 1), 9.0))
    assert found.value.tolist() == [[60.0], [120.0], [30.0], [60.0]]

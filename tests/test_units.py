"""Units as clerks and makers spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import units
from monitor.pollutants import POLLUTANTS
from monitor.register import Instrument, Register
from monitor.units import factor, scaled


@pytest.mark.parametrize(
    "spelled",
    ["ug/m3", "µg/m³", "μg/m³", "UG/M3", "ug/Nm3", "μg / m3", "微克/立方米", "㎍/㎥", "ug/m^3"],
)
def test_one_unit_in_many_spellings(spelled: str) -> None:
    assert factor(spelled, "mg/m3") == 0.001
    assert factor(spelled, "ug/m3") == 1


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("ng/m3", "mg/m3", 1e-6),
        ("mg/m3", "ng/m3", 1e6),
        ("g/m3", "mg/m3", 1000),
        ("mg/L", "ug/L", 1000),
        ("g/L", "mg/m3", 1e6),
        ("m3/h", "m3/s", 1 / 3600),
        ("L/s", "m3/h", 3.6),
        ("m3/s", "L/s", 1000),
        ("Pa", "kPa", 0.001),
        ("MPa", "kPa", 1000),
        ("兆帕", "kPa", 1000),
        ("km/h", "m/s", 1 / 3.6),
        ("t", "kg", 1000),
        ("mS/cm", "uS/cm", 1000),
        ("℃", "degC", 1),
        ("无量纲", "", 1),
        ("%", "%", 1),
        ("个/升", "1/L", 1),
        ("ppm", "mg/m3", None),
        ("K", "degC", None),
        ("mg/m3", "kg", None),
        ("mg/m3", "m3/s", None),
        ("mg/m3", "%", None),
        ("", "mg/m3", None),
        ("随便", "mg/m3", None),
    ],
)
def test_factors(source: str, target: str, expected: float | None) -> None:
    assert factor(source, target) == expected


def test_every_unit_of_the_table_is_itself() -> None:
    for each in POLLUTANTS.values():
        assert factor(each.unit, each.unit) == 1
        assert factor(each.unit.upper(), each.unit) == 1


@given(st.text(max_size=12))
def test_anything_can_be_asked(text: str) -> None:
    assert factor(text, text) == 1
    found = factor(text, "mg/m3")
    assert found is None or found > 0


UNITS = ["ng/m3", "ug/m3", "mg/m3", "g/m3", "ug/L"]


@given(st.integers(-(10**9), 10**9), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_there_and_back(hundredths: int, one: str, other: str) -> None:
    value = hundredths / 100
    there, back = factor(one, other), factor(other, one)
    assert there is not None
    assert back is not None
    assert scaled(scaled(value, there), back) == pytest.approx(value, rel=1e-12)


def test_numbers_stay_readable() -> None:
    assert scaled(35.2, units.factor("ug/m3", "mg/m3") or 0) == 0.0352
    assert scaled(0.0352, units.factor("mg/m3", "ug/m3") or 0) == 35.2
    assert scaled(7200, units.factor("m3/h", "m3/s") or 0) == 2


def test_the_register_knows_who_sends_in_another_unit() -> None:
    def analyser(pollutant: str, unit: str | None, mn: str = "MN1") -> Instrument:
        return Instrument(mn=mn, pollutant=pollutant, unit=unit)

    books = Register(
        instruments=(
            analyser("a21026", "µg/m³"),
            analyser("a21002", "mg/m3"),
            analyser("a34013", None),
            analyser("a05024", "mg/m3"),
            analyser("zz1", "furlongs"),
            analyser("a21005", "ppm"),  # of before such units were refused
            analyser("a21026", "mg/m3", "MN2"),
        )
    )
    assert books.units("MN1") == {"a21026": 0.001, "a05024": 1000}
    assert books.units("MN2") == {}
    assert books.units("MN3") == {}

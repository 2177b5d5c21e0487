"""One table of codes for all editions."""

from __future__ import annotations

import math

import pytest

from monitor import pollutants
from monitor.pollutants import POLLUTANTS


def test_the_tables_of_2017_are_complete() -> None:
    kinds = [code[0] for code in POLLUTANTS]
    assert (kinds.count("w"), kinds.count("a"), kinds.count("L")) == (63, 122, 12)
    for each in POLLUTANTS.values():
        assert each.name_zh
        assert each.name_en
        assert each.low < each.high


def test_a_row() -> None:
    so2 = pollutants.get("a21026")
    assert so2 is not None
    assert (so2.name_zh, so2.name_en, so2.unit, so2.amount_unit) == (
        "二氧化硫",
        "SO2",
        "mg/m3",
        "kg",
    )
    assert (so2.old_code, so2.format, so2.format_maxima) == ("02", "N5.2", (99999.99,))


def test_the_formats_of_2025_beside_those_of_2017() -> None:
    changed = {each.code: each for each in POLLUTANTS.values() if each.format_2025}
    assert {code: (each.format, each.format_2025) for code, each in changed.items()} == {
        "a21002": ("N5.1", "N4.2"),
        "a34013": ("N4", "N4.1"),
        "a19001": ("N3.1", "N2.2"),
        "a01011": ("N5.2", "N2.2"),
        "a01013": ("N5.3", "N2.3"),
        "a01014": ("N3.1", "N3.2"),
    }
    assert changed["a21002"].format_maxima == (99999.9, 9999.99)
    assert changed["a21002"].high == 1e5
    assert (changed["a34013"].name_zh, changed["a34013"].name_2025) == ("烟尘", "颗粒物(烟尘)")


@pytest.mark.parametrize(
    ("old", "code"),
    [
        ("02", "a21026"),
        ("03", "a21002"),
        ("011", "w01018"),
        ("060", "w21003"),
        ("101", "w21011"),
        ("B01", "w00000"),
        ("B02", "a00000"),
        ("S01", "a19001"),
        ("S08", "a01013"),
    ],
)
def test_codes_of_2005(old: str, code: str) -> None:
    found = pollutants.from_2005(old)
    assert found is not None
    assert found.code == code


def test_unlisted_codes_are_unknown_but_not_wrong() -> None:
    assert pollutants.get("ua1") is None
    assert pollutants.from_2005("999") is None
    assert pollutants.plausible("ua1", 123456.0)
    assert not pollutants.plausible("ua1", 1e9)


@pytest.mark.parametrize(
    ("code", "value", "believed"),
    [
        ("a21026", 99999.9, True), ("a21026", 1e5, False), ("a21026", -5.0, True),
        ("w01001", 0.0, True), ("w01001", 14.0, True), ("w01001", -0.1, False), ("a19001", 20.9, True),
        ("a01014", 100.5, False), ("a01012", -20.0, True), ("a05024", 160.0, True),
        ("a21026", math.nan, False), ("a21026", math.inf, False),
    ],
)  # fmt: skip
def test_what_can_be_measured(code: str, value: float, believed: bool) -> None:
    assert pollutants.plausible(code, value) is believed

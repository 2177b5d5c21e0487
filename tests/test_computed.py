"""Averages computed beside the reported ones, against sums by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clock import to_ms
from monitor.computed import Computed, compute
from monitor.observation import Observation, Period
from monitor.register import Medium, Outlet

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 2, 8, tzinfo=ZONE)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STACK = Outlet(mn="X", uscc="U", code="DA001", medium=Medium.AIR, reference_oxygen=6.0)
DRAIN = Outlet(mn="X", uscc="U", code="DW001", medium=Medium.WATER)
FINER = {Period.HOUR: (Period.MINUTE, MINUTE), Period.DAY: (Period.HOUR, HOUR)}


def series(
    pollutant: str,
    values: Sequence[float | None],
    period: Period = Period.MINUTE,
    length: timedelta = MINUTE,
    flags: Sequence[str | None] | None = None,
    start: datetime = START,
    converted: Sequence[float | None] | None = None,
) -> list[Observation]:
    return [
        Observation(
            mn="X",
            pollutant=pollutant,
            period=period,
            start=start + n * length,
            end=start + (n + 1) * length,
            value=value,
            converted=converted[n] if converted else None,
            flag=flags[n] if flags else "N",
        )
        for n, value in enumerate(values)
    ]


def hour(outlet: Outlet, *finer: list[Observation]) -> dict[str, Computed]:
    span = (to_ms(START), to_ms(START + HOUR))
    found = compute(outlet, Period.HOUR, [span], [o for each in finer for o in each])
    return {each.pollutant: each for each in found}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=60, max_size=60), st.integers(4, 30))
def test_an_hour_is_the_exact_mean_of_its_valid_minutes_or_nothing(
    numbers: list[int], rare: int
) -> None:
    values = [None if n % rare == 1 else n / 100 for n in numbers]
    flags = ["D" if n % rare == 0 else "N" for n in numbers]
    valid = [v for v, f in zip(values, flags, strict=True) if v is not None and f == "N"]
    found = hour(STACK, series("a21026", values, flags=flags))["a21026"]
    assert found.count == len(valid)
    assert found.value == (math.fsum(valid) / len(valid) if len(valid) >= 45 else None)


def test_converted_by_the_hours_own_oxygen_and_mass_by_its_flow() -> None:
    found = hour(
        STACK,
        series("a21026", [30.0] * 60),
        series("a19001", [9.0] * 60),
        series("a00000", [10.0] * 60),
    )
    assert found["a21026"].converted == float(Fraction(30) * 15 / 12)
    assert found["a21026"].mass == 30.0 * 36000 / 1e6
    assert found["a19001"].converted is None
    assert found["a00000"].mass is None


def test_oxygen_of_air_converts_nothing() -> None:
    found = hour(STACK, series("a21026", [30.0] * 60), series("a19001", [21.0] * 60))
    assert (found["a21026"].value, found["a21026"].converted) == (30.0, None)


def test_water_is_weighted_by_its_flow() -> None:
    ten = timedelta(minutes=10)
    values, flow = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], [1.0, 1.0, 1.0, 1.0, 1.0, 5.0]
    found = hour(
        DRAIN,
        series("w01018", values, length=ten),
        series("w00000", flow, length=ten),
    )
    cod = found["w01018"]
    assert cod.arithmetic == 35.0
    assert cod.value == 450 / 10
    assert found["w00000"].value == found["w00000"].arithmetic == 10 / 6
    assert (cod.count, cod.due) == (6, 6)


def test_a_day_needs_twenty_hours_and_has_the_mean_of_converted_ones() -> None:
    midnight = START.replace(hour=0)
    span = (to_ms(midnight), to_ms(midnight + DAY))

    def day(count: int) -> Computed:
        hours = series(
            "a21026", [10.0] * count, Period.HOUR, HOUR, start=midnight, converted=[12.5] * count
        )
        (found,) = compute(STACK, Period.DAY, [span], hours)
        return found

    assert (day(20).value, day(20).converted, day(20).due) == (10.0, 12.5, 24)
    assert (day(19).value, day(19).converted, day(19).count) == (None, None, 19)


def test_nothing_gives_nothing() -> None:
    assert compute(STACK, Period.HOUR, [(0, 1)], []) == []

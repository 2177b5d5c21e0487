"""What an inspector would say of small cases, and what the rules over curves say of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from bench.detection.series import ZONE
from monitor.clock import to_ms
from monitor.curves import FLOW, OXYGEN, Curve, Curves
from monitor.register import Medium, Outlet
from monitor.rules import CURVE_RULES

SO2, DUST = "a21026", "a34013"
DAYS = 64
HOURS = DAYS * 24
LAST = HOURS - 24
"""Where cases begin: an hour at which a day does."""
HOUR_OF_DAY = np.arange(HOURS) % 24
Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def noise(seed: int) -> Numbers:
    return np.random.default_rng(seed).standard_normal(HOURS)


def channel(value: Numbers, *, digits: int = 2, limit: float = 35.0, **more: Any) -> Curve:
    numbers, nothing = np.round(value, digits), np.full(HOURS, np.nan)
    whole = {
        "value": numbers, "converted": nothing, "first": numbers, "first_converted": nothing,
        "flag": np.full(HOURS, "N", dtype="<U1"), "limit": np.full(HOURS, limit),
        "day_limit": nothing, "marked": np.zeros(HOURS, dtype=np.bool_),
        "late": np.zeros(HOURS, dtype=np.bool_), "by_converted": np.zeros(HOURS, dtype=np.bool_),
        "day_by_converted": np.zeros(HOURS, dtype=np.bool_),
    }  # fmt: skip
    return Curve(**(whole | more))


def outlet(*, oxygen: Numbers | None = None, flow: Numbers | None = None, **codes: Curve) -> Curves:
    """Curves of an outlet that works all the time, unless its flow is given."""
    beside = {FLOW: channel(30 + noise(90) if flow is None else flow, limit=np.nan)}
    if oxygen is not None:
        beside[OXYGEN] = channel(oxygen, limit=np.nan)
    return Curves(
        outlet=Outlet(mn="示例", uscc="91000000MA0000000N", code="DA001", medium=Medium.AIR),
        start_ms=to_ms(datetime(2026, 3, 1, tzinfo=ZONE)),
        hours=HOURS,
        zone=ZONE,
        channels=codes | beside,
        stopped=np.zeros(HOURS, dtype=np.bool_),
    )


def raised(rule: str, curves: Curves, pollutant: str = SO2) -> bool:
    """Whether a rule says anything of a channel's last three days."""
    one = CURVE_RULES[rule]
    for trace in one.judge(curves, one.thresholds):
        if trace.pollutant == pollutant:
            last = 3 if len(trace.raised) == DAYS else 72
            return bool(trace.raised[-last:].any())
    return False


def at(value: Numbers, first: int, hours: int, instead: Numbers | float) -> Numbers:
    made = value.copy()
    made[first : first + hours] = instead
    return made


@pytest.mark.parametrize(
    ("depth", "stands", "known", "expected"),
    [(1.5, False, True, True), (0.7, False, True, False), (1.5, True, True, False),
     (1.5, False, False, False)],
)  # fmt: skip
def test_one_hour_below_zero_counts_by_a_whole_detection_limit_at_a_plant_that_runs(
    depth: float, stands: bool, known: bool, expected: bool
) -> None:
    value = at(20 + noise(1), LAST, 1, -depth)
    flow = at(30 + noise(2), LAST - 5, 10, 0.0) if stands else None
    curves = outlet(flow=flow, a21026=channel(value, detection_limit=1.0 if known else None))
    assert raised("negative-value", curves) is expected


@pytest.mark.parametrize(("level", "expected"), [(20.0, True), (3.0, False)])
def test_two_hours_of_zero_count_where_the_channel_is_never_near_it(
    level: float, expected: bool
) -> None:
    value = at(level + 0.5 * noise(1), LAST, 2, 0.0)
    assert raised("zero-value", outlet(a21026=channel(value, detection_limit=1.0))) is expected


@pytest.mark.parametrize("visits", [False, True])
def test_half_a_day_about_the_detection_limit_is_held_against_the_channels_habit(
    visits: bool,
) -> None:
    usual = 5 + 0.3 * noise(1)
    if visits:
        usual[HOUR_OF_DAY == 3] = 1.0
    value = at(usual, LAST, 14, 1.0 + 0.1 * noise(2)[:14])
    curves = outlet(a21026=channel(value, detection_limit=1.0))
    assert raised("near-detection-limit", curves) is not visits


@pytest.mark.parametrize(("late", "expected"), [(2, False), (3, True)])
def test_a_day_less_than_nine_tenths_of_which_came_in_time_is_late(
    late: int, expected: bool
) -> None:
    curves = outlet(a21026=channel(20 + noise(1)))
    lateness = np.zeros(HOURS, dtype=np.bool_)
    lateness[LAST : LAST + late] = True
    channels = {code: replace(each, late=lateness) for code, each in curves.channels.items()}
    assert raised("late-data", replace(curves, channels=channels), "") is expected


@pytest.mark.parametrize("furnace", [False, True])
def test_marks_upon_exceedances_of_the_morning_are_starts_of_furnaces_only(furnace: bool) -> None:
    works = (HOUR_OF_DAY >= 7) & (HOUR_OF_DAY < 20)
    flow = np.where(works, 30 + noise(2), 0.0)
    peaks = (HOUR_OF_DAY == 9) & (np.arange(HOURS) // 24 % 4 == 0)
    curve = channel(np.where(peaks, 50.0, 20 + noise(1)), marked=peaks)
    oxygen = np.where(works, 8 + 0.2 * noise(3), 20.5) if furnace else None
    curves = outlet(flow=flow, oxygen=oxygen, a21026=curve)
    assert raised("marks-cover-exceedances", curves) is not furnace


@pytest.mark.parametrize(("before", "expected"), [(0.2, True), (0.035, False)])
def test_a_standard_deviation_of_a_few_percent_counts_where_it_was_never_so_small(
    before: float, expected: bool
) -> None:
    size = np.where(np.arange(HOURS) < HOURS - 18 * 24, before, 0.035)
    value = 30 * (1 + size * noise(1))
    curves = outlet(a21026=channel(value, detection_limit=10.0))
    assert raised("low-variance", curves) is expected


@pytest.mark.parametrize(("digits", "expected"), [(2, True), (0, False)])
def test_flatness_among_others_needs_digits_that_would_show_more(
    digits: int, expected: bool
) -> None:
    swing = 1 + 0.3 * np.sin(np.arange(HOURS) / 24 * 2 * np.pi)
    value = at(3.0 + 0.3 * noise(1) * swing, HOURS - 60, 60, 3.1)
    curves = outlet(a21026=channel(value, digits=digits), a34013=channel(9 * swing + noise(2)))
    assert raised("cross-channel", curves) is expected


@pytest.mark.parametrize(("days", "expected"), [(0, False), (2, False), (6, True)])
def test_a_channel_that_no_longer_goes_with_the_other(days: int, expected: bool) -> None:
    kernel = np.exp(-np.arange(60) / 6) / np.sqrt(3)
    common, apart = (np.convolve(noise(seed), kernel)[:HOURS] for seed in (7, 8))
    own = 12 + np.where(np.arange(HOURS) < HOURS - 24 * days, common, apart) + 0.3 * noise(2)
    dust = 9 + common + 0.3 * noise(1)
    curves = outlet(a21026=channel(own), a34013=channel(dust))
    assert raised("cross-channel", curves) is expected


def test_channels_that_never_went_together_do_not_part() -> None:
    curves = outlet(a21026=channel(12 + noise(1)), a34013=channel(9 + noise(2)))
    assert not raised("cross-channel", curves)


def _twice(results: Numbers) -> Numbers:
    """Each result of an analyser of two hours, sent twice."""
    return np.repeat(results[: HOURS // 2], 2)


def test_equal_results_that_are_sent_twice_are_no_constant_value() -> None:
    results = _twice(np.round(5 + 0.4 * noise(1), 1))
    value = at(results, LAST, 6, 5.2)
    assert not raised("constant-value", outlet(a21026=channel(value)))
    assert raised("constant-value", outlet(a21026=channel(at(results, LAST, 24, 5.2))))


def test_what_is_not_detected_may_be_one_number() -> None:
    value = at(20 + noise(1), LAST, 12, 0.5)
    for detects, expected in ((1.0, False), (0.2, True)):
        curves = outlet(a21026=channel(value, detection_limit=detects))
        assert raised("constant-value", curves) is expected


@pytest.mark.parametrize(("hours", "expected"), [(4, False), (12, True)])
def test_two_results_are_not_flat(hours: int, expected: bool) -> None:
    results = _twice(20 + 2 * noise(1))
    level = _twice(6 + 0.05 * noise(2))
    value = at(results, LAST, hours, level[:hours])
    assert raised("step-change", outlet(a21026=channel(value))) is expected


def test_a_little_less_flow_does_not_explain_a_tenth_of_the_concentration() -> None:
    value = at(20 + noise(1), LAST, 8, 2 + 0.02 * noise(2)[:8])
    for left, expected in ((0.65, True), (0.4, False)):
        flow = at(30 + noise(3), LAST, 24, 30 * left)
        assert raised("step-change", outlet(flow=flow, a21026=channel(value))) is expected


@pytest.mark.parametrize("banked", [True, False])
def test_nights_that_are_thinned_by_air_are_no_change_of_treatment(banked: bool) -> None:
    night = (HOUR_OF_DAY >= 22) | (HOUR_OF_DAY < 6)
    lately = night & (np.arange(HOURS) >= HOURS - 8 * 24)
    value = 20 + noise(1)
    oxygen = 9 + 0.1 * noise(2)
    value[lately] *= 0.4
    if banked:
        oxygen[lately] = 20.9 - 0.4 * (20.9 - oxygen[lately])
    curves = outlet(oxygen=oxygen, a21026=channel(value))
    assert raised("day-night", curves) is not banked


@pytest.mark.parametrize(("hours", "expected"), [(4, False), (8, True)])
def test_a_third_of_air_is_told_where_oxygen_is_always_high(hours: int, expected: bool) -> None:
    oxygen, value = 16 + 0.2 * noise(1), 20 + noise(2)
    span = slice(LAST, LAST + hours)
    oxygen[span] += 0.35 * (20.9 - oxygen[span])
    value[span] *= 0.65
    curves = outlet(oxygen=oxygen, a21026=channel(value))
    assert raised("oxygen-decoupling", curves, OXYGEN) is expected

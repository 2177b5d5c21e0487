"""Synthetic outlets are the same for a seed; faults are what they say and change nothing else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.detection import run, table
from bench.detection.facts import facts
from bench.detection.industries import BOILER, INDUSTRIES, POWER, Industry
from bench.detection.injectors import INJECTORS, WARM_UP, excused, inject
from bench.detection.injectors.editing import busy
from bench.detection.parameters import FIRST_SEED, TABLE, Phase
from bench.detection.series import generate
from bench.detection.truth import LATENCY_OF_DAYS, RULES, Truth
from monitor.curves import OXYGEN, Curves
from tests.detection.kit import ARRAYS, DAYS, differs, outlet

FLAGS = {"", "N", "F", "M", "S", "D", "C", "T", "B"}


@pytest.mark.parametrize("industry", INDUSTRIES, ids=lambda each: each.name)
def test_an_outlet_is_the_same_for_a_seed_and_another_for_another(industry: Industry) -> None:
    assert not differs(generate(7, 60, industry=industry), generate(7, 60, industry=industry)).any()
    one, other = (generate(seed, 60, industry=industry) for seed in (7, 8))
    assert differs(one, other).mean() > 0.9


@pytest.mark.parametrize("industry", INDUSTRIES, ids=lambda each: each.name)
def test_shapes_and_flags_are_those_of_curves(industry: Industry) -> None:
    for seed in (1, 2, 3):
        curves = outlet(seed, industry)
        assert curves.hours == DAYS * 24
        assert [first for first, _ in curves.days] == list(range(0, curves.hours, 24))
        assert set(curves.pollutants) == {each.code for each in industry.pollutants}
        for curve in curves.channels.values():
            for name in ARRAYS:
                assert getattr(curve, name).shape == (curves.hours,)
            assert set(np.unique(curve.flag)) <= FLAGS
            assert not np.any(curve.marked[curves.stopped] == False)  # noqa: E712 - an array
        missing = ~curves.came
        assert all(np.isnan(each.value[missing]).all() for each in curves.channels.values())


def test_honest_outlets_meet_what_makes_judging_hard() -> None:
    """Exceedances, equal values in a row, stops with warm gas, banked fires, gaps, late hours."""
    met = dict.fromkeys(("over", "equal", "warm stop", "banked", "gap", "late", "again"), 0)
    for seed in range(40):
        curves = outlet(seed, BOILER)
        oxygen, temperature = curves.channels[OXYGEN], curves.channels["a01012"]
        met["warm stop"] += int(np.sum((oxygen.flag == "F") & (temperature.value > 60)))
        met["banked"] += int(np.sum((oxygen.valid > 17) & ~oxygen.marked))
        met["gap"] += int(np.sum(~curves.came))
        for curve in curves.pollutants.values():
            met["over"] += int(np.sum(curve.held > curve.limit))
            step = np.diff(curve.valid) == 0
            met["equal"] += int(np.sum(step[2:] & step[1:-1] & step[:-2]))
            met["late"] += int(np.sum(curve.late & curve.came))
            met["again"] += int(np.sum(np.isfinite(curve.value) & (curve.first != curve.value)))
    assert all(met.values()), met


def test_honest_exceedances_are_rare_but_near_limits_there_are_plants() -> None:
    shares, levels = [], []
    for seed in range(40):
        for curve in outlet(seed, POWER).pollutants.values():
            held = curve.held[np.isfinite(curve.held)]
            if len(held):
                shares.append(float(np.mean(held > curve.limit[0])))
                levels.append(float(np.median(held)) / curve.limit[0])
    assert np.median(shares) < 0.002
    assert max(shares) < 0.05
    assert sum(0.7 < level < 0.9 for level in levels) >= 5
    assert sum(level < 0.2 for level in levels) >= 5


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("name", INJECTORS)
def test_a_fault_changes_nothing_outside_its_truth(name: str, phase: Phase) -> None:
    applied = 0
    for seed in range(1, 13):
        curves = outlet(seed)
        made, truths = inject(name, curves, np.random.default_rng(seed), phase)
        inside = np.zeros(curves.hours, dtype=np.bool_)
        for each in truths:
            assert each.rule == INJECTORS[name].rule
            assert not each.channel or each.channel in curves.channels
            assert 0 <= each.first <= each.last < curves.hours - LATENCY_OF_DAYS + 24
            assert each.first >= WARM_UP - 24
            inside[each.first : each.last + 1] = True
        changed = differs(curves, made)
        assert not np.any(changed & ~inside)
        assert bool(truths) == bool(changed.any())
        applied += bool(truths)
    assert applied, "it applies to some of a dozen outlets"


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    name=st.sampled_from(sorted(INJECTORS)),
    phase=st.sampled_from(list(Phase)),
    first=st.integers(0, 50),
)
def test_a_fault_is_the_same_for_a_seed(seed: int, name: str, phase: Phase, first: int) -> None:
    curves = outlet(first % 12)
    one, truths = inject(name, curves, np.random.default_rng(seed), phase)
    other, same = inject(name, curves, np.random.default_rng(seed), phase)
    assert truths == same
    assert not differs(one, other).any()


def injected(name: str) -> list[tuple[Curves, Curves, Truth]]:
    """An honest outlet, the same with a fault, and the truth, of some seeds."""
    found = []
    for seed in range(30):
        curves = outlet(seed)
        made, truths = inject(name, curves, np.random.default_rng(seed), Phase.FINAL)
        found += [(curves, made, each) for each in truths]
    return found


def held(curves: Curves, truth: Truth) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    number = curves.channels[truth.channel].held[truth.first : truth.last + 1]
    return number[np.isfinite(number)]


def test_what_is_stuck_is_one_number() -> None:
    for _, made, truth in injected("stuck-channel"):
        value = made.channels[truth.channel].valid[truth.first : truth.last + 1]
        assert len(np.unique(value[np.isfinite(value)])) == 1


def test_what_hardly_varies_varies_by_less_than_a_twentieth() -> None:
    for _, made, truth in injected("low-variance"):
        number = held(made, truth)
        assert np.std(number) / np.mean(number) < 0.05
        assert truth.last - truth.first + 1 >= 15 * 24


def test_what_hugs_a_limit_lies_below_it_by_a_tenth_at_most() -> None:
    for _, made, truth in injected("limit-hugging"):
        curve = made.channels[truth.channel]
        bound = curve.limit[0] if np.isfinite(curve.limit[0]) else curve.day_limit[0]
        assert np.all(held(made, truth) <= bound)
        assert np.all(held(made, truth) > 0.89 * bound)


def test_zero_negative_and_over_range_are_so() -> None:
    for _, made, truth in injected("zero-value"):
        assert np.all(held(made, truth) == 0)
    for _, made, truth in injected("negative-value"):
        value = made.channels[truth.channel].valid[truth.first : truth.last + 1]
        assert np.all(value[np.isfinite(value)] < 0)
    for _, made, truth in injected("over-range"):
        curve = made.channels[truth.channel]
        assert curve.range_high is not None
        value = curve.valid[truth.first : truth.last + 1]
        assert np.all(value[np.isfinite(value)] > curve.range_high)


def test_a_by_passed_line_shows_next_to_nothing() -> None:
    for honest, made, truth in injected("near-detection-limit"):
        code = truth.channel or min(made.pollutants)
        curve, slots = made.channels[code], slice(truth.first, truth.last + 1)
        bound = curve.limit[0] if np.isfinite(curve.limit[0]) else curve.day_limit[0]
        least = curve.detection_limit or bound / 100
        assert np.nanmax(curve.valid[slots]) <= 2 * least + 0.5  # half a digit of the coarsest
        assert np.nanmedian(busy(honest)[slots]) == 1


def test_a_step_is_down_by_half_and_more() -> None:
    for honest, made, truth in injected("step-change"):
        just = honest.channels[truth.channel].held[truth.first - 6 : truth.first]
        assert np.max(held(made, truth)) <= 0.5 * np.nanmin(just)


def test_a_repeated_day_is_an_earlier_one() -> None:
    compared = 0
    for _, made, truth in injected("repeated-day"):
        code = truth.channel or next(iter(made.pollutants))
        value, slots = made.channels[code].valid, slice(truth.first, truth.first + 24)
        off = [
            float(np.median(gap[np.isfinite(gap)]))
            for back in range(24, 22 * 24, 24)
            if np.isfinite(gap := np.abs(value[slots] / value[_back(slots, back)] - 1)).any()
        ]
        assert min(off, default=0) < 0.01  # nothing where that day had no good number anyway
        compared += bool(off)
    assert compared > 10


def _back(slots: slice, hours: int) -> slice:
    return slice(slots.start - hours, slots.stop - hours)


def test_dilution_leaves_what_is_converted() -> None:
    for honest, made, truth in injected("dilution"):
        slots = slice(truth.first, truth.last + 1)
        oxygen = honest.channels[OXYGEN].valid[slots], made.channels[OXYGEN].valid[slots]
        assert np.nanmedian(oxygen[1]) > np.nanmedian(oxygen[0])
        for code, curve in honest.pollutants.items():
            before, after = (
                float(np.nanmean(each.held[slots])) for each in (curve, made.channels[code])
            )
            assert after == pytest.approx(before, rel=0.15, abs=2)


def test_a_false_stop_leaves_the_numbers() -> None:
    for honest, made, truth in [*injected("flag-stop"), *injected("mark-stop")]:
        slots = slice(truth.first, truth.last + 1)
        for code, curve in made.channels.items():
            assert not curve.good[slots].any()
            np.testing.assert_array_equal(curve.value, honest.channels[code].value)


def test_a_day_over_its_limit_is_one() -> None:
    for _, made, truth in injected("forecast-exceedance"):
        assert any(
            each.rule == truth.rule and (each.channel, each.first) == (truth.channel, truth.first)
            for each in facts(made)
        )


def test_rewritten_hours_were_above_the_limit_and_are_not() -> None:
    for honest, made, truth in injected("rewritten"):
        found = [each for each in facts(made) if each.rule == "rewritten-value"]
        assert {truth.first, truth.last} <= {
            slot for each in found for slot in range(each.first, each.last + 1)
        }
        np.testing.assert_array_equal(
            made.channels[truth.channel].value, honest.channels[truth.channel].value
        )


def test_every_rule_has_a_fault_and_every_fault_a_rule() -> None:
    assert {each.rule for each in INJECTORS.values()} == set(RULES)
    assert set(TABLE) == set(INJECTORS)
    for injector in INJECTORS.values():
        assert injector.also <= set(RULES)
        assert all(injector.name in excused(rule) for rule in injector.also)
    assert all(f"`{rule}`" in table.faults() for rule in RULES)


def test_the_final_run_has_other_seeds_and_other_parameters() -> None:
    assert set(FIRST_SEED) == set(Phase)
    for one, other in pairwise(sorted(FIRST_SEED.values())):
        assert other - one > run.LEVEL_SEED + 100_000
    for name, drawn in TABLE.items():
        assert any(bounds[0] != bounds[1] for bounds in drawn.values()), name
        for of_dev, of_final in drawn.values():
            assert of_dev[0] < of_dev[1]
            assert of_final[0] < of_final[1]
            assert of_final[0] <= of_dev[0] or of_final[1] > of_dev[1]

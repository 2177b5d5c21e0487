"""The detection bench: outlets are the same for a seed, faults are what they say, counting is right."""

from __future__ import annotations

import csv
import sys
import types
from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.detection import run, study, table
from bench.detection.facts import facts
from bench.detection.hearing import Alert, Saying, alerts, delay, fresh, said
from bench.detection.industries import BOILER, INDUSTRIES, POWER, SEWAGE, Industry
from bench.detection.injectors import INJECTORS, WARM_UP, excused, inject
from bench.detection.parameters import FIRST_SEED, TABLE, Phase
from bench.detection.series import generate
from bench.detection.truth import LATENCY, LATENCY_OF_DAYS, RULES, Truth
from monitor.curves import OXYGEN, Curve, Curves
from monitor.observation import Period
from tests.detection import toys

FLAGS = {"", "N", "F", "M", "S", "D", "C", "T", "B"}
DAYS = 122
ARRAYS = [
    each.name
    for each in fields(Curve)
    if each.name not in ("range_low", "range_high", "detection_limit")
]


@cache
def outlet(seed: int, industry: Industry | None = None) -> Curves:
    return generate(seed, DAYS, industry=industry)


def differs(one: Curves, other: Curves) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The hours in which anything differs."""
    found = one.stopped != other.stopped
    for code, curve in one.channels.items():
        for name in ARRAYS:
            mine, theirs = getattr(curve, name), getattr(other.channels[code], name)
            same = mine == theirs
            if mine.dtype.kind == "f":
                same |= np.isnan(mine) & np.isnan(theirs)
            found |= ~same
    return found


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
    dev, final = FIRST_SEED[Phase.DEV], FIRST_SEED[Phase.FINAL]
    assert abs(final - dev) > run.FLEET_SEED + 100_000
    for name, drawn in TABLE.items():
        assert any(bounds[0] != bounds[1] for bounds in drawn.values()), name
        for of_dev, of_final in drawn.values():
            assert of_dev[0] < of_dev[1]
            assert of_final[0] < of_final[1]
            assert of_final[0] <= of_dev[0] or of_final[1] > of_dev[1]


def saying(raised: list[int], cleared: list[int], hours: int = 200, code: str = "a") -> Saying:
    slots = np.arange(hours)
    return Saying(code, np.isin(slots, raised), np.isin(slots, cleared))


def test_raised_slots_are_joined_until_one_is_cleared_or_long_silence() -> None:
    assert list(alerts([saying([], [3])], 24)) == []
    assert list(alerts([saying([5], [])], 24)) == [Alert("a", 5, 5)]
    assert list(alerts([saying([5, 6, 29], [])], 24)) == [Alert("a", 5, 29)]
    assert list(alerts([saying([5, 30], [])], 24)) == [Alert("a", 5, 5), Alert("a", 30, 30)]
    assert list(alerts([saying([5, 7], [6])], 24)) == [Alert("a", 5, 5), Alert("a", 7, 7)]
    assert list(alerts([saying([5, 6], [6])], 24)) == [Alert("a", 5, 6)]
    assert list(alerts([saying([5, 77], [4, 90])], 72)) == [Alert("a", 5, 77)]


@given(st.lists(st.integers(0, 199), max_size=30), st.lists(st.integers(0, 199), max_size=30))
def test_alerts_hold_every_raised_slot_once(raised: list[int], cleared: list[int]) -> None:
    found = list(alerts([saying(raised, cleared)], 24))
    for slot in raised:
        assert sum(each.first <= slot <= each.last for each in found) == 1
    for one, other in pairwise(found):
        assert one.last < other.first
    assert {each.first for each in found} <= set(raised)


def test_a_truth_is_found_within_its_latency_and_not_by_chance() -> None:
    truth = Truth("constant-value", "a", 50, 59)
    assert delay(truth, [saying([50], [])], [], days=False) == 1
    assert delay(truth, [saying([59 + LATENCY], [])], [], days=False) == 10 + LATENCY
    assert delay(truth, [saying([60 + LATENCY], [])], [], days=False) is None
    assert delay(truth, [saying([59 + LATENCY_OF_DAYS], [])], [], days=True) is not None
    assert delay(truth, [saying([49], [])], [], days=False) is None
    assert delay(truth, [saying([52], [])], [saying([52], [])], days=False) is None
    assert delay(truth, [saying([52, 55], [])], [saying([52], [])], days=False) == 6
    assert delay(truth, [saying([52], [], code="b")], [], days=False) is None
    assert delay(truth, [saying([52], [], code="")], [], days=False) == 3
    anywhere = replace(truth, channel="")
    assert delay(anywhere, [saying([55], [], code="b"), saying([53], [])], [], days=False) == 4
    forecast = replace(truth, rule="forecast-exceedance")
    assert delay(forecast, [saying([60], [])], [], days=True) is None


def test_what_the_twin_says_as_well_is_not_fresh() -> None:
    twin = [saying([10, 100], [])]
    assert list(fresh([saying([10, 12, 60], [])], twin, 24)) == [Alert("a", 60, 60)]
    assert list(fresh([saying([10], [], code="b")], twin, 24)) == [Alert("b", 10, 10)]


def test_a_day_is_known_at_its_end() -> None:
    curves = outlet(3, SEWAGE)
    assert toys.DAY_OVER.period is Period.DAY
    made, truths = inject("forecast-exceedance", curves, np.random.default_rng(0))
    heard = said(toys.DAY_OVER, made)
    assert [delay(each, heard, said(toys.DAY_OVER, curves), days=True) for each in truths] == [24]


def test_a_study_counts_false_alarms_and_recall() -> None:
    found = study.Findings()
    for seed in (FIRST_SEED[Phase.DEV], FIRST_SEED[Phase.DEV] + 2):
        found.add(study.study(seed, DAYS, Phase.DEV, toys.RULES))
    tried = [each for each in found.attempts if each.rule == "constant-value"]
    assert {each.injector for each in tried} <= {"stuck-channel", "stuck-velocity", "stuck-oxygen"}
    assert tried
    assert found.months == pytest.approx(2 * DAYS / study.MONTH)
    text = table.by_rule(found, list(toys.RULES))
    assert "`constant-value`" in text
    assert "stuck-channel" in table.by_injector(found)


def test_a_fact_is_no_false_alarm() -> None:
    curves, _ = inject("forecast-exceedance", outlet(3, SEWAGE), np.random.default_rng(0))
    heard = said(toys.DAY_OVER, curves)
    false, factual = study.sort_out(toys.DAY_OVER, facts(curves), heard)
    assert factual
    assert not false


def test_the_command_measures_and_counts_a_fleet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench.detection import __main__ as command
    from monitor import rules

    monkeypatch.setattr(rules, "CURVE_RULES", toys.RULES, raising=False)
    out = tmp_path / "table.md"
    for options in (
        ["--months", "3"],
        ["--months", "3", "--final"],
        ["--fleet", "2", "--days", "40"],
    ):
        few = ["--outlets", "2", "--jobs", "1", "--out", str(out), "--rules", "constant-value"]
        monkeypatch.setattr(sys, "argv", ["bench", *options, *few])
        command.main()
        assert "SYNTHETIC" in out.read_text("utf-8")
        assert "`constant-value`" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["bench", "--rules", "none-such"])
    with pytest.raises(SystemExit, match="none-such"):
        command.main()


def test_a_file_is_scored_row_by_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bench.detection import __main__ as command

    stand_in = types.ModuleType("monitor.scoring")
    stand_in.score = lambda values, *, season=24: values * season  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "monitor.scoring", stand_in)
    monkeypatch.delitem(sys.modules, "bench.detection.scored", raising=False)
    source = tmp_path / "series.csv"
    source.write_text(
        "timestamp,value\n2025-01-01 00:00,1.5\n2025-01-01 01:00,\n02,broken\n", "utf-8"
    )
    monkeypatch.setattr(sys, "argv", ["bench", "--csv", str(source), "--season", "2"])
    command.main()
    with (tmp_path / "series.csv.score.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["timestamp", "value", "score"]
    assert [row[2] for row in rows[1:]] == ["3.0", "", ""]
    monkeypatch.setattr(sys, "argv", ["bench", "--csv", str(source), "--column", "other"])
    with pytest.raises(SystemExit, match="other"):
        command.main()


def test_a_share_lies_within_its_bounds() -> None:
    for found, tried in ((0, 10), (5, 10), (10, 10), (99, 100)):
        low, high = table.wilson(found, tried)
        assert 0 <= low <= found / tried <= high <= 1

"""The product's rules over curves on synthetic outlets: causal, true to their look-back, described."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from bench.detection.contract import broken
from bench.detection.injectors import INJECTORS, inject
from bench.detection.series import generate
from monitor import scoring
from monitor.rules import CURVE_RULES, TUNED_RULES, Verdict
from tools.rule_catalogue import catalogue

DAYS, CUTS = 110, (24 * 75, 24 * 76 + 5, 24 * 90, 24 * 101 + 17)
_FAULTS = ("stuck-channel", "limit-hugging", "repeated-day", "dilution", "marks-cover-exceedances")


@pytest.mark.parametrize("name", CURVE_RULES)
def test_what_a_rule_says_rests_on_nothing_ahead_nor_before_its_look_back(name: str) -> None:
    for seed in (5, 6):
        honest = generate(seed, DAYS)
        faulty, _ = inject(_FAULTS[seed % len(_FAULTS)], honest, default_rng(seed))
        for curves in (honest, faulty):
            whole_days = [cut - cut % 24 for cut in CUTS]
            assert list(broken(CURVE_RULES[name], curves, whole_days)) == []


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(24 * 50, 24 * 60),
    st.sampled_from([0.0, 1.0, 30.0]),
)
def test_the_score_is_causal_and_says_nothing_where_nothing_is(
    seed: int, cut: int, noise: float
) -> None:
    dice = np.random.default_rng(seed)
    values = 10 + noise * dice.normal(size=24 * 60)
    values[dice.random(len(values)) < 0.05] = np.nan
    whole, part = scoring.score(values), scoring.score(values[:cut])
    np.testing.assert_array_equal(whole[:cut], part)
    assert np.isnan(whole[np.isnan(values)]).all()
    told = whole[np.isfinite(whole)]
    assert ((told >= 0) & (told <= scoring.CAP)).all()


def test_the_score_sees_a_level_that_was_never_there() -> None:
    values = 10 + np.random.default_rng(1).normal(size=24 * 60)
    values[24 * 55 :] += 30
    scores = scoring.score(values)
    assert scores[24 * 55] > 5 * np.nanmax(scores[: 24 * 55])


def test_a_series_without_any_variation_has_no_infinite_score() -> None:
    values = np.full(24 * 60, 5.0)
    values[-1] = 5.001
    assert np.nanmax(scoring.score(values)) < 1


def test_the_catalogue_is_that_of_the_rules() -> None:
    page = Path(__file__).resolve().parents[2].joinpath("docs/rules.md").read_text("utf-8")
    assert page == catalogue(), "run `make rules`"


@pytest.mark.parametrize("name", TUNED_RULES)
def test_a_rule_has_its_words_in_both_languages(name: str) -> None:
    rule = TUNED_RULES[name]
    for text in (rule.title, rule.ground):
        assert set(text) == {"zh", "en"}
        assert all(text.values())
    assert rule.clause
    assert fields(rule.thresholds)


def test_there_is_an_injected_fault_for_every_rule_over_curves() -> None:
    meant = {
        truth.rule
        for seed in range(20, 32)
        for curves in (generate(seed, DAYS),)
        for name in INJECTORS
        for truth in inject(name, curves, default_rng(seed))[1]
    }
    assert set(CURVE_RULES) - meant <= {"transmission-rate"}


@pytest.mark.parametrize("name", CURVE_RULES)
def test_what_a_rule_raises_it_can_say_in_both_languages(name: str) -> None:
    rule = CURVE_RULES[name]
    for seed in (3, 4, 7):
        curves = generate(seed, DAYS)
        for injector in (None, *INJECTORS):
            made = inject(injector, curves, default_rng(seed))[0] if injector else curves
            for trace in rule.judge(made, rule.thresholds):
                for slot in np.flatnonzero(trace.raised)[:20]:
                    bound = np.broadcast_to(trace.bound, trace.raised.shape)[slot]
                    verdict = Verdict(
                        rule=name, mn="示例", pollutant=trace.pollutant, period=rule.period, start_ms=0,
                        end_ms=1, value=float(trace.value[slot]), bound=float(bound),
                        exceed_ratio=float(trace.ratio[slot]), clause=rule.clause,
                        detail=trace.seen(int(slot), 0, curves.zone),
                    )  # fmt: skip
                    assert np.isfinite(verdict.value)
                    assert 0 <= verdict.exceed_ratio < 1e6
                    for language in ("zh", "en"):
                        text = rule.reason(verdict, language, trace.pollutant, "mg/m3")
                        assert not re.search(r"\bnan\b", text)
                        assert "{" not in text

"""The detection bench counts alerts, findings and false alarms as it says, and its command runs."""

from __future__ import annotations

import csv
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.detection import study, table
from bench.detection.contract import broken
from bench.detection.facts import facts
from bench.detection.hearing import Alert, Saying, alerts, delay, fresh, said
from bench.detection.industries import COATING, SEWAGE
from bench.detection.injectors import inject
from bench.detection.parameters import FIRST_SEED, Phase
from bench.detection.truth import LATENCY, LATENCY_OF_DAYS, Truth
from monitor.curves import Curves
from monitor.observation import Period
from monitor.rules.base import Trace
from tests.detection import toys
from tests.detection.kit import DAYS, outlet


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


def test_a_rule_that_looks_ahead_or_too_far_back_is_found() -> None:
    curves = outlet(1, COATING)
    cuts = range(24 * 40, 24 * DAYS, 24)
    for rule in toys.RULES.values():
        assert not list(broken(rule, curves, cuts))

    def ahead(curves: Curves, hours: int) -> Iterator[Trace]:
        for each in toys.EQUAL.judge(curves, hours):
            yield replace(each, raised=np.roll(each.raised, -12))

    assert any(
        "on slots from" in each for each in broken(replace(toys.EQUAL, judge=ahead), curves, cuts)
    )

    def counted(curves: Curves, hours: int) -> Iterator[Trace]:
        for each in toys.EQUAL.judge(curves, hours):
            yield replace(each, raised=np.cumsum(each.raised) % 5 == 4)

    forgetful = replace(toys.EQUAL, judge=counted, thresholds=4)
    assert any("on slots before" in each for each in broken(forgetful, curves, cuts))


def test_the_command_measures_and_counts_a_fleet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench.detection import __main__ as command
    from monitor import rules

    monkeypatch.setattr(rules, "CURVE_RULES", toys.RULES, raising=False)
    few = ["--outlets", "2", "--jobs", "1", "--rules", "constant-value"]
    monkeypatch.setattr(sys, "argv", ["bench", "--check", *few])
    command.main()
    assert "no rule looks ahead" in capsys.readouterr().out
    out = tmp_path / "table.md"
    for options in (
        ["--months", "3"],
        ["--months", "3", "--final"],
        ["--fleet", "2", "--days", "40"],
    ):
        monkeypatch.setattr(sys, "argv", ["bench", *options, *few, "--out", str(out)])
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

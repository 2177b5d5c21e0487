"""`backtest`: alerts as JSON lines, a summary beside them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import now
from monitor.rules import NAMES
from monitor.store import Store
from tests.cli.conftest import Call, write_config
from tests.feeding import BEGIN, enter, everything, feed, new_mn

SPAN = ("--from", "2026-10-01", "--to", "2026-10-31")


@pytest.fixture
def mns(database_url: str) -> list[str]:
    """Two outlets with a month of data by which every rule finds something."""
    store = Store(database_url)
    found = [new_mn(), new_mn()]
    for mn in found:
        enter(store, mn)
        feed(store, mn, everything(), None)
    store.close()
    return found


def lines(call: Call, config: Path, *words: str | Path) -> list[dict[str, Any]]:
    done = call("backtest", "--config", config, *words)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_alerts_are_told_in_order_and_counted(call: Call, config: Path, mns: list[str]) -> None:
    done = call("backtest", "--config", config, *SPAN)
    found = [json.loads(line) for line in done.out.splitlines()]
    keys = [(a["outlet"], a["rule"], a["period"], a["pollutant"], a["start"]) for a in found]
    assert keys == sorted(keys)
    assert {key[0] for key in keys} == set(mns)
    assert not {"id", "task", "screening"} & set(found[0])
    assert found[0]["enterprise"]["name"] == "示例热电"
    *summary, seconds = done.err.splitlines()
    assert [line.split(":")[0] for line in summary] == list(NAMES)
    assert "2 outlets" in summary[0]
    assert seconds.endswith("seconds")


def test_rules_outlets_and_spans_are_chosen(call: Call, config: Path, mns: list[str]) -> None:
    chosen = ("--rule", "furnace-temperature", "--mn", mns[0])
    found = lines(call, config, *SPAN, *chosen)
    assert {(a["outlet"], a["rule"]) for a in found} == {(mns[0], "furnace-temperature")}
    day = lines(call, config, "--from", "2026-10-04", "--to", "2026-10-04", *chosen)
    assert [a["start"] for a in day] == ["2026-10-04T00:00:00+08:00"]
    instants = ("--from", "2026-10-04T00:00:00+08:00", "--to", "2026-10-04T16:00:00Z")
    assert lines(call, config, *instants, *chosen) == day


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "guess"), "average-mismatch"),
        (("--mn", "NOBODY"), "--mn: NOBODY"),
        (("--register-as-of", "lately"), "--register-as-of: lately"),
    ],
)
def test_what_does_not_exist_is_said(
    call: Call, config: Path, words: tuple[str, ...], said: str
) -> None:
    done = call("backtest", "--config", config, *SPAN, *words)
    assert (done.code, done.out, said in done.err) == (1, "", True)


def test_a_span_that_is_none_is_said(call: Call, config: Path) -> None:
    for since, until in (("2026-10-02", "2026-10-01"), ("2026-10-01T00:00:00", "2026-10-02")):
        done = call("backtest", "--config", config, "--from", since, "--to", until)
        assert (done.code, done.err.startswith("--from: ")) == (1, True)


def test_another_configuration_stands_beside(
    call: Call, config: Path, mns: list[str], tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "other").mkdir()
    changed = '[detection.exceedance]\nday = "remind"\n'
    other = write_config(tmp_path / "other", database_url, changed)
    chosen = ("--rule", "exceedance", "--mn", mns[0])
    first = lines(call, config, *SPAN, *chosen)
    beside = lines(call, config, *SPAN, *chosen, "--against", other)
    assert [a for a in beside if a["set"] != "second"] == [
        {**a, "set": "first" if a["period"] == "day" else "both"} for a in first
    ]
    assert {a["outcome"] for a in beside if a["set"] == "second"} == {"remind"}
    done = call("backtest", "--config", config, *SPAN, *chosen, "--against", other)
    days = sum(a["period"] == "day" for a in first)
    assert f"{days} first, {days} second" in done.err


def test_the_register_as_it_stood_stands_beside(call: Call, config: Path, mns: list[str]) -> None:
    before = (BEGIN - timedelta(days=1)).isoformat()
    found = lines(call, config, *SPAN, "--mn", mns[0], "--register-as-of", before)
    assert {a["set"] for a in found} == {"first"}
    found = lines(call, config, *SPAN, "--mn", mns[0], "--register-as-of", now().isoformat())
    assert {a["set"] for a in found} == {"both"}


def test_no_database_is_made(call: Call, tmp_path: Path) -> None:
    config = write_config(tmp_path, f"sqlite:///{tmp_path}/none.db")
    done = call("backtest", "--config", config, *SPAN)
    assert (done.code, "there is no" in done.err) == (1, True)
    assert not (tmp_path / "none.db").exists()


def test_an_outlet_that_was_never_heard_has_no_alerts(call: Call, config: Path) -> None:
    assert lines(call, config, *SPAN) == []

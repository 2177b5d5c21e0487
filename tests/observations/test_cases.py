"""Every case of `adapters/observations/cases`: a profile, a table, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.observations
from adapters.observations.config import SHIPPED, Config
from adapters.observations.problems import FILE, PROBLEMS
from adapters.observations.profile import Column, Profile
from adapters.observations.words import ZH
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.hj212.test_cases import text
from tests.mqtt.test_config import ROOT, uncommented
from tests.observations.kit import Bench
from tests.video.cases import body, check_examples, check_readme, expected, given

FOLDER = Path(adapters.observations.__file__).parent
CASES = sorted((FOLDER / "cases").iterdir())
README = (FOLDER / "README.md").read_text(encoding="utf-8")


async def outcome(case: Path) -> dict[str, Any]:
    """What a table comes to; what is empty is left out."""
    said, bench = given(case), Bench()
    units = said.get("units", {})
    summary = await bench.take(
        body(case), said["profile"], device=said.get("mn"), units=lambda _: units
    )
    found = {
        "rows": summary.rows,
        "taken": summary.taken,
        "problem": summary.broken and summary.broken.problem,
        "detail": summary.broken and summary.broken.detail,
        "faults": [[each.where, each.problem, each.column, each.value] for each in summary.first],
        "readings": [[text(o) for o in each.observations()] for each in bench.readings],
        "verdicts": [d.frame.verdict for d in bench.kept],
        "problems": sorted({p for d in bench.kept for p in d.frame.problems}),
    }
    return {key: value for key, value in found.items() if value not in (None, "", [])}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_case(case: Path) -> None:
    found = await outcome(case)
    assert found == expected(case), json.dumps(found, ensure_ascii=False, indent=1)
    assert given(case)["made_after"]


def test_every_problem_is_shown_by_a_case_or_a_test() -> None:
    shown = {"not-readable", "unknown-device", "too-large"}
    for case in CASES:
        found = expected(case)
        shown |= {found.get("problem"), *found.get("problems", ())} - {None}
        shown |= {fault[1] for fault in found.get("faults", ())}
    assert shown == set(PROBLEMS)


def test_every_problem_of_a_table_has_words_in_chinese() -> None:
    assert PROBLEMS.keys() - ZH.keys() == {
        "gb18030", "wrong-rows", "unknown-device", "not-readable",
    }  # fmt: skip
    assert ZH.keys() <= PROBLEMS.keys()
    assert FILE.keys() - ZH.keys() == {"not-readable"}


def test_every_shipped_profile_has_a_case_and_is_in_the_readme() -> None:
    used = [said["profile"] for said in map(given, CASES)]
    for name in SHIPPED.names():
        assert name in used
        assert f"`{name}`" in README


def test_the_readme_has_every_problem_every_key_and_entries_that_are_right() -> None:
    check_readme(README, [Config, Profile, Column], PROBLEMS)
    check_examples(README)


def test_the_entry_of_the_example_is_right() -> None:
    example = (ROOT / "config.example.toml").read_text("utf-8")
    (entry,) = parse(tomllib.loads(uncommented(example, "observations")), SCHEMAS, "f.toml")[1]
    assert entry.name == "tables"

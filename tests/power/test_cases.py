"""Every case of `adapters/power/cases`: a profile, what came, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.power
from adapters.mqtt import path
from adapters.power import answer, codec
from adapters.power.config import SHIPPED, Config
from adapters.power.problems import PROBLEMS
from adapters.power.profile import Profile
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.hj212.test_cases import text
from tests.mqtt.test_config import ROOT, uncommented
from tests.power.kit import NOW, config
from tests.video.cases import check_examples, check_readme

FOLDER = Path(adapters.power.__file__).parent
CASES = sorted((FOLDER / "cases").iterdir())
README = (FOLDER / "README.md").read_text(encoding="utf-8")
TOPICS = {
    "acrel-adw300": "/gw/acrelHW/示例产品/data/26080001",
    "acrel-iot": "sys/dev/示例产品/26080002",
}


def given(case: Path) -> dict[str, Any]:
    return tomllib.loads((case / "case.toml").read_text("utf-8"))


def outcome(case: Path) -> dict[str, Any]:
    """What a message comes to; what is empty is left out."""
    said = given(case)
    settings = config(**said["entry"])
    reader = codec.Reader(
        profile=settings.profile,
        zone=settings.clock,
        primary=settings.primary,
        max_depth=settings.max_depth,
        max_items=settings.max_items,
        ratio=said.get("ratios", {}).get,
    )
    (file,) = case.glob("input.*")
    heard = codec.read(reader, file.read_bytes(), said.get("topic", ""), NOW)
    body = answer.body(settings.profile, heard, NOW, settings.clock)
    found = {
        "kind": heard.kind,
        "device": heard.device,
        "note": heard.note,
        "problems": list(heard.problems),
        "readings": [[text(o) for o in each.observations()] for each in heard.readings],
        "supplementary": any(each.supplementary for each in heard.readings),
        "answer": body and json.loads(body),
        "to": body and answer.topic(settings.profile, heard),
    }
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    found = outcome(case)
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    assert found == expected, json.dumps(found, ensure_ascii=False, indent=1)
    assert given(case)["made_after"]


def test_every_problem_is_shown_by_a_case_or_a_test() -> None:
    shown = {"message-too-long", "not-readable", "unknown-device", "too-many-items", "too-nested"}
    for case in CASES:
        shown |= set(json.loads((case / "expected.json").read_text("utf-8")).get("problems", ()))
    assert shown == set(PROBLEMS)


def test_every_shipped_profile_has_a_case_and_is_in_the_readme() -> None:
    used = [given(case)["entry"].get("profile", "acrel-adw300") for case in CASES]
    for name in SHIPPED.names():
        assert name in used
        assert f"`{name}`" in README


def test_the_readme_has_every_problem_every_key_and_entries_that_are_right() -> None:
    check_readme(README, [Config, Profile], PROBLEMS)
    check_examples(README)
    for line in (path.__doc__ or "").splitlines():
        if line.startswith("|"):
            assert line in README


def test_the_entry_of_the_example_is_right() -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    (entry,) = parse(tomllib.loads(uncommented(text, "power")), SCHEMAS, "f.toml")[1]
    assert entry.name == "meters"

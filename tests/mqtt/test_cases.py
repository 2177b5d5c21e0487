"""Every case of `adapters/mqtt/cases`: a profile, what came, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.mqtt
from adapters.mqtt import codec
from adapters.mqtt.config import Config
from adapters.mqtt.problems import PROBLEMS
from adapters.mqtt.profile import Profile
from tests.hj212.frames import ZONE
from tests.hj212.test_cases import text
from tests.mqtt.kit import NOW

CASES = Path(adapters.mqtt.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text(encoding="utf-8")


def outcome(folder: Path) -> dict[str, Any]:
    """What a message comes to, as the cases have it."""
    profile = Profile.model_validate(tomllib.loads((folder / "profile.toml").read_text("utf-8")))
    reader = codec.Reader(profile, ZONE, minute_interval=10, max_depth=16, max_items=2000)
    topic = (folder / "topic.txt").read_text("utf-8").strip()
    found = codec.read(reader, (folder / "input.json").read_bytes(), topic, NOW)
    return {
        "device": found.device,
        "data": found.data,
        "problems": list(found.problems),
        "readings": [
            [text(observation) for observation in each.observations()] for each in found.readings
        ],
    }


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    assert outcome(CASES / case) == expected


def test_the_readme_has_every_problem_and_every_key() -> None:
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in README, name
    for key in Config.model_fields:
        assert f"| `{key}` |" in README, key
    for key in Profile.model_fields:
        assert f"| `{key}` |" in README, key
        assert Profile.model_fields[key].description


def test_the_paths_are_explained_as_they_are() -> None:
    from adapters.mqtt import path

    assert path.__doc__
    for line in path.__doc__.splitlines():
        if line.startswith("|"):
            assert line in README

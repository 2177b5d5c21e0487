"""Every case of `adapters/drone/upload/cases`: a file that was handed in, and what it must come to."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.drone.survey.problems import DANGEROUS, PROBLEMS
from adapters.drone.survey.profile import SHIPPED, Profile, Value
from adapters.drone.upload import config as configuration
from adapters.drone.upload.config import Config
from adapters.drone.upload.findings import Origin
from adapters.drone.upload.reading import read
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from monitor.event import Event, Examined, Picture
from tests.drone.kit import ZONE

CASES = Path(configuration.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text("utf-8")
RECEIVED = datetime(2026, 8, 1, 6, tzinfo=UTC)


def outcome(folder: Path) -> dict[str, Any]:
    """What a file comes to, as the cases have it."""
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    (given,) = folder.glob("input.*")
    data = given.read_bytes()
    file = Examined(given, hashlib.sha256(data).hexdigest(), len(data), "application/octet-stream")
    settings = {"type": "drone", "name": "drones"} | case.get("config", {})
    picture = Picture(given.name, file)
    origin = Origin("M", picture, RECEIVED, ZONE, Config.model_validate(settings))
    found = read(origin)
    said = found.file
    shown = {
        "content": said.content,
        "start": said.start and said.start.isoformat(),
        "end": said.end and said.end.isoformat(),
        "place": said.place and asdict(said.place),
        "details": dict(said.details),
        "problems": dict(said.problems),
        "events": [event(each) for each in found.events],
        "untimed": len(found.untimed),
    }
    rounded: dict[str, Any] = json.loads(
        json.dumps(shown), parse_float=lambda n: round(float(n), 6)
    )
    return rounded


def event(each: Event) -> dict[str, Any]:
    """An event without its key's hash and its file."""
    found = asdict(each) | {
        "start": each.start.isoformat(),
        "end": each.end and each.end.isoformat(),
    }
    found |= {"silence": each.silence.total_seconds(), "key": each.key.partition("/")[2]}
    del found["pictures"]
    return {
        key: value
        for key, value in found.items()
        if value not in (None, [], {}, frozenset(), False)
    }


@pytest.mark.parametrize("case", sorted(each.name for each in CASES.iterdir()))
def test_case(case: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text("utf-8"))
    assert outcome(CASES / case) == expected


def test_every_case_says_after_what_it_was_made() -> None:
    for case in CASES.iterdir():
        assert tomllib.loads((case / "case.toml").read_text("utf-8"))["made_after"], case


def test_the_readme_has_every_problem_every_key_and_every_profile() -> None:
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in README, name
    for schema in (Config, Profile, Value):
        for key, field in schema.model_fields.items():
            assert f"| `{key}` |" in README, key
            assert field.description or schema is not Config, key
    for name in SHIPPED:
        assert f"`{name}`" in README
    assert set(PROBLEMS) >= DANGEROUS


def test_the_entries_of_the_readme_are_right() -> None:
    given = tomllib.loads(README.split("```toml\n")[1].split("```")[0])
    assert len(parse(given, SCHEMAS, "README.md")[1]) == 2


@pytest.mark.parametrize(
    "written", ["10", "ppm", "0 ppm", "-3 ppm", "nan ppm", "1e400 ppm", "5 m/s"]
)
def test_thresholds_that_are_none(written: str) -> None:
    with pytest.raises(ValueError, match="a number and a unit"):
        Config.model_validate({"type": "drone", "name": "d", "thresholds": {"CH4": written}})

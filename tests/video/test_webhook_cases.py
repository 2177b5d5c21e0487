"""Every case of `adapters/video/webhook/cases`: what was pushed, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.mqtt import path
from adapters.video.webhook import codec, reply, shipped, signatures
from adapters.video.webhook.config import Config
from adapters.video.webhook.pictures import Sought
from adapters.video.webhook.problems import PROBLEMS
from adapters.video.webhook.profile import Profile
from adapters.video.webhook.reading import Reader, Reading
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from monitor.event import Event
from tests.hj212.frames import ZONE
from tests.video.kit import NOW

CASES = Path(codec.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text("utf-8")


def outcome(folder: Path) -> dict[str, Any]:
    """What a request comes to, as the cases have it."""
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    (given,) = folder.glob("input.*")
    profile = Profile.model_validate(shipped.written(case["profile"]))
    reading = Reading(Reader(profile, ZONE, max_values=100), NOW)
    body = codec.open_body(reading, case.get("headers", {}), given.read_bytes())
    found = codec.read(reading, body)
    return {
        "events": [shown(event, wanted) for event, wanted in found.events],
        "problems": list(found.problems),
        "data": found.data,
        "sent_at": found.sent_at and local(found.sent_at),
        "reply": reply.render(profile.reply, body.message).body.decode(),
    }


def shown(event: Event, wanted: tuple[Sought, ...]) -> dict[str, Any]:
    """What is not empty of an event and of the pictures that are still to be had."""
    found = asdict(event) | {
        "start": local(event.start),
        "end": event.end and local(event.end),
        "silence": event.silence.total_seconds(),
        "pictures": [
            {"name": one.name, "form": one.form, "text": one.text[:60], "bytes": len(one.data)}
            for one in wanted
        ],
    }
    return {key: value for key, value in found.items() if value not in (None, [], {}, False)}


def local(when: datetime) -> str:
    return when.astimezone(ZONE).isoformat()


@pytest.mark.parametrize("case", sorted(each.name for each in CASES.iterdir()))
def test_case(case: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text("utf-8"))
    assert outcome(CASES / case) == expected


def test_every_problem_is_shown_by_a_case_or_a_test() -> None:
    """What the door finds wrong with pictures, and limits, are shown by the tests of the adapter."""
    shown = {"not-readable", "too-many-events", "picture-too-large", "picture-not-fetched"}
    for case in CASES.iterdir():
        shown |= set(json.loads((case / "expected.json").read_text("utf-8"))["problems"])
    assert shown == set(PROBLEMS)


def test_every_case_says_after_what_it_was_made() -> None:
    for case in CASES.iterdir():
        assert tomllib.loads((case / "case.toml").read_text("utf-8"))["made_after"], case


def test_every_shipped_profile_has_a_case_and_is_in_the_readme() -> None:
    shown = set()
    for case in CASES.iterdir():
        profile = tomllib.loads((case / "case.toml").read_text("utf-8"))["profile"]
        shown.add(profile if isinstance(profile, str) else profile.get("like"))
    for name in shipped.names():
        assert name in shown
        assert f"`{name}`" in README


def test_the_readme_has_every_problem_and_every_key() -> None:
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in README, name
    rules = (signatures.Md5Expires, signatures.HmacSha256)
    for schema in (Config, Profile, *rules):
        for key, field in schema.model_fields.items():
            assert f"| `{key}` |" in README, key
            assert field.description, key


def test_the_paths_are_explained_as_they_are() -> None:
    for line in (path.__doc__ or "").splitlines():
        if line.startswith("|") and "topic" not in line:
            assert line in README


def test_the_entries_of_the_readme_are_right() -> None:
    given = tomllib.loads(README.split("```toml\n")[1].split("```")[0])
    assert len(parse(given, SCHEMAS, "README.md")[1]) == 3

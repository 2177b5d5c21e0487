"""Every case of `adapters/video/hikvision/cases`: what a device pushed, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.video.hikvision
from adapters.video.hikvision.config import Config
from adapters.video.hikvision.problems import PROBLEMS
from monitor.event import Event
from tests.pictures import photo
from tests.video.hikvision_kit import adapter, pushed, store

CASES = Path(adapters.video.hikvision.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text(encoding="utf-8")
PICTURE = photo(size=(16, 8))


def shown(event: Event) -> dict[str, Any]:
    return {
        "key": event.key,
        "source": event.source,
        "label": event.label,
        "start": event.start.isoformat(),
        "end": event.end and event.end.isoformat(),
        "supplementary": event.supplementary,
        "pictures": [picture.name for picture in event.pictures],
        "details": event.details,
    }


async def outcome(folder: Path, tmp_path: Path) -> dict[str, Any]:
    """What a push comes to, as the cases have it; `@PICTURE@` stands for a picture."""
    headers = json.loads((folder / "case.json").read_text("utf-8"))["headers"]
    body = (folder / "input.txt").read_bytes().replace(b"@PICTURE@", PICTURE)
    kept = store(tmp_path)
    reply = await adapter(kept).receive(pushed(body, headers["content-type"]))
    assert (reply.status, reply.body) == (200, b"OK")
    (delivery,) = kept.kept
    frame = delivery.frame
    assert frame.raw == body
    return {
        "verdict": frame.verdict,
        "problems": list(frame.problems),
        "note": frame.note,
        "device": frame.device,
        "sent_at": frame.sent_at and frame.sent_at.isoformat(),
        "events": [shown(event) for event in delivery.events],
    }


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
async def test_case(case: str, tmp_path: Path) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    assert await outcome(CASES / case, tmp_path) == expected
    assert json.loads((CASES / case / "case.json").read_text("utf-8"))["made_after"]
    assert set(expected["problems"]) <= set(PROBLEMS)


def test_the_readme_has_every_problem_and_every_key() -> None:
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in README, name
    for key in Config.model_fields:
        assert f"| `{key}` |" in README, key


def test_the_example_of_the_readme_is_an_entry() -> None:
    example = README.split("```toml\n")[1].split("```")[0]
    for entry in tomllib.loads(example)["adapters"]:
        plain = {key: "x" * 16 if isinstance(v, dict) else v for key, v in entry.items()}
        assert Config.model_validate(plain).name == entry["name"]

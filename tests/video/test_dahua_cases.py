"""Every case of `adapters/video/dahua/cases`: what a device streamed, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import adapters.video.dahua
from adapters import pauses
from adapters.video.dahua import Adapter
from adapters.video.dahua.config import Config
from adapters.video.dahua.problems import PROBLEMS
from monitor.adapter import Context
from monitor.event import Event
from tests.hj212.frames import ZONE
from tests.servers import async_wait_for
from tests.video.hikvision_kit import NOW, Store, store
from tests.video.streaming import LOGIN, Device, listening, reading, say

CASES = Path(adapters.video.dahua.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text(encoding="utf-8")


def adapter(kept: Store, url: str, **settings: Any) -> Adapter:
    context = Context(
        name="recorder",
        zone=ZONE,
        deliver=kept.deliver,
        answered=kept.count,
        password=lambda _: None,
        known=lambda _: True,
        now=lambda: NOW,
    )
    given = {"type": "dahua", "name": "recorder", "url": url, "device": "6G01", **LOGIN, **settings}
    return Adapter(Config.model_validate(given), context)


def device(stream: bytes) -> Device:
    """One that says this once and hangs up."""
    found = Device([say(stream, then_wait=False), say()])
    found.content_type = "multipart/x-mixed-replace; boundary=myboundary"
    return found


def shown(event: Event) -> dict[str, Any]:
    return {
        "key": event.key,
        "source": event.source,
        "label": event.label,
        "start": event.start.isoformat(),
        "end": event.end and event.end.isoformat(),
        "details": event.details,
    }


async def outcome(stream: bytes, tmp_path: Path) -> list[dict[str, Any]]:
    """What the parts of a stream come to, as the cases have it."""
    kept, source = store(tmp_path), device(stream)
    async with listening(source) as url, reading(adapter(kept, url)):
        await async_wait_for(lambda: source.let_in == 2)
    return [
        {
            "verdict": each.frame.verdict,
            "problems": list(each.frame.problems),
            "note": each.frame.note,
            "events": [shown(event) for event in each.events],
        }
        for each in kept.kept
    ]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST", 0.01)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
async def test_case(case: str, ends: bytes, tmp_path: Path) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    stream = (CASES / case / "input.txt").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ends)
    assert await outcome(stream, tmp_path) == expected
    assert json.loads((CASES / case / "case.json").read_text("utf-8"))["made_after"]
    for delivery in expected:
        assert set(delivery["problems"]) <= set(PROBLEMS)


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

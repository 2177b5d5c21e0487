"""Every case of `adapters/hj212/cases`: what came, and what it must come to."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import adapters.hj212
from adapters.hj212 import codec, commands
from adapters.hj212.config import Config
from adapters.hj212.problems import PROBLEMS
from tests.hj212.frames import NOW, ZONE

CASES = Path(adapters.hj212.__file__).parent / "cases"


def outcome(stream: bytes) -> dict[str, Any]:
    """What a stream comes to, as the cases have it."""
    framer = codec.Framer()
    items = framer.feed(stream) + framer.close()
    messages = [codec.decode(item) for item in items if isinstance(item, bytes)]
    understood = [codec.read(message, ZONE, 10, NOW) for message in messages]
    return {
        "decoded": list(codec.decode_stream(io.BytesIO(stream), ZONE)),
        "readings": [
            [text(observation) for observation in made.observations()] if made else None
            for made, _ in understood
        ],
        "problems": [list(problems) for _, problems in understood],
        "answers": [answer and answer.decode() for answer in map(commands.answer, messages)],
    }


def text(observation: Any) -> dict[str, Any]:
    """An observation's fields that are not empty, times in the bureau's zone."""
    found = asdict(observation)
    for key in ("start", "end"):
        found[key] = found[key].astimezone(ZONE).isoformat()
    return {
        key: str(value) if key == "period" else value
        for key, value in found.items()
        if value is not None
    }


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    (given,) = (CASES / case).glob("input.*")
    expected = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    assert outcome(given.read_bytes()) == expected


def test_cases_are_many_and_complete() -> None:
    cases = list(CASES.iterdir())
    assert len(cases) >= 30
    for case in cases:
        assert {path.stem for path in case.iterdir()} == {"input", "expected"}, case


def test_the_readme_has_every_problem_and_every_setting() -> None:
    readme = (CASES.parent / "README.md").read_text(encoding="utf-8")
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in readme
    for setting in Config.model_fields:
        assert setting in ("name", "type") or f"`{setting}`" in readme, setting


def test_every_problem_is_shown_by_a_case_or_a_test() -> None:
    """The rest is shown by the tests of the server; a framer leaves no bytes trailing."""
    shown = {"unknown-device", "wrong-password", "no-frame", "trailing-bytes"}
    shown |= {"incomplete-packets", "no-key", "wrong-key"}  # test_packets, test_cipher
    for case in CASES.iterdir():
        expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
        for problems in expected["problems"]:
            shown.update(problems)
    assert set(PROBLEMS) - shown == set()

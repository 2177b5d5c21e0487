"""What the cases of all adapters of eyes share: `input.*`, what it was made after, what it comes to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from monitor.adapter import Delivery
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from monitor.event import Event


def folder_of(package: ModuleType) -> Path:
    """The folder of an adapter."""
    return Path(str(package.__file__)).parent


def given(case: Path) -> dict[str, Any]:
    """What is said about a case."""
    return tomllib.loads((case / "case.toml").read_text("utf-8"))


def body(case: Path) -> bytes:
    """What came."""
    (found,) = case.glob("input.*")
    return found.read_bytes()


def expected(case: Path) -> Any:
    """What it must come to."""
    return json.loads((case / "expected.json").read_text("utf-8"))


def shown(event: Event) -> dict[str, Any]:
    """What is not empty of an event."""
    found = asdict(event) | {
        "start": event.start.isoformat(),
        "end": event.end and event.end.isoformat(),
        "pictures": [picture.name for picture in event.pictures],
    }
    del found["kind"], found["silence"], found["usual_at"]
    return {key: value for key, value in found.items() if value not in (None, [], {}, False)}


def delivered(delivery: Delivery) -> dict[str, Any]:
    """What is not empty of a delivery."""
    frame = delivery.frame
    found = {
        "verdict": frame.verdict,
        "problems": list(frame.problems),
        "note": frame.note,
        "device": frame.device,
        "sent_at": frame.sent_at and frame.sent_at.isoformat(),
        "events": [shown(event) for event in delivery.events],
    }
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def check_readme(readme: str, schemas: Iterable[type[BaseModel]], problems: dict[str, str]) -> None:
    """Whether a README has every problem and every key."""
    for name, meaning in problems.items():
        assert f"| `{name}` | {meaning} |" in readme, name
    for schema in schemas:
        for key, field in schema.model_fields.items():
            assert f"| `{key}` |" in readme, key
            assert field.description, key


def check_examples(readme: str) -> None:
    """Whether the entries that a README shows are right."""
    shown = tomllib.loads(readme.split("```toml\n")[1].split("```")[0])
    for entry in shown["adapters"]:
        entry |= {key: "x" * 16 for key, value in entry.items() if _is_file(value)}
    _, found = parse(shown, SCHEMAS, "README.md")
    assert len(found) == len(shown["adapters"])


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"file"}

"""Every case of `adapters/drone/dji/cases`: what a device said, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drone.dji import codec
from adapters.drone.dji.config import Config
from adapters.drone.dji.problems import PROBLEMS
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.hj212.frames import ZONE
from tests.video.kit import NOW

_NAMES = st.sampled_from(
    [
        "file",
        "ext",
        "metadata",
        "object_key",
        "flight_id",
        "shoot_position",
        "lat",
        "lng",
        "name",
        "output",
        "media_count",
        "progress",
        "percent",
        "result",
        "flight_task",
        "create_time",
    ]
)
_METHODS = ["file_upload_callback", "flighttask_progress", "storage_config_get", "new"]
CASES = Path(codec.__file__).parent / "cases"
README = (CASES.parent / "README.md").read_text("utf-8")


def outcome(folder: Path) -> dict[str, Any]:
    """What a message comes to, as the cases have it: what is not empty."""
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    heard = codec.read(case["topic"], (folder / "input.json").read_bytes(), "media", ZONE, NOW)
    found = asdict(heard) | {"problems": list(heard.problems)}
    if heard.reply_to is not None:
        found["reply"] = json.loads(codec.reply(heard, NOW))
    return json.loads(json.dumps(_full(found), default=_written))  # type: ignore[no-any-return]


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {k: _full(v) for k, v in value.items() if v is not False}
        return {k: v for k, v in shown.items() if v not in (None, "", [], {})}
    return value


def _written(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.astimezone(ZONE).isoformat()


@pytest.mark.parametrize("case", sorted(each.name for each in CASES.iterdir()))
def test_case(case: str) -> None:
    expected = json.loads((CASES / case / "expected.json").read_text("utf-8"))
    assert outcome(CASES / case) == expected


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["events", "requests"]), st.sampled_from(_METHODS), _VALUES)
def test_whatever_data_says_something_comes_of_it(kind: str, method: str, data: Any) -> None:
    """Nothing that is JSON ends the reading, and what comes of it can be stored."""
    message = {"tid": "t", "bid": "b", "method": method, "need_reply": 1, "data": data}
    heard = codec.read(f"thing/product/x/{kind}", json.dumps(message).encode(), "media", ZONE, NOW)
    assert set(heard.problems) <= set(PROBLEMS)
    json.dumps(asdict(heard), default=_written, allow_nan=False).encode()
    json.loads(codec.reply(heard, NOW))


def test_every_case_says_after_what_it_was_made() -> None:
    for case in CASES.iterdir():
        assert tomllib.loads((case / "case.toml").read_text("utf-8"))["made_after"], case


def test_the_readme_has_every_problem_and_every_key() -> None:
    for name, meaning in PROBLEMS.items():
        assert f"| `{name}` | {meaning} |" in README, name
    for key, field in Config.model_fields.items():
        assert f"`{key}`" in README, key
        assert field.description, key


def test_the_entry_of_the_readme_is_right() -> None:
    given = tomllib.loads(README.split("```toml\n")[1].split("```")[0])
    assert len(parse(given, SCHEMAS, "README.md")[1]) == 1

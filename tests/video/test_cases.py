"""Every case of every adapter of eyes: what came, and what it must come to."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.video import frigate, onvif, wvp
from adapters.video.frigate.config import Config as FrigateConfig
from adapters.video.frigate.problems import PROBLEMS as FRIGATE
from adapters.video.onvif.config import Config as OnvifConfig
from adapters.video.onvif.problems import PROBLEMS as ONVIF
from adapters.video.wvp.config import Config as WvpConfig
from adapters.video.wvp.problems import PROBLEMS as WVP
from tests.video import outcomes
from tests.video.cases import check_examples, check_readme, expected, folder_of, given

Outcome = Callable[[Path, Path], Awaitable[Any]]
OUTCOMES: dict[str, Outcome] = {
    "frigate": outcomes.frigate,
    "wvp": outcomes.wvp,
    "onvif": outcomes.onvif,
}
PACKAGES = {
    "frigate": (frigate, FrigateConfig, FRIGATE),
    "wvp": (wvp, WvpConfig, WVP),
    "onvif": (onvif, OnvifConfig, ONVIF),
}
CASES = [
    pytest.param(kind, case, id=f"{kind}-{case.name}")
    for kind, (package, *_) in PACKAGES.items()
    for case in sorted((folder_of(package) / "cases").iterdir())
]


@pytest.mark.parametrize(("kind", "case"), CASES)
async def test_case(kind: str, case: Path, tmp_path: Path) -> None:
    found = await OUTCOMES[kind](case, tmp_path)
    assert found == expected(case), json.dumps(found, ensure_ascii=False, indent=1)
    assert given(case)["made_after"]


@pytest.mark.parametrize("kind", PACKAGES)
def test_the_readme_has_every_problem_every_key_and_entries_that_are_right(kind: str) -> None:
    package, schema, problems = PACKAGES[kind]
    readme = (folder_of(package) / "README.md").read_text("utf-8")
    check_readme(readme, [schema], problems)
    check_examples(readme, schema)

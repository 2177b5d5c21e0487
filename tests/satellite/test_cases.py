"""Every case of both adapters: an entry, the file that came, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from adapters.satellite import firms, hotgrid
from adapters.satellite.firms import config as of_firms
from adapters.satellite.firms import problems as firms_problems
from adapters.satellite.hotgrid import problems as hotgrid_problems
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.mqtt.test_config import ROOT, uncommented
from tests.video.cases import (
    body,
    check_examples,
    check_readme,
    delivered,
    expected,
    folder_of,
    given,
)
from tests.video.kit import Bench, pushed

KINDS: dict[str, tuple[ModuleType, dict[str, str]]] = {
    "firms": (firms, firms_problems.PROBLEMS),
    "hotgrid": (hotgrid, hotgrid_problems.PROBLEMS),
}
CASES = [
    pytest.param(kind, case, id=f"{kind}-{case.name}")
    for kind, (package, _) in KINDS.items()
    for case in sorted((folder_of(package) / "cases").iterdir())
]


async def outcome(kind: str, case: Path, tmp_path: Path) -> dict[str, Any]:
    said, came = given(case), body(case)
    bench = Bench(tmp_path, "eyes")
    package, _ = KINDS[kind]
    entry = {"type": kind, "name": "eyes", **said.get("entry", {})}
    adapter = package.Adapter(package.Adapter.Config.model_validate(entry), bench.context())
    answer = await adapter.door.receive(pushed(came, path=said.get("path", "")))
    assert answer.status == 200
    (delivery,) = bench.kept
    assert delivery.frame.raw == came
    return delivered(delivery)


@pytest.mark.parametrize(("kind", "case"), CASES)
async def test_case(kind: str, case: Path, tmp_path: Path) -> None:
    found = await outcome(kind, case, tmp_path)
    assert found == expected(case), json.dumps(found, ensure_ascii=False, indent=1)
    assert given(case)["made_after"]
    assert set(found.get("problems", ())) <= set(KINDS[kind][1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_has_every_problem_every_key_and_entries_that_are_right(kind: str) -> None:
    package, problems = KINDS[kind]
    readme = (folder_of(package) / "README.md").read_text("utf-8")
    more = [of_firms.StandingPlace] if kind == "firms" else []
    check_readme(readme, [package.Adapter.Config, *more], problems)
    check_examples(readme)


@pytest.mark.parametrize("kind", KINDS)
def test_the_entry_of_the_example_is_right(kind: str) -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    assert len(parse(tomllib.loads(uncommented(text, kind)), SCHEMAS, "f.toml")[1]) == 1

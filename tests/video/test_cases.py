"""Every case of every adapter of eyes: what came, and what it must come to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from adapters import pauses
from adapters.video import dahua, frigate, hikvision, onvif, webhook, wvp
from adapters.video.dahua import problems as of_dahua
from adapters.video.frigate import problems as of_frigate
from adapters.video.hikvision import problems as of_hikvision
from adapters.video.onvif import problems as of_onvif
from adapters.video.webhook import problems as of_webhook
from adapters.video.webhook import signatures
from adapters.video.webhook.profile import Profile
from adapters.video.wvp import problems as of_wvp
from monitor.cli.base import SCHEMAS
from monitor.config import parse
from tests.mqtt.test_config import ROOT, uncommented
from tests.video import outcomes
from tests.video.cases import check_examples, check_readme, expected, folder_of, given


class Kind(NamedTuple):
    """An adapter and what is told of it."""

    package: ModuleType
    outcome: Callable[[Path, Path], Awaitable[Any]]
    problems: dict[str, str]
    more: tuple[type[BaseModel], ...] = ()
    """Schemas besides that of its entry."""

    @property
    def folder(self) -> Path:
        return folder_of(self.package)

    @property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text("utf-8")


RULES = (Profile, signatures.Md5Expires, signatures.HmacSha256)
KINDS = {
    "webhook": Kind(webhook, outcomes.webhook, of_webhook.PROBLEMS, RULES),
    "hikvision": Kind(hikvision, outcomes.hikvision, of_hikvision.PROBLEMS),
    "dahua": Kind(dahua, outcomes.dahua, of_dahua.PROBLEMS),
    "frigate": Kind(frigate, outcomes.frigate, of_frigate.PROBLEMS),
    "wvp": Kind(wvp, outcomes.wvp, of_wvp.PROBLEMS),
    "onvif": Kind(onvif, outcomes.onvif, of_onvif.PROBLEMS),
}
CASES = [
    pytest.param(kind, case, id=f"{name}-{case.name}")
    for name, kind in KINDS.items()
    for case in sorted((kind.folder / "cases").iterdir())
]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "FIRST", 0.01)


@pytest.mark.parametrize(("kind", "case"), CASES)
async def test_case(kind: Kind, case: Path, tmp_path: Path) -> None:
    found = await kind.outcome(case, tmp_path)
    assert found == expected(case), json.dumps(found, ensure_ascii=False, indent=1)
    assert given(case)["made_after"]
    for each in found if isinstance(found, list) else [found]:
        assert set(each.get("problems", ())) <= set(kind.problems)


@pytest.mark.parametrize("name", KINDS)
def test_the_readme_has_every_problem_every_key_and_entries_that_are_right(name: str) -> None:
    kind = KINDS[name]
    check_readme(kind.readme, [kind.package.Adapter.Config, *kind.more], kind.problems)
    check_examples(kind.readme)


@pytest.mark.parametrize("name", ["frigate", "wvp", "onvif"])
def test_the_entry_of_the_example_is_right(name: str) -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    assert len(parse(tomllib.loads(uncommented(text, name)), SCHEMAS, "f.toml")[1]) == 1

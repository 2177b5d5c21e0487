"""What the cases of each adapter come to: what came is given to it, what it delivers is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.video.frigate.reception import Found
from adapters.video.frigate.reception import Reception as FrigateReception
from tests.video.cases import body, delivered, given
from tests.video.frigate_kit import config as frigate_config
from tests.video.frigate_kit import message as frigate_message
from tests.video.kit import NOW, Bench


async def frigate(case: Path, tmp_path: Path) -> dict[str, Any]:
    """A message on a topic, or an answer."""
    said = given(case)
    settings = {"severity": said["severity"]} if "severity" in said else {}
    reception = FrigateReception(frigate_config(**settings), Bench(tmp_path, "recorder").context())
    if "topic" in said:
        (found,) = reception.hear(frigate_message(body(case), said["topic"]))
        more: dict[str, Any] = {}
    else:
        page = reception.page(body(case), said["answer"], "http://10.1.2.5:5000", NOW, 500, True)
        found = page.delivery
        more = {"new": page.new} | ({"trouble": page.trouble} if page.trouble else {})
    assert found.frame.raw == body(case)
    wanted = [each.path for each in found.wanted] if isinstance(found, Found) else []
    return delivered(found) | more | ({"wanted": wanted} if wanted else {})

"""What the cases of each adapter come to: what came is given to it, what it delivers is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.video.frigate.reception import Reception as FrigateReception
from adapters.video.onvif.reception import Reception as OnvifReception
from adapters.video.polling import Page
from adapters.video.snapshots import Pictured
from adapters.video.wvp.reception import Reception as WvpReception
from tests.video.cases import body, delivered, given
from tests.video.frigate_kit import config as frigate_config
from tests.video.frigate_kit import message as frigate_message
from tests.video.kit import NOW, Bench
from tests.video.onvif_kit import config as onvif_config
from tests.video.onvif_kit import message as onvif_message
from tests.video.wvp_kit import config as wvp_config


async def frigate(case: Path, tmp_path: Path) -> dict[str, Any]:
    """A message on a topic, or an answer."""
    said = given(case)
    settings = {"severity": said["severity"]} if "severity" in said else {}
    reception = FrigateReception(frigate_config(**settings), Bench(tmp_path, "recorder").context())
    if "topic" in said:
        (found,) = reception.hear(frigate_message(body(case), said["topic"]))
        wanted = [each.path for each in found.wanted] if isinstance(found, Pictured) else []
        assert found.frame.raw == body(case)
        return delivered(found) | ({"wanted": wanted} if wanted else {})
    read = reception.answered(body(case), said["answer"], NOW)
    page = reception.page(read, body(case), "http://10.1.2.5:5000", NOW, last=True)
    assert page.delivery.frame.raw == body(case)
    return _page(page)


async def wvp(case: Path, tmp_path: Path) -> dict[str, Any]:
    """An answer of `/api/alarm/list`."""
    said = given(case)
    settings = {"datum": said["datum"]} if "datum" in said else {}
    reception = WvpReception(wvp_config(**settings), Bench(tmp_path, "platform").context())
    read = reception.read(body(case), said.get("content_type", "application/json"), NOW)
    page = reception.page(read, body(case), NOW, more=False)
    assert page.delivery.frame.raw == body(case)
    return _page(page) | {"pages": read.pages}


def _page(page: Page) -> dict[str, Any]:
    found = page.delivery
    more: dict[str, Any] = {"new": page.new}
    if page.trouble:
        more["trouble"] = page.trouble
    if isinstance(found, Pictured) and found.wanted:
        more["wanted"] = [each.path for each in found.wanted]
    return delivered(found) | more


async def onvif(case: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """Messages, a line each: topic, payload, and `retained` where it lay at the broker."""
    reception = OnvifReception(onvif_config(), Bench(tmp_path, "cameras").context())
    found = []
    for number, written in enumerate(body(case).decode("utf-8").splitlines()):
        topic, payload, *flags = written.split("\t")
        message = onvif_message(payload.encode(), topic, number, retained="retained" in flags)
        (delivery,) = reception.hear(message)
        assert delivery.frame.raw == message.payload
        holds = {"held": bool(delivery.held), "released": bool(delivery.released)}
        found.append(delivered(delivery) | {name: True for name, so in holds.items() if so})
    return found

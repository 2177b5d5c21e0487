"""What the cases of each adapter come to: what came is given to it, what it delivers is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.video.frigate.reception import Reception as FrigateReception
from adapters.video.onvif.reception import Reception as OnvifReception
from adapters.video.polling import Page
from adapters.video.snapshots import Pictured
from adapters.video.webhook import codec, reply, shipped
from adapters.video.webhook.profile import Profile
from adapters.video.webhook.reading import Reader, Reading
from adapters.video.wvp.reception import Reception as WvpReception
from monitor.adapter import Delivery
from tests.hj212.frames import ZONE
from tests.pictures import photo
from tests.servers import async_wait_for
from tests.video import dahua_kit, frigate_kit, hikvision_kit, onvif_kit, wvp_kit
from tests.video.cases import body, delivered, given, shown
from tests.video.kit import NOW, Bench
from tests.video.streaming import listening, reading

PICTURE = photo(size=(16, 8))


async def webhook(case: Path, _: Path) -> dict[str, Any]:
    """A push, read by a profile: events, the pictures that are still to be had, the answer."""
    said = given(case)
    profile = Profile.model_validate(shipped.written(said["profile"]))
    of = Reading(Reader(profile, ZONE, max_values=100), NOW)
    opened = codec.open_body(of, said.get("headers", {}), body(case))
    found = codec.read(of, opened)
    wanted = [
        {"name": one.name, "form": one.form, "text": one.text[:60], "bytes": len(one.data)}
        for _, several in found.events
        for one in several
    ]
    shape = {
        "events": [
            shown(event) | {"silence": event.silence.total_seconds()} for event, _ in found.events
        ],
        "problems": list(found.problems),
        "data": found.data,
        "sent_at": found.sent_at and found.sent_at.isoformat(),
        "wanted": wanted,
        "reply": reply.render(profile.reply, opened.message).body.decode(),
    }
    return {name: value for name, value in shape.items() if value not in (None, [])}


async def hikvision(case: Path, tmp_path: Path) -> dict[str, Any]:
    """A push; `@PICTURE@` stands for a picture."""
    came = body(case).replace(b"@PICTURE@", PICTURE)
    kept = hikvision_kit.store(tmp_path)
    pushed = hikvision_kit.pushed(came, given(case)["content_type"])
    answer = await hikvision_kit.adapter(kept).receive(pushed)
    assert (answer.status, answer.body) == (200, b"OK")
    (delivery,) = kept.kept
    return _kept(delivery, came)


async def dahua(case: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """The parts of a stream, whatever ends its lines."""
    lines = body(case).replace(b"\r\n", b"\n")
    found = []
    for ends in (b"\n", b"\r\n"):
        kept = hikvision_kit.store(tmp_path / ends.hex())
        source = dahua_kit.device(lines.replace(b"\n", ends))
        async with listening(source) as url, reading(dahua_kit.adapter(kept, url)):
            await async_wait_for(lambda: source.let_in == 2)  # noqa: B023 - awaited within the loop
        found.append([delivered(each) for each in kept.kept])
    assert found[0] == found[1]
    return found[0]


async def frigate(case: Path, tmp_path: Path) -> dict[str, Any]:
    """A message on a topic, or an answer."""
    said, came = given(case), body(case)
    settings = {"severity": said["severity"]} if "severity" in said else {}
    context = Bench(tmp_path, "recorder").context()
    reception = FrigateReception(frigate_kit.config(**settings), context)
    if "topic" in said:
        (delivery,) = reception.hear(frigate_kit.message(came, said["topic"]))
        return _kept(delivery, came)
    read = reception.answered(came, said["answer"], NOW)
    return _page(reception.page(read, came, "http://10.1.2.5:5000", NOW, last=True), came)


async def wvp(case: Path, tmp_path: Path) -> dict[str, Any]:
    """An answer of `/api/alarm/list`."""
    said, came = given(case), body(case)
    settings = {"datum": said["datum"]} if "datum" in said else {}
    context = Bench(tmp_path, "platform").context()
    reception = WvpReception(wvp_kit.config(**settings), context)
    read = reception.read(came, said.get("content_type", "application/json"), NOW)
    return _page(reception.page(read, came, NOW, more=False), came) | {"pages": read.pages}


async def onvif(case: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """Messages, a line each: topic, payload, and `retained` where it lay at the broker."""
    reception = OnvifReception(onvif_kit.config(), Bench(tmp_path, "cameras").context())
    found = []
    for number, written in enumerate(body(case).decode("utf-8").splitlines()):
        topic, payload, *flags = written.split("\t")
        message = onvif_kit.message(payload.encode(), topic, number, retained="retained" in flags)
        (delivery,) = reception.hear(message)
        found.append(_kept(delivery, message.payload))
    return found


def _kept(delivery: Delivery, raw: bytes) -> dict[str, Any]:
    """A delivery that has the bytes as they came."""
    assert delivery.frame.raw == raw
    more: dict[str, Any] = {}
    if isinstance(delivery, Pictured) and delivery.wanted:
        more["wanted"] = [each.path for each in delivery.wanted]
    more |= {"held": True} if delivery.held else {}
    more |= {"released": True} if delivery.released else {}
    return delivered(delivery) | more


def _page(page: Page, raw: bytes) -> dict[str, Any]:
    trouble = {"trouble": page.trouble} if page.trouble else {}
    return _kept(page.delivery, raw) | {"new": page.new} | trouble

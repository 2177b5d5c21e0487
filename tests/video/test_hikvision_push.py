"""What devices push: pictures are kept, what cannot be read is named, nothing makes it fail."""

from __future__ import annotations

import asyncio
import json
import resource
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.video.hikvision import codec
from adapters.video.hikvision.config import Config
from adapters.video.hikvision.problems import PROBLEMS
from monitor.errors import MediaFull, Stopping, StoreUnavailable
from tests.pictures import photo
from tests.video.hikvision_kit import HEARTBEAT, Store, adapter, alert, form, pushed, store
from tests.video.streaming import part

PHOTO = photo(size=(16, 8))


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    return store(tmp_path)


async def test_a_push_is_answered_when_it_is_stored(kept: Store) -> None:
    kept.gate.clear()
    found = adapter(kept)
    answer = asyncio.create_task(found.receive(pushed(alert())))
    await asyncio.sleep(0)
    assert not answer.done()
    kept.gate.set()
    assert (await answer).status == 200
    assert kept.answered == 1
    assert found.status()["frames"] == {"clean": 1}
    assert found.status()["ready"]


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), Stopping("down")])
async def test_what_is_not_stored_is_not_answered(kept: Store, error: Exception) -> None:
    found = adapter(kept)
    kept.errors = [error]
    with pytest.raises(type(error)):
        await found.receive(pushed(alert()))
    assert kept.answered == 0
    assert (await found.receive(pushed(alert()))).status == 200


async def test_pictures_are_kept_and_belong_to_the_alarm(kept: Store) -> None:
    text, picture = part(alert()), part(PHOTO, "image/jpeg")
    await adapter(kept).receive(form(part(HEARTBEAT), text, picture, picture))
    (event,) = kept.events
    assert [(each.file.type, each.file.size) for each in event.pictures] == [
        ("image/jpeg", len(PHOTO))
    ] * 2
    assert event.pictures[0].file.path.read_bytes() == PHOTO
    assert event.silence == timedelta(seconds=5)


async def test_a_picture_may_stand_before_its_alarm(kept: Store) -> None:
    await adapter(kept).receive(form(part(PHOTO, "image/jpeg"), part(alert())))
    assert len(kept.events[0].pictures) == 1


async def test_a_push_without_room_for_its_picture_is_not_taken(kept: Store) -> None:
    kept.no_room = MediaFull("full")
    with pytest.raises(MediaFull):
        await adapter(kept).receive(form(part(alert()), part(PHOTO, "image/jpeg")))
    assert kept.kept == []


async def test_a_picture_given_by_url_is_fetched(kept: Store) -> None:
    url = "http://10.1.2.3/doc/1.jpg"
    kept.there[f"{url}?k=1"] = PHOTO
    found = adapter(kept)
    await found.receive(pushed(alert(detectionPictureTransType="url", bkgUrl=f"{url}?k=1")))
    ((picture,),) = [event.pictures for event in kept.events]
    assert (picture.name, picture.file.size) == ("1.jpg", len(PHOTO))
    await found.receive(pushed(alert(bkgUrl="http://10.1.2.3/doc/2.jpg")))
    assert kept.problems == ["picture-not-fetched"]


async def test_the_same_again_is_the_same_event(kept: Store) -> None:
    found = adapter(kept)
    body = alert() + alert(state="inactive", at="2026-08-01T13:00:04+08:00")
    for _ in range(2):
        await found.receive(pushed(body))
    assert kept.events[:2] == kept.events[2:]
    first, end = kept.events[:2]
    assert (first.key, first.end, end.key) == (end.key, None, first.key)
    assert end.end == end.start + timedelta(seconds=4)


async def test_an_end_belongs_to_what_began_last(kept: Store) -> None:
    found = adapter(kept, silence_seconds=5)
    for second, state in ((0, "active"), (3, "active"), (20, "active"), (40, "inactive")):
        await found.receive(pushed(alert(state=state, at=f"2026-08-01T12:59:{second:02}+08:00")))
    *_, third, end = kept.events
    assert (end.key, end.start) == (third.key, third.start)
    assert end.end == third.start + timedelta(seconds=20)
    assert len({event.key for event in kept.events}) == 3


async def test_an_end_of_nothing_is_no_event(kept: Store) -> None:
    found = adapter(kept)
    await found.receive(pushed(alert(state="inactive")))
    await found.receive(pushed(alert()))
    await found.receive(pushed(alert(state="inactive", at="2026-08-01T12:00:00+08:00")))
    assert len(kept.events) == 1


async def test_what_belongs_to_another_region_does_not_end_it(kept: Store) -> None:
    found = adapter(kept)
    entry = "<DetectionRegionEntry><regionID>{}</regionID></DetectionRegionEntry>"
    await found.receive(pushed(alert(DetectionRegionList=entry.format(1))))
    late = "2026-08-01T13:00:04+08:00"
    region = entry.format(2)
    await found.receive(pushed(alert(state="inactive", at=late, DetectionRegionList=region)))
    assert len(kept.events) == 1


async def test_a_long_key_is_digested(kept: Store) -> None:
    await adapter(kept).receive(pushed(alert(macAddress="x" * 500)))
    (event,) = kept.events
    assert len(event.key) == 64
    assert len(event.source) <= 210


async def test_the_zone_of_times_without_one_can_be_set(kept: Store) -> None:
    await adapter(kept, zone="Asia/Urumqi").receive(pushed(alert(at="2026-08-01T10:00:00")))
    assert kept.events[0].start.isoformat() == "2026-08-01T04:00:00+00:00"
    assert kept.problems == ["zone-assumed"]


# --- hostile ----------------------------------------------------------------------------------------


def huge_png() -> bytes:
    """A PNG of 30,000 x 30,000 pixels, of which there are none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


BOMB = (
    '<!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><EventNotificationAlert><eventType>&a9;</eventType></EventNotificationAlert>"
).encode()
DEEP = b"<EventNotificationAlert>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</EventNotificationAlert>"
MULTIPART = "multipart/form-data; boundary=a"
LARGE = 20_000_000

HOSTILE = {
    "entity-bomb": (BOMB, "", {"doctype"}),
    "angles": (b"<" * LARGE, "", {"alert-too-long"}),
    "angles-in-a-part": (b"--a\r\n\r\n" + b"<" * LARGE, MULTIPART, {"alert-too-long"}),
    "ends-without-beginnings": (b"</EventNotificationAlert>" * 10_000, "", {"no-alert"}),
    "beginnings-without-ends": (b"<EventNotificationAlert>" * 10_000, "", {"alert-cut-short"}),
    "deep": (DEEP, "", {"too-nested"}),
    "deep-json": (b'{"a":' * 50_000, "application/json", {"too-nested"}),
    "wide": (b"<EventNotificationAlert>" + b"<a/>" * 9000 + b"</EventNotificationAlert>", "",
             {"too-many-items"}),
    "a-number": (b'{"eventType":' + b"9" * 200_000 + b"}", "application/json", {"not-json"}),
    "many-alerts": (alert() * 150, "", {"too-many-alerts"}),
    "a-thousand-parts": (b"--a\r\n\r\nx\r\n" * 1000, MULTIPART, {"too-many-parts", "unknown-part"}),
    "millions-of-boundaries": (b"--a\n" * (LARGE // 4), MULTIPART, {"too-many-parts"}),
    "nearly-boundaries": (b"--a\n" + b"--a+" * (LARGE // 4), MULTIPART, {"unknown-part"}),
    "ends": (b"--a\n" + b"--a--" * (LARGE // 5), MULTIPART, {"too-many-parts"}),
    "dashes": (b"\n" + b"-" * LARGE, MULTIPART, {"unknown-part"}),
    "line-ends": (b"--a" + b"\r\n" * (LARGE // 2), MULTIPART, {"no-alert"}),
    "blanks": (b" " * LARGE, MULTIPART, {"empty-body"}),
    "nothing": (b"", "", {"empty-body"}),
    "headers": (b"--a\n" + b"h: x\n" * (LARGE // 5), MULTIPART, {"unknown-part"}),
    "a-pixel-bomb": (part(alert()) + part(huge_png(), "image/png"), MULTIPART, {"picture-unfit"}),
}  # fmt: skip


@pytest.mark.parametrize("attack", list(HOSTILE))
async def test_an_attack_ends_in_a_named_problem(kept: Store, attack: str) -> None:
    body, content_type, problems = HOSTILE[attack]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (await adapter(kept).receive(pushed(body, content_type))).status == 200
    assert set(kept.problems) == problems
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KiB
    assert len(kept.events) <= 100


async def test_many_pictures_are_not_all_kept(kept: Store) -> None:
    await adapter(kept).receive(form(part(alert()), *[part(PHOTO, "image/jpeg")] * 30))
    assert len(kept.events[0].pictures) == 20
    assert kept.problems == ["too-many-pictures"]


TEXTS = st.text(max_size=20) | st.sampled_from(
    ["", "\0", "\ud800", "&", "<", "9" * 400, "inactive"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = ["macAddress", "channelID", "dateTime", "eventType", "eventState", "activePostCount"]
NAMES += ["DetectionRegionList", "DurationList", "Target", "Extensions", "detectionPicturesNumber"]
JSONS = st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda v: json.dumps(v).encode())
FRAGMENTS = [
    b"--a\r\n",
    b"\r\n",
    b"<EventNotificationAlert>",
    b"</EventNotificationAlert>",
    b"&#0;",
]
FRAGMENTS += [b"<eventType>VMD</eventType>", b"&#xD800;", b"&#9999999;", b"<a", b"\xff\xd8\xff"]
FRAGMENTS += [alert(), HEARTBEAT, b"<?xml version='1.0'?>", b"\0", b"<![CDATA[", b"]]>", b"<!--"]
SOUPS = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=12).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=SOUPS | JSONS | st.binary(max_size=100),
    content_type=st.sampled_from(["", "application/json", MULTIPART]) | st.text(max_size=30),
)
async def test_no_bytes_make_it_fail(kept: Store, body: bytes, content_type: str) -> None:
    kept.kept.clear()
    found = adapter(kept)
    assert (await found.receive(pushed(body, content_type))).status == 200
    (delivery,) = kept.kept
    assert delivery.frame.raw == body
    assert set(delivery.frame.problems) <= set(PROBLEMS) - {"not-readable"}
    assert delivery.frame.verdict != "refused" or delivery.frame.problems
    for event in delivery.events:
        stored = json.dumps([event.key, event.source, event.label, event.details], allow_nan=False)
        assert "\\u0000" not in stored
        json.dumps(event.details, ensure_ascii=False).encode()  # fails with a lone surrogate
        (event.key + event.source + event.label + delivery.frame.note).encode()


async def test_what_the_reader_fails_with_is_kept(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "kind_of", fail)
    assert (await adapter(kept).receive(pushed(alert()))).status == 200
    assert kept.problems == ["not-readable"]


# --- settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "rtsp://10.1.2.3"},
        {"url": "http://admin:x@10.1.2.3"},
        {"url": "http://10.1.2.3/ISAPI"},
        {"username": "admin", "password": "x"},
        {"url": "http://10.1.2.3", "username": "admin"},
        {"url": "http://10.1.2.3", "ca_file": "/dev/null"},
        {"secret": "short"},
        {"secret": "a/b" * 10},
        {"zone": "Asia/Atlantis"},
        {"stream_path": "no-slash"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Config.model_validate({"type": "hikvision", "name": "cameras", **wrong})

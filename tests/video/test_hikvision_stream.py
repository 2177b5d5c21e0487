"""Reading the stream of a device that wants digest authentication and is not always well."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from adapters import pauses
from adapters.video import connection, pulling
from adapters.video.hikvision import codec
from adapters.video.hikvision.stream import Collector, raw
from monitor.errors import MediaFull, StoreUnavailable
from tests.pictures import photo
from tests.servers import async_wait_for
from tests.video.hikvision_kit import HEARTBEAT, NOW, Store, alert, running, store
from tests.video.streaming import Device, listening, part, say

PHOTO = photo(size=(16, 8))
ALARM = part(alert()) + part(PHOTO, "image/jpeg")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(pauses, "FIRST", 0.01)
    monkeypatch.setattr(pauses, "LONGEST", 0.02)
    monkeypatch.setattr(pulling, "REFUSED", 0.02)
    monkeypatch.setattr(connection, "QUIET", 0.05)
    return store(tmp_path)


# --- pure -------------------------------------------------------------------------------------------


def groups(stream: bytes, cuts: Sequence[int] = ()) -> list[list[bytes]]:
    collector, found = Collector(1_000_000), []
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007 - edges are few
        found += collector.feed(stream[start:end])
    return [[part.body for part in group] for group in [*found, *collector.close()]]


STREAM = part(HEARTBEAT) + ALARM + part(PHOTO, "image/jpeg") + part(alert("VMD"), length=False)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_groups_are_the_same_wherever_the_network_cuts(cuts: list[int]) -> None:
    assert groups(STREAM, cuts) == [[HEARTBEAT], [alert(), PHOTO, PHOTO], [alert("VMD")]]


def test_a_group_can_be_read_again_from_its_frame() -> None:
    collector = Collector(1_000_000)
    (group,) = [*collector.feed(ALARM), *collector.close()]
    again = codec.read(raw(group), "")
    (message,) = again.messages
    assert [each.body for each in message.pictures] == [PHOTO]
    assert len(message.alerts) == 1


def test_pictures_without_end_do_not_fill_the_memory() -> None:
    collector, found = Collector(10 * len(PHOTO)), []
    for _ in range(100):
        found += collector.feed(part(PHOTO, "image/jpeg"))
    assert max(len(group) for group in found) < 10


# --- connected --------------------------------------------------------------------------------------


async def test_an_alarm_comes_with_its_pictures_though_nothing_follows(kept: Store) -> None:
    async with listening(Device([say(part(HEARTBEAT), ALARM)])) as url, running(kept, url) as found:
        await async_wait_for(lambda: kept.events)
        (event,) = kept.events
        assert event.pictures[0].file.path.read_bytes() == PHOTO
        assert [each.frame.note for each in kept.kept] == ["heartbeat", "fielddetection active"]
        status = found.status()
        assert (status["ready"], status["trouble"]) == (True, None)
        assert status["last_frame_at"] == NOW


async def test_the_device_is_asked_as_it_wants(kept: Store) -> None:
    device = Device([say(part(HEARTBEAT))])
    async with listening(device) as url, running(kept, url, stream_path="/Event/old"):
        await async_wait_for(lambda: kept.kept)
        first, second = device.requests
    assert first.startswith("GET /Event/old HTTP/1.1\r\n")
    assert "authorization" not in first.lower()
    assert 'username="admin"' in second


async def test_of_heartbeats_one_a_minute_is_kept(kept: Store) -> None:
    stream = part(HEARTBEAT) * 50 + ALARM + part(HEARTBEAT)
    async with listening(Device([say(stream)])) as url, running(kept, url):
        await async_wait_for(lambda: kept.events)
    assert [each.frame.note for each in kept.kept] == ["heartbeat", "fielddetection active"]


async def test_what_is_lost_and_back_is_told_once(kept: Store) -> None:
    gone, back = say(ALARM, then_wait=False), say(part(alert("VMD")), part(HEARTBEAT))
    with structlog.testing.capture_logs() as logs:
        async with listening(Device([gone, back])) as url, running(kept, url):
            await async_wait_for(lambda: len(kept.events) == 2)
    said = [entry["event"] for entry in logs]
    assert said == ["feed connected", "feed interrupted", "feed connected"]
    assert [event.label for event in kept.events] == ["fielddetection", "vmd"]


@pytest.mark.parametrize(
    ("status", "content_type", "said"),
    [
        ("403 Forbidden", "", "refuses the username or password"),
        ("404 Not Found", "", "see the README"),
        ("503 Busy", "", "answers 503"),
        ("200 OK", "text/html", "no multipart stream"),
    ],
)
async def test_an_answer_that_is_no_stream_is_told_once_and_tried_again(
    kept: Store, status: str, content_type: str, said: str
) -> None:
    device = Device([say(then_wait=False)], status)
    device.content_type = content_type
    with structlog.testing.capture_logs() as logs:
        async with listening(device) as url, running(kept, url) as found:
            await async_wait_for(lambda: device.let_in >= 3)
            assert said in found.status()["trouble"]
            assert not found.status()["ready"]
    (entry,) = logs
    assert said in entry["reason"]


async def test_a_wrong_password_is_told(kept: Store) -> None:
    device = Device([say(then_wait=False)])
    async with listening(device) as url, running(kept, url, password="wrong") as found:
        await async_wait_for(lambda: found.status()["trouble"])
        assert "refuses the username or password (401)" in found.status()["trouble"]
        assert "wrong" not in found.status()["trouble"]


async def test_a_silent_device_is_connected_to_again(kept: Store) -> None:
    device = Device([say(part(HEARTBEAT)), say(ALARM)])
    async with listening(device) as url, running(kept, url, read_timeout=0.2):
        await async_wait_for(lambda: kept.events)
    assert device.let_in >= 2


async def test_nobody_there_is_told(kept: Store) -> None:
    async with running(kept, "http://127.0.0.1:1") as found:
        await async_wait_for(lambda: found.status()["trouble"])
        assert "ConnectError" in found.status()["trouble"]


async def test_a_backlog_raises_no_alarm_of_now(kept: Store) -> None:
    at = NOW - timedelta(minutes=6)
    backlog = part(alert(at=at.isoformat())) + part(alert("VMD"))
    async with listening(Device([say(backlog)])) as url, running(kept, url):
        await async_wait_for(lambda: len(kept.events) == 2)
    assert [event.supplementary for event in kept.events] == [True, False]


async def test_what_the_store_does_not_take_waits_for_it(kept: Store) -> None:
    kept.errors = [StoreUnavailable("locked"), StoreUnavailable("locked")]
    with structlog.testing.capture_logs() as logs:
        async with listening(Device([say(ALARM)])) as url, running(kept, url):
            await async_wait_for(lambda: kept.events)
    assert len(kept.kept) == 1
    assert [entry["event"] for entry in logs[1:]] == ["feed interrupted", "feed connected"]


async def test_a_picture_without_room_is_in_the_frame(kept: Store) -> None:
    kept.no_room = MediaFull("full")
    async with listening(Device([say(ALARM)])) as url, running(kept, url):
        await async_wait_for(lambda: kept.events)
    assert kept.problems == ["picture-not-kept"]
    assert PHOTO in kept.kept[0].frame.raw


async def test_a_part_that_is_too_long_is_named_and_the_stream_goes_on(kept: Store) -> None:
    stream = part(b"<" * 300_000) + ALARM
    device = Device([say(stream)])
    async with listening(device) as url, running(kept, url, max_body=10_000):
        await async_wait_for(lambda: kept.events)
    refused = kept.kept[0].frame
    assert (refused.verdict, refused.problems) == ("refused", ("part-too-long",))
    assert len(refused.raw) < 11_000


async def test_stopping_lets_a_delivery_end(kept: Store) -> None:
    kept.gate.clear()
    async with listening(Device([say(ALARM)])) as url:
        async with running(kept, url):
            incoming = kept.media.folder / "incoming"
            await async_wait_for(lambda: incoming.exists() and list(incoming.iterdir()))
            asyncio.get_running_loop().call_later(0.05, kept.gate.set)
        assert len(kept.events) == 1


async def test_stopping_does_not_wait_for_ever(kept: Store) -> None:
    kept.gate.clear()
    async with listening(Device([say(ALARM)])) as url:
        async with running(kept, url, stop_within=0.05):
            incoming = kept.media.folder / "incoming"
            await async_wait_for(lambda: incoming.exists() and list(incoming.iterdir()))
        assert kept.kept == []

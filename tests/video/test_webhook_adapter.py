"""The door: what is pushed is proved, read, kept with its pictures, and only then answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.video.webhook import Adapter, codec
from adapters.video.webhook.config import Config
from adapters.video.webhook.problems import PROBLEMS
from monitor.adapter import Reply
from monitor.errors import FetchError, MediaFull, MediaUnavailable, Stopping, StoreUnavailable
from monitor.event import Datum, Kind, Place
from tests.pictures import PDF, photo, video
from tests.video.kit import NOW, Bench, pushed, serving

PLAIN: dict[str, Any] = {"id": "id", "device": "sn", "label": "what", "time": "at"}
EVENT: dict[str, Any] = {"id": "e1", "sn": "示例相机", "what": "fire", "at": "2026-08-01T12:00:00"}
JPEG = photo(size=(64, 48))
CALLBACK_KEY = "示例密钥"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    files = {"/a.jpg": JPEG, "/b.jpg": photo("blue"), "/page": b"<html>", "/clip.mp4": video()}
    with serving(files | {"/huge.jpg": b"x" * 20_000, "/doc.jpg": PDF}) as address:
        yield address


def adapter(bench: Bench, profile: Any = None, **more: Any) -> Adapter:
    given = {"type": "webhook", "name": "eyes", "profile": PLAIN if profile is None else profile}
    return Adapter(Config.model_validate(given | more), bench.context())


async def push(one: Adapter, message: Any, **more: Any) -> Reply:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return await one.door.receive(pushed(body, **more))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- what is handed in ----------------------------------------------------------------------------


async def test_an_event_and_its_frame(bench: Bench) -> None:
    more = {"longitude": "lon", "latitude": "lat", "datum": "gcj02", "silence": 60, "sent": "sent"}
    one = adapter(bench, PLAIN | more)
    message = EVENT | {"lon": 120.1, "lat": 30.2, "sent": "2026-08-01T12:00:01"}
    answer = await push(one, message)
    assert (answer.status, answer.body, answer.content_type) == (200, b"{}", "application/json")
    (event,) = bench.events
    assert (event.key, event.kind, event.source) == ("e1", Kind.VIDEO, "示例相机")
    assert event.start == NOW - timedelta(hours=1)
    assert event.silence == timedelta(minutes=1)
    assert event.place == Place(longitude=120.1, latitude=30.2, datum=Datum.GCJ02, of_camera=True)
    frame = bench.frame
    assert (frame.source, frame.peer, frame.received_at) == ("eyes", "10.0.0.9:40112", NOW)
    assert (frame.raw, frame.device) == (json.dumps(message).encode(), None)
    assert (frame.verdict, frame.problems, frame.note) == ("clean", (), "")
    assert frame.sent_at == NOW - timedelta(minutes=59, seconds=59)
    assert bench.answered == 1


async def test_the_zone_of_the_adapter_goes_before_that_of_the_profile(bench: Bench) -> None:
    for more, hours in (({}, 1), ({"zone": "Asia/Tokyo"}, 2), ({"zone": "Asia/Dhaka"}, -1)):
        one = adapter(bench, PLAIN | {"zone": "Asia/Shanghai"}, **more)
        await push(one, EVENT)
        assert bench.events[0].start == NOW - timedelta(hours=hours)


async def test_what_cannot_be_understood_is_kept_and_answered(bench: Bench) -> None:
    one = adapter(bench)
    for body, problem in (
        (b"<xml/>", "not-json"),
        (b"", "empty-message"),
        (b"[" * 90_000, "too-nested"),
        (b"{}", "missing-device"),
    ):
        assert (await push(one, body)).status == 200
        assert (bench.frame.raw, bench.frame.verdict) == (body, "refused")
        assert bench.frame.problems == (problem,)
        assert bench.events == ()


async def test_heartbeats_are_frames_without_events(bench: Bench) -> None:
    one = adapter(bench, PLAIN | {"only": {"type": ["alarm"]}, "ignore": {"what": ["online"]}})
    for message in ({"type": "beat"}, EVENT | {"type": "alarm", "what": "online"}):
        assert (await push(one, message)).status == 200
        assert (bench.frame.verdict, bench.frame.note) == ("clean", "no event by the profile")
        assert bench.events == ()


async def test_the_reply_is_the_profiles(bench: Bench) -> None:
    one = adapter(bench, "ezviz")
    for kind in ("ys.alarm", "ys.onoffline"):
        header = {"messageId": "m1", "type": kind, "deviceId": "D1", "channelNo": 1}
        assert json.loads((await push(one, {"header": header})).body) == {"messageId": "m1"}
    assert (await push(adapter(bench, PLAIN | {"reply": "OK"}), b"?")).body == b"OK"


@pytest.mark.parametrize("error", [StoreUnavailable("locked"), Stopping("now")])
async def test_what_is_not_kept_is_not_answered(bench: Bench, error: Exception) -> None:
    one = adapter(bench)
    bench.error = error
    with pytest.raises(type(error)):
        await push(one, EVENT)
    assert (bench.answered, one.status()["frames"]) == (0, {})
    bench.error = None
    assert (await push(one, EVENT)).status == 200


async def test_a_reader_that_fails_costs_no_evidence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "read", failing)
    with capture_logs() as logs:
        assert (await push(adapter(bench), EVENT)).status == 200
    assert (bench.frame.verdict, bench.frame.problems) == ("refused", ("not-readable",))
    assert "ZeroDivisionError" in logs[0]["error"]


# --- pictures -------------------------------------------------------------------------------------


async def test_pictures_in_base64(bench: Bench) -> None:
    one = adapter(bench, PLAIN | {"picture": "pics[]", "picture_as": "base64"})
    await push(one, EVENT | {"pics": [b64(JPEG), "data:image/png;base64," + b64(JPEG)]})
    first, second = bench.events[0].pictures
    assert (first.name, second.name) == ("picture-1", "picture-2")
    assert first.file.path.read_bytes() == JPEG
    assert first.file.type == second.file.type == "image/jpeg"
    assert first.file.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert first.file.path != second.file.path
    assert bench.frame.verdict == "clean"


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        ("no base64 at all!", "picture-unfit"),
        (b64(b"GIF89a"), "picture-unfit"),
        (b64(PDF), "picture-unfit"),
        (b64(JPEG[:100]), "picture-unfit"),
        ("data:image/jpeg;base64,", "picture-unfit"),
        (b64(b"\xff\xd8\xff" + bytes(30_000)), "picture-too-large"),
        (b64(photo(size=(1200, 1000))[:19_000]), "picture-too-large"),
        (["x"], "picture-unfit"),
    ],
)
async def test_an_unfit_picture_costs_the_event_nothing(
    bench: Bench, picture: Any, problem: str
) -> None:
    profile = PLAIN | {"picture": "pic", "picture_as": "base64"}
    one = adapter(bench, profile, max_picture=20_000)
    assert (await push(one, EVENT | {"pic": picture})).status == 200
    (event,) = bench.events
    assert event.pictures == ()
    assert bench.frame.problems == (problem,)
    assert bench.frame.verdict == "tolerated"


async def test_pictures_are_fetched(bench: Bench, server: str) -> None:
    one = adapter(bench, PLAIN | {"picture": "pics[]", "picture_base": server})
    await push(one, EVENT | {"pics": [f"{server}/a.jpg", "/b.jpg", "/clip.mp4"]})
    pictures = bench.events[0].pictures
    assert [each.name for each in pictures] == ["a.jpg", "b.jpg", "clip.mp4"]
    assert [each.file.type for each in pictures] == ["image/jpeg", "image/jpeg", "video/mp4"]
    assert bench.frame.problems == ()


@pytest.mark.parametrize(
    ("path", "problem", "note"),
    [
        ("/none.jpg", "picture-not-fetched", "answered 404"),
        ("/slow", "picture-not-fetched", "not within 0.2 seconds"),
        ("/page", "picture-unfit", ""),
        ("/doc.jpg", "picture-unfit", ""),
        ("/huge.jpg", "picture-too-large", ""),
    ],
)
async def test_a_picture_that_is_not_to_be_had(
    bench: Bench, server: str, path: str, problem: str, note: str
) -> None:
    limits = {"max_picture": 10_000, "fetch_within": 0.2 if path == "/slow" else 10}
    one = adapter(bench, PLAIN | {"picture": "pics[]"}, **limits)
    await push(one, EVENT | {"pics": [server + path]})
    (event,) = bench.events
    assert event.pictures == ()
    assert (bench.frame.problems, bench.frame.note) == ((problem,), note)


async def test_what_is_no_address_is_not_asked_for(bench: Bench) -> None:
    one = adapter(bench, PLAIN | {"picture": "pics[]"}, max_pictures=200)
    await push(
        one,
        EVENT
        | {
            "pics": [
                "file:///etc/passwd",
                "a.jpg",
                "http://[x",
                "http://" + "a" * 3000,
                "http://h/\ud800",
                "http://h/a b\0c",
            ]
        },
    )
    assert bench.fetched == []
    assert bench.frame.problems == ("picture-not-fetched",)
    assert "no address" in bench.frame.note


async def test_a_picture_of_several_events_is_fetched_once_and_kept_for_each(
    bench: Bench, server: str
) -> None:
    one = adapter(bench, PLAIN | {"events": "all[]", "picture": "$.pic"})
    await push(one, {"all": [EVENT, EVENT | {"id": "e2"}], "pic": f"{server}/a.jpg"})
    assert len(bench.fetched) == 1
    first, second = (event.pictures[0].file.path for event in bench.events)
    assert first != second
    assert first.read_bytes() == second.read_bytes() == JPEG


async def test_pictures_that_come_as_parts_of_a_form(bench: Bench) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n'
    body = head % (b"e", b"e.xml") + json.dumps(EVENT).encode() + b"\r\n"
    body += head % (b"i", b"../../i") + JPEG + b"\r\n" + head % (b"j", b"j") + b"no\r\n--b--\r\n"
    one = adapter(bench, PLAIN | {"picture_as": "part"})
    await push(one, body, headers={"content-type": "multipart/form-data; boundary=b"})
    (picture,) = bench.events[0].pictures
    assert (picture.name, picture.file.path.read_bytes()) == ("i", JPEG)
    assert bench.frame.problems == ("picture-unfit",)
    assert bench.frame.raw == body


async def test_a_later_picture_belongs_to_its_event(bench: Bench, server: str) -> None:
    one = adapter(bench, {"like": "icc", "picture_base": server})
    alarm = {"alarmCode": "c1", "alarmDate": "1785556800", "nodeCode": "1$1", "alarmType": 302}
    await push(one, {"method": "alarm.msg", "info": alarm})
    assert bench.events[0].key == "c1"
    later = {"alarmCode": "c1", "alarmDate": "1785556800", "picture": "a.jpg,b.jpg"}
    await push(one, {"method": "vms.notifyAlarmPicture", "info": later})
    (event,) = bench.events
    assert (event.key, event.source, event.label, len(event.pictures)) == ("c1", "", "", 2)


@pytest.mark.parametrize("error", [MediaFull("full"), MediaUnavailable("gone")])
async def test_without_room_for_pictures_nothing_is_kept(bench: Bench, error: Exception) -> None:
    bench.media_error = error
    one = adapter(bench, PLAIN | {"picture": "pics[]", "picture_as": "base64"})
    with pytest.raises(type(error)):
        await push(one, EVENT | {"pics": [b64(JPEG), b64(photo("blue"))]})
    assert bench.kept == []


# --- who pushes -----------------------------------------------------------------------------------


def signed(expires: int, key: str = CALLBACK_KEY) -> dict[str, Any]:
    signature = hashlib.md5(f"{key}{expires}".encode()).hexdigest()
    return {"EventType": 5, "DeviceId": "示例", "AIType": 10, "EventTime": expires - 600,
            "Expires": expires, "Signature": signature.upper()}  # fmt: skip


async def test_a_right_signature(bench: Bench) -> None:
    one = adapter(bench, "ctyun", signature_key=CALLBACK_KEY)
    for ahead in (-30, 300, 630):
        answer = await push(one, signed(int(NOW.timestamp()) + ahead))
        assert answer.status == 200
        assert bench.events[0].label == "10"


async def test_a_wrong_signature_is_answered_401_and_leaves_nothing(bench: Bench) -> None:
    one, now = adapter(bench, "ctyun", signature_key=CALLBACK_KEY), int(NOW.timestamp())
    wrong: list[Any] = [
        signed(now + 300, "another"),
        signed(now + 300) | {"Expires": now + 301},
        signed(now + 300) | {"Signature": None},
        signed(now + 300) | {"Signature": "示例\ud800"},
        signed(now - 300),
        signed(now + 3000),
        b"no json",
        {},
    ]
    with capture_logs() as logs:
        for message in wrong:
            assert (await push(one, message)).status == 401
    assert bench.kept == []
    assert one.status()["frames"] == {"forged": len(wrong)}
    assert [entry["event"] for entry in logs] == ["push refused"]
    assert CALLBACK_KEY not in str(logs)


@pytest.mark.parametrize(("encoding", "prefix"), [("hex", "sha256="), ("base64", "")])
async def test_a_signed_body(bench: Bench, encoding: str, prefix: str) -> None:
    rule = {"rule": "hmac-sha256", "header": "X-Sign", "prefix": prefix, "encoding": encoding}
    one = adapter(bench, PLAIN | {"signature": rule}, signature_key=CALLBACK_KEY)
    body = json.dumps(EVENT).encode()
    digest = hmac.digest(CALLBACK_KEY.encode(), body, "sha256")
    right = prefix + (digest.hex() if encoding == "hex" else b64(digest))
    assert (await push(one, body, headers={"x-sign": right})).status == 200
    assert (await push(one, body + b" ", headers={"x-sign": right})).status == 401
    for header in ("", "sha256=", right[:-1], "示例"):
        assert (await push(one, body, headers={"x-sign": header})).status == 401
    assert (await push(one, body, headers={})).status == 401
    assert len(bench.kept) == 1


async def test_pushes_at_the_same_time_are_each_their_own(bench: Bench, server: str) -> None:
    one = adapter(bench, PLAIN | {"picture": "pic"})
    messages = [EVENT | {"id": f"e{n}", "pic": f"{server}/a.jpg"} for n in range(30)]
    answers = await asyncio.gather(*(push(one, message) for message in messages))
    assert {answer.status for answer in answers} == {200}
    assert {each.events[0].key for each in bench.kept} == {f"e{n}" for n in range(30)}
    assert all(len(each.events[0].pictures) == 1 for each in bench.kept)


# --- what the supervisor sees ---------------------------------------------------------------------


async def test_it_is_ready_and_waits_until_it_is_cancelled(bench: Bench) -> None:
    one = adapter(bench, secret="示例".encode().hex() * 3, max_body=5_000)
    assert one.door.secret == "示例".encode().hex() * 3
    assert one.door.max_body == 5_000
    assert one.status() == {"ready": True, "last_frame_at": None, "frames": {}}
    running = asyncio.create_task(one.run())
    await push(one, EVENT)
    await push(one, b"?")
    assert one.status()["frames"] == {"clean": 1, "refused": 1}
    assert one.status()["last_frame_at"] == NOW
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_problems_it_names_are_described(bench: Bench) -> None:
    one = adapter(bench, PLAIN | {"picture": "pics[]", "picture_as": "base64"}, max_pictures=1)
    await push(one, EVENT | {"at": "?", "pics": ["?", "?"]})
    assert bench.frame.problems
    assert set(bench.frame.problems) <= set(PROBLEMS)


async def test_why_a_picture_was_not_fetched_can_be_kept(bench: Bench) -> None:
    async def fetch(_url: str) -> bytes:
        raise FetchError("no\0\ud800" + "x" * 1000)

    given = {"type": "webhook", "name": "eyes", "profile": PLAIN | {"picture": "pic"}}
    one = Adapter(Config.model_validate(given), bench.context(fetch=fetch))
    await push(one, EVENT | {"pic": "http://10.0.0.7/a.jpg"})
    assert bench.frame.note.startswith("no��xxx")
    assert len(bench.frame.note) == 200

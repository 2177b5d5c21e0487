"""Pilot 2's calls at the adapter's door, with a real store behind it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from adapters.drone.dji import keeping
from adapters.drone.dji.adapter import Adapter
from adapters.drone.dji.problems import PROBLEMS
from monitor.errors import MediaUnavailable, StoreError
from monitor.objects import Bucket, lend
from tests.dji.kit import Place, config, place, put
from tests.objects import ObjectStore
from tests.pictures import photo
from tests.servers import async_wait_for
from tests.video.kit import pushed

PHOTO = photo(size=(320, 240))
MD5 = hashlib.md5(PHOTO).hexdigest().upper()
TINY = "5aec4c6f6c1f3cdd2a1b_2026_8_1_12_4_20"
WORKSPACE = "e3dea0f5-37f2-4d79-ae58-490af3228069"


class Controller:
    """A remote controller with Pilot 2."""

    def __init__(self, store: ObjectStore, folder: Path, **more: Any) -> None:
        self.bench: Place = place(folder)
        self.config = config(store, **more)
        self.open()

    def open(self) -> None:
        """A new adapter, as after a restart."""
        self.adapter = Adapter(self.config, self.bench.context(name="docks"))
        self.door = self.adapter.door

    async def call(self, path: str, body: Any = None, service: str = "media") -> dict[str, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        where = f"{service}/api/v1/workspaces/{WORKSPACE}/{path}"
        return await self.ask(where, raw)

    async def ask(self, path: str, raw: bytes) -> dict[str, Any]:
        reply = await self.door.receive(pushed(raw, path=path))
        assert reply.status == 200
        found: dict[str, Any] = json.loads(reply.body)
        return found

    def callback(self, key: str, **more: Any) -> dict[str, Any]:
        return {
            "result": 0,
            "ext": {"file_group_id": "group-1", "tinny_fingerprint": TINY, "sn": "1581F5BK"},
            "fingerprint": MD5,
            "metadata": {
                "created_time": "2026-08-01T12:04:20+08:00",
                "shoot_position": {"lat": 22.1, "lng": 113.5},
            },
            "name": "DJI_0001.JPG",
            "object_key": key,
            "path": "group-1",
            "sub_file_type": 0,
        } | more

    @property
    def problems(self) -> tuple[str, ...]:
        return self.bench.frame.problems


@pytest.fixture
def pilot(object_store: ObjectStore, tmp_path: Path) -> Controller:
    return Controller(object_store, tmp_path)


async def test_a_file_goes_the_whole_way(pilot: Controller) -> None:
    asked = {"fingerprint": MD5, "name": "DJI_0001.JPG", "path": "", "ext": {}}
    assert (await pilot.call("fast-upload", asked))["code"] != 0
    several = {"tiny_fingerprints": [TINY, "other"]}
    there = await pilot.call("files/tiny-fingerprints", several)
    assert there["data"] == {"tiny_fingerprints": []}
    lent = await pilot.call("sts", service="storage")
    assert (lent["code"], lent["data"]["bucket"]) == (0, "media")
    assert lent["data"]["credentials"]["security_token"]
    key = put(pilot.config.bucket, "DJI_0001.JPG", PHOTO)
    up = await pilot.call("upload-callback", pilot.callback(key))
    assert up == {"code": 0, "message": "success", "data": {"object_key": key}}
    survey = pilot.bench.kept[-1].survey
    assert survey is not None
    assert survey.mission == "group-1"
    assert survey.files[0].file.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert survey.files[0].details["dji"]["fingerprint"] == MD5
    group = {"file_group_id": "group-1", "file_count": 2, "file_uploaded_count": 1}
    assert (await pilot.call("group-upload-callback", group))["code"] == 0
    survey = pilot.bench.kept[-1].survey
    assert survey is not None
    assert (survey.mission, survey.expected, survey.files) == ("group-1", 2, ())
    assert (await pilot.call("fast-upload", asked))["code"] == 0
    there = await pilot.call("files/tiny-fingerprints", several)
    assert there["data"] == {"tiny_fingerprints": [TINY]}
    assert len(pilot.bench.kept) == pilot.bench.answered == 7
    assert {name for each in pilot.bench.kept for name in each.frame.problems} == set()


async def test_what_is_not_kept_is_never_said_to_be_there(pilot: Controller) -> None:
    """Code 0 means that Pilot need not send the file: it would be lost."""
    key = put(pilot.config.bucket, "a.jpg", PHOTO)
    pilot.bench.error = StoreError("示例")
    with pytest.raises(StoreError):
        await pilot.call("upload-callback", pilot.callback(key))
    pilot.bench.error, pilot.bench.media_error = None, MediaUnavailable("示例")
    with pytest.raises(MediaUnavailable):
        await pilot.call("upload-callback", pilot.callback(key))
    pilot.bench.media_error = None
    await pilot.call("upload-callback", pilot.callback(key, fingerprint="0" * 32))
    assert pilot.problems == ("fingerprint-mismatch",)
    missing = f"{pilot.config.bucket.prefix}/missing.jpg"
    await pilot.call("upload-callback", pilot.callback(missing, fingerprint="1" * 32))
    assert pilot.problems == ("object-missing",)
    for fingerprint in (MD5, "0" * 32, "1" * 32):
        assert (await pilot.call("fast-upload", {"fingerprint": fingerprint}))["code"] != 0
    for unreadable in (b"", b"{", b"[]", b"{}"):
        assert (await pilot.call("fast-upload", unreadable))["code"] != 0
    there = await pilot.call("files/tiny-fingerprints", {"tiny_fingerprints": [TINY]})
    assert there["data"] == {"tiny_fingerprints": []}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("upload-callback", b"\xff\x00"),
        ("upload-callback", b"[" * 200),
        ("upload-callback", {"result": 1, "object_key": "a"}),
        ("upload-callback", {"object_key": ["a"], "metadata": 7, "ext": [], "name": {"a": 1}}),
        ("group-upload-callback", {"file_group_id": "g", "file_count": -1}),
        ("group-upload-callback", {"file_group_id": ["g"], "file_count": 1}),
        ("files/tiny-fingerprints", {"tiny_fingerprints": 5}),
        ("files/tiny-fingerprints", {"tiny_fingerprints": [None, {}, []] * 1000}),
        ("unheard-of", {}),
    ],
)
async def test_what_is_not_understood_is_kept_and_answered(
    pilot: Controller, path: str, body: Any
) -> None:
    assert (await pilot.call(path, body))["code"] == 0
    assert len(pilot.bench.kept) == 1
    assert pilot.bench.kept[0].survey is None
    assert set(pilot.problems) <= set(PROBLEMS)


async def test_what_breaks_our_reading_is_kept_and_named(
    pilot: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("示例")

    monkeypatch.setattr("adapters.drone.dji.pilot.called_back", broken)
    assert (await pilot.call("upload-callback", pilot.callback("a")))["code"] == 0
    assert pilot.problems == ("not-readable",)


async def test_a_second_call_does_not_rely_on_what_is_not_committed(pilot: Controller) -> None:
    """Told again while the first call is being delivered, which then fails."""
    key, gate, offered = put(pilot.config.bucket, "a.jpg", PHOTO), asyncio.Event(), list[Any]()
    deliver = pilot.bench.deliver

    async def failing(deliveries: Any) -> None:
        offered.append(deliveries)
        if len(offered) == 1:
            await gate.wait()
            raise StoreError("示例")
        await deliver(deliveries)

    pilot.bench.deliver = failing  # type: ignore[method-assign]
    pilot.open()
    first = asyncio.create_task(pilot.call("upload-callback", pilot.callback(key)))
    await async_wait_for(lambda: offered)
    second = asyncio.create_task(pilot.call("upload-callback", pilot.callback(key)))
    await asyncio.sleep(0.3)
    assert len(offered) == 1
    assert not second.done()
    gate.set()
    with pytest.raises(StoreError):
        await first
    assert (await second)["code"] == 0
    (delivery,) = pilot.bench.kept
    assert delivery.survey is not None
    assert len(delivery.survey.files) == 1


async def test_a_file_that_comes_later_is_fetched_across_a_restart(
    pilot: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FIRST", 0.2)
    key = f"{pilot.config.bucket.prefix}/late.jpg"
    assert (await pilot.call("upload-callback", pilot.callback(key)))["code"] == 0
    assert pilot.problems == ("object-missing",)
    assert pilot.adapter.status()["due"] == 1
    pilot.open()
    running = asyncio.create_task(pilot.adapter.run())
    await async_wait_for(lambda: pilot.adapter.status()["due"] == 1)
    put(pilot.config.bucket, "late.jpg", PHOTO)
    await async_wait_for(lambda: pilot.adapter.status()["due"] == 0)
    running.cancel()
    await asyncio.wait({running})
    survey = pilot.bench.kept[-1].survey
    assert survey is not None
    assert (survey.mission, len(survey.files)) == ("group-1", 1)
    assert survey.files[0].details["dji"]["fingerprint"] == MD5
    assert await pilot.bench.had() == []


async def test_what_is_due_and_foreign_to_new_settings_is_given_up(pilot: Controller) -> None:
    key = f"{pilot.config.bucket.prefix}/late.jpg"
    await pilot.call("upload-callback", pilot.callback(key))
    bucket = pilot.config.bucket.model_copy(update={"prefix": "another"})
    pilot.config = pilot.config.model_copy(update={"bucket": bucket})
    pilot.open()
    await pilot.adapter._keeping.restore()
    assert pilot.problems == ("object-given-up",)
    assert await pilot.bench.had() == []


async def test_a_key_outside_of_the_prefix_is_not_fetched(pilot: Controller) -> None:
    prefix = pilot.config.bucket.prefix
    beside = pilot.config.bucket.model_copy(update={"prefix": f"{prefix}-not"})
    for key in (put(beside, "a.jpg", PHOTO), f"{prefix}/../secret", prefix, f"/x/{prefix}/a.jpg"):
        assert (await pilot.call("upload-callback", pilot.callback(key)))["code"] == 0
        assert pilot.bench.kept[-1].survey is None
        assert pilot.problems in (("foreign-key",), ("no-object-key",))
    assert (await pilot.call("fast-upload", {"fingerprint": MD5}))["code"] != 0


async def test_no_key_is_lent_for_a_whole_bucket(pilot: Controller) -> None:
    whole = pilot.config.bucket.model_copy(update={"prefix": ""})
    with pytest.raises(MediaUnavailable, match="no prefix"):
        lend(Bucket(whole), 900)


async def test_other_workspaces_get_nothing(object_store: ObjectStore, tmp_path: Path) -> None:
    pilot = Controller(object_store, tmp_path, workspaces=["another"])
    assert (await pilot.call("sts", service="storage"))["data"] == {}
    key = put(pilot.config.bucket, "a.jpg", PHOTO)
    assert (await pilot.call("upload-callback", pilot.callback(key)))["code"] != 0
    assert pilot.problems == ("other-workspace",)
    assert pilot.bench.kept[-1].survey is None


async def test_without_a_store_no_key_is_lent(object_store: ObjectStore, tmp_path: Path) -> None:
    pilot = Controller(object_store, tmp_path, sts_endpoint="http://127.0.0.1:1")
    assert (await pilot.call("sts", service="storage"))["code"] != 0
    assert pilot.problems == ("no-credentials",)


async def test_a_file_without_a_group_goes_to_its_aircrafts_day(pilot: Controller) -> None:
    key = put(pilot.config.bucket, "a.jpg", PHOTO)
    await pilot.call("upload-callback", pilot.callback(key, ext={"sn": "1581F5BK"}))
    survey = pilot.bench.kept[-1].survey
    assert survey is not None
    assert survey.mission == "1581F5BK 2026-08-01"
    assert pilot.problems == ("no-mission",)

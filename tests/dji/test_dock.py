"""A dock over a real broker, its files in a real store."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from minio import Minio
from minio.error import S3Error

from adapters.drone.dji import keeping
from adapters.drone.dji.problems import PROBLEMS
from monitor.errors import MediaUnavailable, StoreError
from monitor.media import Limits
from monitor.objects import Bucket, lend
from monitor.observation import ASSEMBLED
from monitor.survey import Content
from tests.dji.kit import (
    DOCK,
    FLIGHT,
    Dock,
    Place,
    answering,
    config,
    file_message,
    place,
    put,
    running,
)
from tests.objects import ObjectStore
from tests.pictures import photo, video
from tests.servers import Mosquitto, async_wait_for

PHOTO = photo(size=(320, 240))


@pytest.fixture
def bench(tmp_path: Path) -> Place:
    return place(tmp_path)


async def test_a_file_is_kept_before_the_dock_is_answered(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    gate, deliver = asyncio.Event(), bench.deliver

    async def slowly(deliveries: Any) -> None:
        offered.append(deliveries)
        await gate.wait()
        await deliver(deliveries)

    offered: list[Any] = []
    bench.deliver = slowly  # type: ignore[method-assign]
    key = put(said.bucket, "wayline/DJI_0001.JPG", PHOTO)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            told = dock.say("file_upload_callback", file_message(key))
            await async_wait_for(lambda: offered)
            assert dock.replies == []
            gate.set()
            reply = await dock.reply_to(told)
    assert (reply["bid"], reply["method"]) == (told["bid"], "file_upload_callback")
    assert reply["data"] == {"result": 0}
    assert dock.replies[0][0] == f"thing/product/{DOCK}/events_reply"
    (delivery,) = bench.kept
    assert delivery.frame.device == DOCK
    assert json.loads(delivery.frame.raw) == told
    survey = delivery.survey
    assert survey is not None
    assert (survey.mission, survey.expected) == (FLIGHT, 3)
    (file,) = survey.files
    assert (file.name, file.content) == ("DJI_0001.JPG", Content.PHOTO)
    assert file.file.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert file.file.path.read_bytes() == PHOTO
    assert file.details["dji"]["gimbal_yaw"] == -91.4
    assert file.details["dji"]["object_key"] == key


async def test_what_a_video_does_not_say_the_dock_does(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    key = put(said.bucket, "DJI_0002.MP4", video(size=2_000_000))
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            await dock.reply_to(dock.say("file_upload_callback", file_message(key)))
    (survey,) = [each.survey for each in bench.kept]
    assert survey is not None
    (file,) = survey.files
    assert file.place is not None
    assert (file.place.longitude, file.place.latitude, file.place.of_camera) == (113.5, 22.1, True)
    assert file.trace is not None
    assert file.start is not None
    assert file.start.isoformat() == "2026-08-01T04:04:20+00:00"  # 12:04 in Shanghai
    assert file.file.type == "video/mp4"


async def test_repeats_are_answered_and_fetched_once(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    key = put(said.bucket, "a.jpg", PHOTO)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            for _ in range(3):
                await dock.reply_to(dock.say("file_upload_callback", file_message(key)))
            put(said.bucket, "a.jpg", PHOTO + b"2")
            await dock.reply_to(dock.say("file_upload_callback", file_message(key)))
    files = [len(each.survey.files) for each in bench.kept if each.survey]
    assert files == [1, 0, 0, 1]


async def test_a_file_that_comes_later_is_fetched_when_it_is_told_again(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            message = file_message(f"{said.bucket.prefix}/late.jpg")
            reply = await dock.reply_to(dock.say("file_upload_callback", message))
            assert reply["data"] == {"result": 0}
            assert bench.frame.problems == ("object-missing",)
            put(said.bucket, "late.jpg", PHOTO)
            await dock.reply_to(dock.say("file_upload_callback", message))
    assert bench.kept[-1].survey is not None
    assert len(bench.kept[-1].survey.files) == 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is looked for again soon."""
    monkeypatch.setattr(keeping, "FIRST", 0.2)
    monkeypatch.setattr(keeping, "LONGEST", 0.4)


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_comes_later_is_fetched_across_a_restart_without_being_told_again(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        message = file_message(f"{said.bucket.prefix}/late.jpg")
        async with running(said, bench) as adapter:
            told = dock.say("file_upload_callback", message)
            assert (await dock.reply_to(told))["data"] == {"result": 0}
            await dock.reply_to(dock.say("file_upload_callback", message))
            assert adapter.status()["due"] == 1
        assert len(await bench.had()) == 1
        async with running(said, bench) as adapter:
            assert adapter.status()["due"] == 1
            put(said.bucket, "late.jpg", PHOTO)
            await async_wait_for(lambda: adapter.status()["due"] == 0)
            await dock.reply_to(dock.say("file_upload_callback", message))
    assert await bench.had() == []
    first, second, found, again = bench.kept
    assert first.frame.problems == second.frame.problems == ("object-missing",)
    assert (found.frame.verdict, json.loads(found.frame.raw)) == (ASSEMBLED, told)
    assert found.frame.problems == ()
    assert found.survey is not None
    assert (found.survey.mission, found.survey.expected) == (FLIGHT, 3)
    assert found.survey.files[0].file.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert again.survey is not None
    assert again.survey.files == ()


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_is_told_again_and_there_is_due_no_more(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FIRST", 60.0)
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench) as adapter:
            message = file_message(f"{said.bucket.prefix}/late.jpg")
            await dock.reply_to(dock.say("file_upload_callback", message))
            assert adapter.status()["due"] == 1
            put(said.bucket, "late.jpg", PHOTO)
            await dock.reply_to(dock.say("file_upload_callback", message))
            assert adapter.status()["due"] == 0
    assert await bench.had() == []
    assert [len(each.survey.files) for each in bench.kept if each.survey] == [1]


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_never_comes_is_given_up_after_a_day(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench) as adapter:
            message = file_message(f"{said.bucket.prefix}/never.jpg")
            await dock.reply_to(dock.say("file_upload_callback", message))
            bench.now += timedelta(hours=23)
            await asyncio.sleep(1)
            assert adapter.status()["due"] == 1
            bench.now += timedelta(hours=1)
            await async_wait_for(lambda: adapter.status()["due"] == 0)
    assert bench.frame.problems == ("object-given-up",)
    assert await bench.had() == []


@pytest.mark.usefixtures("at_once")
async def test_what_cannot_be_kept_when_it_has_come_stays_due(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench) as adapter:
            message = file_message(f"{said.bucket.prefix}/late.jpg")
            await dock.reply_to(dock.say("file_upload_callback", message))
            for error in (MediaUnavailable("示例"), RuntimeError("示例")):
                bench.media_error = error
                put(said.bucket, "late.jpg", PHOTO)
                await asyncio.sleep(1)
                assert adapter.status()["due"] == len(bench.kept) == 1
            bench.media_error, bench.error = None, StoreError("示例")
            await asyncio.sleep(1)
            assert adapter.status()["due"] == len(await bench.had()) == 1
            bench.error = None
            await async_wait_for(lambda: adapter.status()["due"] == 0)
    assert len(bench.kept[-1].survey.files) == 1  # type: ignore[union-attr]


async def test_one_that_is_not_looked_for_is_answered_with_an_error(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST", 1)
    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            for name, result in (("a", 0), ("b", 1)):
                message = file_message(f"{said.bucket.prefix}/{name}.jpg")
                reply = await dock.reply_to(dock.say("file_upload_callback", message))
                assert reply["data"] == {"result": result}
    assert bench.frame.problems == ("object-missing", "object-given-up")
    assert len(await bench.had()) == 1


@pytest.mark.parametrize("error", [StoreError("示例"), MediaUnavailable("示例")])
async def test_what_cannot_be_kept_is_not_answered_and_comes_again(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place, error: Exception
) -> None:
    said = config(object_store, mosquitto)
    key = put(said.bucket, "a.jpg", PHOTO)
    with Dock(mosquitto) as dock:
        async with running(said, bench) as adapter:
            if isinstance(error, StoreError):
                bench.error = error
            else:
                bench.media_error = error
            told = dock.say("file_upload_callback", file_message(key))
            await async_wait_for(lambda: "示例" in (adapter.status()["trouble"] or ""))
            assert (dock.replies, bench.kept) == ([], [])
            bench.error = bench.media_error = None
            await dock.reply_to(told)
    assert len(bench.kept[-1].survey.files) == 1  # type: ignore[union-attr]


async def test_the_count_of_a_flights_files_is_told(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    output = {
        "ext": {"flight_id": FLIGHT, "media_count": 6, "track_id": "t"},
        "progress": {"current_step": 19, "percent": 100},
        "status": "ok",
    }
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            dock.say("flighttask_progress", {"output": output, "result": 0}, need_reply=0)
            await async_wait_for(lambda: bench.kept)
            topology = dock.say("update_topo", {"sub_devices": []}, "sys", "status")
            await dock.reply_to(topology)
    assert [topic for topic, _ in dock.replies] == [f"sys/product/{DOCK}/status_reply"]
    survey = bench.kept[0].survey
    assert survey is not None
    assert (survey.mission, survey.expected, survey.files) == (FLIGHT, 6, ())
    assert bench.kept[0].frame.note == f"flight {FLIGHT} ok 100%"


async def test_keys_are_lent_for_putting_files_below_the_prefix_and_no_more(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto, device_endpoint=object_store.url)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            asked = dock.say("storage_config_get", {"module": 0}, what="requests")
            reply = await dock.reply_to(asked)
    output, prefix = reply["data"]["output"], said.bucket.prefix
    assert reply["data"]["result"] == 0
    assert (output["bucket"], output["object_key_prefix"]) == ("media", prefix)
    assert output["endpoint"] == object_store.url
    lent = output["credentials"]
    assert lent["expire"] == 3600
    host = object_store.url.removeprefix("http://")
    device = Minio(
        host,
        lent["access_key_id"],
        lent["access_key_secret"],
        lent["security_token"],
        secure=False,
        region="us-east-1",
    )
    put_one(device, f"{prefix}/a.jpg")
    with pytest.raises(S3Error, match="AccessDenied"):
        put_one(device, "elsewhere/a.jpg")
    with pytest.raises(S3Error, match="AccessDenied"):
        device.get_object("media", f"{prefix}/a.jpg")


def put_one(client: Minio, key: str) -> None:
    client.put_object("media", key, io.BytesIO(PHOTO), len(PHOTO))


async def test_a_fixed_key_is_lent_where_the_store_has_no_sts(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    keys = {"credentials": "key", "upload_key": "dock", "upload_secret": "limited"}
    said = config(object_store, mosquitto, **keys)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            asked = dock.say("storage_config_get", {"module": 0}, what="requests")
            reply = await dock.reply_to(asked)
    lent = reply["data"]["output"]["credentials"]
    assert (lent["access_key_id"], lent["access_key_secret"]) == ("dock", "limited")


async def test_without_a_store_no_key_is_lent_and_the_dock_is_told(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto, sts_endpoint="http://127.0.0.1:1")
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            asked = dock.say("storage_config_get", {"module": 0}, what="requests")
            assert (await dock.reply_to(asked))["data"] == {"result": 1}


async def test_an_sts_that_answers_with_a_page_lends_no_key_and_ends_nothing(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    with answering(b"<html><p>welcome<br></html>") as page:
        said = config(object_store, mosquitto, sts_endpoint=page)
        with pytest.raises(MediaUnavailable, match="AssumeRole"):
            lend(Bucket(said.bucket), 900, endpoint=page)
        with Dock(mosquitto) as dock:
            async with running(said, bench) as adapter:
                asked = dock.say("storage_config_get", {"module": 0}, what="requests")
                assert (await dock.reply_to(asked))["data"] == {"result": 1}
                assert adapter.status()["ready"]
    assert len(bench.kept) == 1


async def test_a_reply_that_fails_does_not_end_the_session(
    mosquitto: Mosquitto,
    object_store: ObjectStore,
    bench: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("示例")

    said = config(object_store, mosquitto)
    with Dock(mosquitto) as dock:
        async with running(said, bench) as adapter:
            with monkeypatch.context() as patch:
                patch.setattr("adapters.drone.dji.codec.reply", broken)
                dock.say("hms", {})
                await async_wait_for(lambda: bench.answered == 1)
            await dock.reply_to(dock.say("hms", {"list": []}))
            assert adapter.status()["trouble"] is None
    assert len(bench.kept) == 2


async def test_hostile_messages_are_kept_and_named_and_nothing_is_fetched(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto)
    foreign = config(object_store, mosquitto)
    key = put(foreign.bucket, "secret.jpg", PHOTO)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            for payload in (
                b"",
                b"{",
                b"[" * 500 + b"]" * 500,
                b"[]",
                b"\xff\xfe\xfa",
                b'{"method": 7}',
            ):
                dock.send(payload)
            for wrong in (key, "../" + key, "/" + "x" * 2000, "", 5, None, "a\x00b"):
                last = dock.say(
                    "file_upload_callback", file_message("x", object_key=wrong, name="x")
                )
                assert (await dock.reply_to(last))["data"] == {"result": 0}
            last = dock.say("something_new", {"a": 1})
            assert (await dock.reply_to(last))["data"] == {"result": 0}
    assert len(bench.kept) == 14
    assert all(each.survey is None for each in bench.kept)
    named = {name for each in bench.kept for name in each.frame.problems}
    assert named <= set(PROBLEMS)
    assert {"not-json", "too-nested", "foreign-key", "no-object-key", "unknown-method"} <= named


async def test_a_file_of_too_many_bytes_is_not_taken(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    bench.media.limits = Limits(keep_free=0, max_file=1000)
    said = config(object_store, mosquitto)
    key = put(said.bucket, "a.jpg", PHOTO)
    with Dock(mosquitto) as dock:
        async with running(said, bench):
            reply = await dock.reply_to(dock.say("file_upload_callback", file_message(key)))
    assert reply["data"] == {"result": 0}
    assert bench.frame.problems == ("file-too-large",)
    assert list((bench.folder / "media" / "incoming").iterdir()) == []


async def test_only_the_gateways_that_are_named_are_heard(
    mosquitto: Mosquitto, object_store: ObjectStore, bench: Place
) -> None:
    said = config(object_store, mosquitto, gateways=[DOCK])
    with Dock(mosquitto, "STRANGER") as stranger, Dock(mosquitto) as dock:
        async with running(said, bench):
            stranger.say("hms", {})
            await dock.reply_to(dock.say("hms", {}))
    assert stranger.replies == []
    assert [each.frame.device for each in bench.kept] == [DOCK]

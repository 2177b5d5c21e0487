"""A dock and a Pilot 2 against the daemon: files become surveys, killed or not, media in a bucket."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.objects import S3, Bucket
from tests import wire
from tests.daemon.process import Process
from tests.dji.kit import FLIGHT, Dock, file_message, put
from tests.objects import ROLE, ObjectStore
from tests.pictures import photo
from tests.servers import Mosquitto, wait_for

FIRST, SECOND = photo(size=(320, 240)), photo(size=(240, 320))
SECRET = "a-secret-for-pilot-2"


@pytest.fixture
def bucket(object_store: ObjectStore) -> S3:
    """Where the devices put their files."""
    return object_store.said()


@pytest.fixture
def daemon(
    tmp_path: Path,
    database_url: str,
    mosquitto: Mosquitto,
    object_store: ObjectStore,
    bucket: S3,
) -> Iterator[Process]:
    url = f"mqtt://127.0.0.1:{mosquitto.port}"
    adapter = f'[[adapters]]\ntype = "dji"\nname = "docks"\nurl = "{url}"\nrole_arn = "{ROLE}"\n'
    adapter += f'secret = "{SECRET}"\n' + object_store.table("adapters.bucket", bucket)
    media = f'[media]\nfolder = "{tmp_path}/media"\nkeep_free = 0\n'
    media += object_store.table("media.s3")
    process = Process(tmp_path, database_url, adapter + media)
    process.register(1)
    process.start()
    yield process
    if process.running is not None and process.running.poll() is None:
        process.kill()


class Reader:
    """Somebody who looks at surveys."""

    def __init__(self, daemon: Process) -> None:
        self._base = daemon.api
        self._headers = {"Authorization": f"Bearer {daemon.token()}"}

    def get(self, path: str) -> httpx.Response:
        url = path if path.startswith("http") else self._base + path.removeprefix("/api/v1")
        return wire.get(url, headers=self._headers)

    def survey(self, mission: str) -> dict[str, Any]:
        (found,) = [s for s in self.get("/surveys").json()["items"] if s["mission"] == mission]
        whole: dict[str, Any] = self.get(f"/surveys/{found['id']}").json()
        return whole


def answered(dock: Dock, said: dict[str, Any]) -> None:
    reply = asyncio.run(dock.reply_to(said))
    assert reply["data"] == {"result": 0}


def test_a_docks_files_become_a_survey_whatever_ends(
    daemon: Process, mosquitto: Mosquitto, bucket: S3, tmp_path: Path
) -> None:
    keys = [Bucket(bucket).key(name) for name in ("a.jpg", "b.jpg")]
    put(bucket, "a.jpg", FIRST)
    put(bucket, "b.jpg", SECOND)
    reader = Reader(daemon)
    with Dock(mosquitto) as dock:
        answered(dock, dock.say("file_upload_callback", file_message(keys[0])))
        survey = reader.survey(FLIGHT)
        assert (survey["adapter"], survey["expected_files"]) == ("docks", 3)
        (file,) = survey["files"]
        assert file["sha256"] == hashlib.sha256(FIRST).hexdigest()
        assert file["place"]["longitude"] == 113.5
        content = reader.get(file["links"]["content"])
        assert (content.status_code, content.content) == (200, FIRST)
        daemon.kill()
        waiting = dock.say("file_upload_callback", file_message(keys[1]))
        daemon.start()
        answered(dock, waiting)
        for key in keys:  # told again, by a dock that has not heard us
            answered(dock, dock.say("file_upload_callback", file_message(key)))
    survey = reader.survey(FLIGHT)
    assert {each["name"] for each in survey["files"]} == {"a.jpg", "b.jpg"}
    wait_for(lambda: not list((tmp_path / "media").glob("??/??/*")))  # they are in the bucket


def test_pilots_calls_come_through_the_door(daemon: Process, bucket: S3) -> None:
    base = f"{daemon.api}/feeds/docks/{SECRET}"
    workspace = "api/v1/workspaces/e3dea0f5"
    key = put(bucket, "c.jpg", FIRST)
    body = {
        "result": 0,
        "ext": {"file_group_id": "group-1"},
        "fingerprint": hashlib.md5(FIRST).hexdigest().upper(),
        "name": "c.jpg",
        "object_key": key,
    }

    def call(path: str, sent: Any, where: str = base) -> httpx.Response:
        return wire.post(f"{where}/{path}", json=sent)

    absent = call(f"media/{workspace}/fast-upload", {"fingerprint": body["fingerprint"]})
    assert absent.json()["code"] != 0
    assert call(f"storage/{workspace}/sts", {}).json()["data"]["credentials"]["expire"] == 3600
    assert call(f"media/{workspace}/upload-callback", body).json()["data"] == {"object_key": key}
    assert call(f"media/{workspace}/fast-upload", body).json()["code"] == 0
    wrong = f"{daemon.api}/feeds/docks/not-the-secret-of-it"
    assert call(f"media/{workspace}/upload-callback", body, wrong).status_code == 401
    (file,) = Reader(daemon).survey("group-1")["files"]
    assert file["sha256"] == hashlib.sha256(FIRST).hexdigest()

"""An upload over a bad line: cut off, the daemon killed and started again, resumed, whole."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import wire
from tests.daemon.process import Process, uscc
from tests.objects import ObjectStore
from tests.pictures import video
from tests.servers import wait_for

VIDEO = video(size=3_000_000)
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(params=["folder", "bucket"])
def daemon(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Iterator[Process]:
    """A daemon that keeps its media in its folder, or in a bucket."""
    extra = f'[media]\nfolder = "{tmp_path}/media"\nkeep_free = 0\n'
    if request.param == "bucket":
        store: ObjectStore = request.getfixturevalue("object_store")
        extra += store.table("media.s3")
    process = Process(tmp_path, database_url, extra)
    process.register(1)
    process.start()
    yield process
    if process.running is not None and process.running.poll() is None:
        process.kill()


@dataclass
class Phone:
    """Uploads a video to a task, by a line that breaks."""

    daemon: Process
    client: httpx.Client
    location: str = ""

    def begin(self) -> None:
        order = {"uscc": uscc(0), "reason": "看一看"}
        task = self.client.post(f"{self.daemon.api}/tasks", json=order).json()["id"]
        path = f"{self.daemon.api}/tasks/{task}/attachments/uploads"
        begun = self.client.post(path, headers=TUS | {"Upload-Length": str(len(VIDEO))})
        self.location = begun.headers["location"]

    def url(self, path: str) -> str:
        return self.daemon.api.removesuffix("/api/v1") + path

    def offset(self) -> int:
        answer = self.client.head(self.url(self.location), headers=TUS)
        return int(answer.headers["upload-offset"])

    def headers(self, offset: int) -> dict[str, str]:
        kind = "application/offset+octet-stream"
        return TUS | {"Upload-Offset": str(offset), "Content-Type": kind}

    def send_half(self, offset: int, size: int) -> socket.socket:
        """A PATCH that promises the rest of the video and sends only some of it."""
        line = socket.create_connection(("127.0.0.1", self.daemon.http))
        headers = self.headers(offset) | {
            "Host": "x",
            "Authorization": self.client.headers["Authorization"],
            "Content-Length": str(len(VIDEO) - offset),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"PATCH {self.location} HTTP/1.1\r\n{head}\r\n".encode())
        line.sendall(VIDEO[offset : offset + size])
        wait_for(lambda: self.offset() == offset + size)
        return line

    def is_free(self, offset: int) -> bool:
        """Whether the request whose line broke has ended: nothing more, sent on, is taken."""
        headers = self.headers(offset)
        return self.client.patch(self.url(self.location), headers=headers).status_code == 204

    def send_rest(self, offset: int) -> httpx.Response:
        return self.client.patch(
            self.url(self.location), headers=self.headers(offset), content=VIDEO[offset:]
        )


def test_an_upload_survives_the_line_and_the_daemon(daemon: Process) -> None:
    auth = {"Authorization": f"Bearer {daemon.token()}"}
    with wire.Client(headers=auth) as client:
        phone = Phone(daemon, client)
        phone.begin()
        line = phone.send_half(0, 1_000_000)
        assert phone.send_rest(1_000_000).status_code == 409  # the first request still writes
        line.close()
        wait_for(lambda: phone.is_free(1_000_000))
        line = phone.send_half(1_000_000, 1_000_000)
        daemon.kill()
        line.close()
        daemon.start()
        assert phone.offset() == 2_000_000
        done = phone.send_rest(2_000_000)
        assert done.status_code == 204, done.text
        made = client.get(phone.url(done.headers["content-location"])).json()
        assert made["sha256"] == hashlib.sha256(VIDEO).hexdigest()
        assert client.get(phone.url(made["links"]["content"])).content == VIDEO

"""Resumable uploads (tus 1.0): what has come stays, and only its owner goes on with it."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import httpx

from monitor.actions import uploads
from tests.api.conftest import Bureau
from tests.api.test_attachments import claimed
from tests.pictures import PDF, video

VIDEO = video(size=200_000)
TYPE = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    return ",".join(pairs)


class Client:
    """A telephone that uploads a file to a task."""

    def __init__(self, bureau: Bureau, role: str = "officer") -> None:
        self.bureau, self.role, self.url = bureau, role, ""
        self.task, self.lease = claimed(bureau, role=role)

    def call(self, method: str, url: str, **headers: str) -> httpx.Response:
        content = headers.pop("content", None)
        sent = {"Tus-Resumable": "1.0.0"} | self.lease | headers
        return self.bureau.call(method, url, self.role, headers=sent, content=content)

    def begin(self, length: int = len(VIDEO), **said: str) -> httpx.Response:
        path = f"tasks/{self.task}/attachments/uploads"
        answer = self.call(
            "POST", path, **{"Upload-Length": str(length), "Upload-Metadata": metadata(**said)}
        )
        self.url = answer.headers.get("location", "")
        return answer

    def send(self, offset: int, content: bytes, **headers: str) -> httpx.Response:
        more: dict[str, Any] = {"Upload-Offset": str(offset), "Content-Type": TYPE}
        return self.call("PATCH", self.url, content=content, **more | headers)

    def offset(self) -> int:
        answer = self.call("HEAD", self.url)
        assert answer.status_code == 200
        return int(answer.headers["upload-offset"])

    def attached(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.bureau.call(
            "GET", f"tasks/{self.task}/attachments"
        ).json()["items"]
        return items


def test_a_file_in_pieces_becomes_an_attachment_with_its_last_byte(bureau: Bureau) -> None:
    phone = Client(bureau)
    begun = phone.begin(filename="烟.mp4", kind="video", note="示例")
    assert begun.status_code == 201, begun.text
    assert begun.headers["tus-resumable"] == "1.0.0"
    assert begun.headers["upload-expires"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    for start in range(0, len(VIDEO), 60_000):
        assert phone.offset() == start
        assert phone.attached() == []
        answer = phone.send(start, VIDEO[start : start + 60_000])
        assert answer.status_code == 204, answer.text
    assert answer.headers["upload-offset"] == str(len(VIDEO))
    made = bureau.call("GET", answer.headers["content-location"]).json()
    assert phone.attached() == [made]
    assert (made["name"], made["kind"], made["note"]) == ("烟.mp4", "video", "示例")
    assert (made["by"], made["sha256"]) == ("officer", hashlib.sha256(VIDEO).hexdigest())
    seen = phone.call("HEAD", phone.url)  # who missed the answer asks
    assert seen.headers["content-location"] == answer.headers["content-location"]
    assert seen.headers["upload-length"] == seen.headers["upload-offset"] == str(len(VIDEO))
    assert seen.headers["upload-metadata"] == metadata(filename="烟.mp4", kind="video", note="示例")
    assert phone.send(len(VIDEO), b"").status_code == 204
    assert len(phone.attached()) == 1


def test_a_wrong_offset_is_refused_and_changes_nothing(bureau: Bureau) -> None:
    phone = Client(bureau)
    phone.begin()
    phone.send(0, VIDEO[:1000])
    for wrong in (0, 999, 1001):
        answer = phone.send(wrong, b"x")
        assert (answer.status_code, answer.json()["type"][-8:]) == (409, "conflict")
    assert phone.offset() == 1000


def test_limits_hold(bureau: Bureau) -> None:
    phone = Client(bureau)
    assert phone.begin(300_001).status_code == 413
    assert phone.begin(0).status_code == 422
    assert phone.begin(10).status_code == 201
    assert phone.send(0, b"x" * 11).status_code == 413
    assert phone.offset() == 0
    phone.send(0, b"x" * 4)
    assert phone.send(4, b"x" * 7).status_code == 413
    assert phone.offset() == 4
    assert phone.begin(10, sha256="zz").status_code == 422
    phone.begin(300_000)
    assert phone.begin(200_000).status_code == 413  # more than the task may have


def test_somebody_elses_upload_is_none(bureau: Bureau) -> None:
    phone = Client(bureau)
    phone.begin()
    phone.send(0, VIDEO[:1000])
    sent = {"Tus-Resumable": "1.0.0", "Upload-Offset": "1000", "Content-Type": TYPE}
    for role in ("admin", "supervisor"):
        for method in ("HEAD", "PATCH", "DELETE"):
            answer = bureau.call(method, phone.url, role, headers=sent | phone.lease)
            assert answer.status_code == 404, (role, method)
    other = bureau.task(trigger="video")["id"]
    moved = phone.url.replace(f"/tasks/{phone.task}/", f"/tasks/{other}/")
    assert phone.call("HEAD", moved).status_code == 404
    assert phone.offset() == 1000


def test_what_is_not_taken_goes_with_its_bytes(bureau: Bureau) -> None:
    phone = Client(bureau)
    phone.begin(10)
    assert phone.send(0, b"<html>1234").status_code == 415
    assert phone.call("HEAD", phone.url).status_code == 404
    phone.begin(len(PDF), sha256="0" * 64)
    answer = phone.send(0, PDF)
    assert (answer.status_code, "SHA-256" in answer.text) == (415, True)
    phone.begin(len(PDF), sha256=hashlib.sha256(PDF).hexdigest().upper())
    assert phone.send(0, PDF).status_code == 204
    (kept,) = phone.attached()
    assert [p.name for p in bureau.desk.media.folder.rglob("*") if p.is_file()] == [kept["sha256"]]


def test_a_lost_lease_keeps_the_bytes_until_it_is_there_again(bureau: Bureau) -> None:
    phone = Client(bureau)
    phone.begin(len(PDF))
    bureau.clock.at += timedelta(hours=2)
    assert phone.send(0, PDF).status_code == 409
    assert phone.call("HEAD", phone.url).status_code == 409
    assert phone.attached() == []
    answer = bureau.call("POST", f"tasks/{phone.task}/claim", "officer").json()
    phone.lease = {"X-Lease": answer["lease"]["token"]}
    assert phone.offset() == len(PDF)
    (made,) = phone.attached()
    assert made["type"] == "application/pdf"


def test_only_who_may_attach_begins(bureau: Bureau) -> None:
    phone = Client(bureau)
    lease, phone.lease = phone.lease, {}
    assert phone.begin().status_code == 409
    phone.lease, phone.role = lease, "viewer"
    assert phone.begin().status_code == 403
    phone.lease, phone.role = {}, "supervisor"
    assert phone.begin().status_code == 201
    phone.task = 999
    assert phone.begin().status_code == 404


def test_the_protocol_is_kept_to(bureau: Bureau) -> None:
    phone = Client(bureau)
    path = f"tasks/{phone.task}/attachments/uploads"
    options = bureau.call("OPTIONS", path, "officer")
    assert options.status_code == 204
    assert options.headers["tus-extension"] == "creation,termination,expiration"
    assert options.headers["tus-max-size"] == "300000"
    old = phone.call("POST", path, **{"Tus-Resumable": "0.2.2", "Upload-Length": "5"})
    assert (old.status_code, old.headers["tus-version"]) == (412, "1.0.0")
    assert phone.call("POST", path).status_code == 422
    for wrong in ("filename ===", "taken_at " + base64.b64encode(b"now").decode()):
        answer = phone.call("POST", path, **{"Upload-Length": "5", "Upload-Metadata": wrong})
        assert answer.status_code == 422, wrong
    phone.begin()
    assert phone.send(0, b"x", **{"Content-Type": "video/mp4"}).status_code == 415
    assert phone.call("DELETE", phone.url).status_code == 204
    assert phone.call("HEAD", phone.url).status_code == 404
    assert list((bureau.desk.media.folder / "partial").glob("*")) == []


def test_an_upload_that_nobody_finishes_expires(bureau: Bureau) -> None:
    phone = Client(bureau)
    phone.begin()
    phone.send(0, VIDEO[:1000])
    bureau.clock.at += timedelta(days=3)
    assert phone.call("HEAD", phone.url).status_code == 404
    assert uploads.sweep(bureau.desk) == 1
    assert list((bureau.desk.media.folder / "partial").glob("*")) == []

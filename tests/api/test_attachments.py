"""Attachments: who may attach what, what is shown of it, and what its bytes are handed out as."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from monitor.actions import uploads
from monitor.media import Limits
from monitor.store import audit
from tests import wire
from tests.api.conftest import EAST, WEST, Bureau, Served
from tests.pictures import PDF, photo, video

PHOTO = photo()


def claimed(bureau: Bureau, uscc: str = EAST, role: str = "officer") -> tuple[int, dict[str, str]]:
    """A task that an officer has claimed, and the header of its lease."""
    task = bureau.task(uscc)["id"]
    lease = bureau.call("POST", f"tasks/{task}/claim", role).json()["lease"]["token"]
    return task, {"X-Lease": lease}


def attach(
    bureau: Bureau,
    task: int,
    role: str = "officer",
    content: bytes = PHOTO,
    name: str = "烟囱.jpg",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    files = {"file": (name, content, "text/html")}
    path = f"tasks/{task}/attachments"
    return bureau.call("POST", path, role, files=files, data=fields, headers=headers or {})


def trail(bureau: Bureau) -> list[tuple[str, str]]:
    entries = bureau.call("GET", "audit?limit=1000").json()["items"]
    return [(entry["action"], entry["object"]) for entry in entries]


def test_the_holder_attaches_a_photo(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    taken = "2026-11-20T15:20:00+08:00"
    answer = attach(bureau, task, headers=lease, kind="record", note="笔录 ", taken_at=taken)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    path = f"/api/v1/attachments/{made['id']}"
    assert answer.headers["location"] == path
    assert made == {
        "id": made["id"],
        "task": task,
        "reminder": None,
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "size": len(PHOTO),
        "type": "image/jpeg",
        "name": "烟囱.jpg",
        "kind": "record",
        "note": "笔录",
        "taken_at": taken,
        "by": "officer",
        "at": "2026-11-20T16:00:00+08:00",
        "struck_out": None,
        "links": {
            "attachment": path,
            "content": f"{path}/content",
            "thumbnail": f"{path}/thumbnail",
        },
    }
    assert bureau.call("GET", path).json() == made
    assert bureau.call("GET", f"tasks/{task}/attachments").json() == {"items": [made], "next": None}
    assert ("attachment.add", f"task/{task}") in trail(bureau)


def test_the_task_its_history_and_an_event_show_it(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    brief = {
        "id": made["id"],
        "kind": "photo",
        "sha256": made["sha256"],
        "struck_out": False,
        "links": made["links"],
    }
    shown = bureau.call("GET", f"tasks/{task}").json()
    assert shown["attachments"] == [brief]
    line = shown["history"][-1]
    assert (line["change"], line["actor"]) == ("attach", "officer")
    assert line["data"] == {
        "attachment": made["id"],
        "kind": "photo",
        "sha256": made["sha256"],
    }
    event = bureau.call("GET", "events").json()["items"][-1]
    assert (event["type"], event["data"]["task"]["attachments"]) == ("task.updated", [brief])


def test_the_same_bytes_again_are_the_attachment_that_is_there(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    first = attach(bureau, task, headers=lease)
    again = attach(bureau, task, headers=lease, name="other.jpg", note="另一个")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other, lease = claimed(bureau, WEST)
    assert attach(bureau, other, headers=lease).status_code == 201
    (kept,) = bureau.desk.media.stored(1e12)
    assert kept == first.json()["sha256"]


def test_only_the_holder_attaches_and_a_supervisor_until_the_end(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    for headers in ({}, {"X-Lease": "wrong"}):
        answer = attach(bureau, task, headers=headers)
        assert (answer.status_code, answer.json()["type"][-10:]) == (409, "lease-lost")
    assert attach(bureau, task, "viewer", headers=lease).status_code == 403
    assert attach(bureau, task, "supervisor", content=PDF).status_code == 201
    report = {
        "result": "confirmed",
        "findings": "属实",
        "inspected_at": "2026-11-20T15:30:00+08:00",
        "officers": ["李", "王"],
        "lease": lease["X-Lease"],
    }
    bureau.call("POST", f"tasks/{task}/complete", "officer", json=report)
    assert attach(bureau, task, headers=lease).status_code == 409
    assert attach(bureau, task, "supervisor").status_code == 201
    bureau.call("POST", f"tasks/{task}/close", "supervisor")
    late = attach(bureau, task, "supervisor", content=video())
    assert (late.status_code, late.json()["type"][-8:]) == (409, "conflict")


def test_a_lease_that_has_run_out_attaches_nothing(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    bureau.clock.at += timedelta(hours=2)
    assert attach(bureau, task, headers=lease).status_code == 409


REFUSED: list[tuple[dict[str, str], bytes, int]] = [
    ({}, b"<html><script>alert(1)</script>", 415),
    ({}, b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    ({}, b"", 415),
    ({}, photo(size=(1100, 1000)), 413),
    ({}, video(size=300_001), 413),
    ({"kind": "selfie"}, PHOTO, 422),
    ({"note": "字" * 2001}, PHOTO, 422),
    ({"note": "x" * 20_000}, PHOTO, 413),
    ({"taken_at": "yesterday"}, PHOTO, 422),
    ({"taken_at": "2026-11-20T15:20:00"}, PHOTO, 422),
    ({"secret": "x"}, PHOTO, 422),
]


def test_what_cannot_be_taken_is_refused_and_leaves_nothing(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    for fields, content, status in REFUSED:
        answer = attach(bureau, task, headers=lease, content=content, **fields)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert bureau.call("GET", f"tasks/{task}/attachments").json()["items"] == []
    assert [path for path in bureau.desk.media.folder.rglob("*") if path.is_file()] == []


def test_a_body_that_is_no_form_is_refused(bureau: Bureau) -> None:
    task, lease = claimed(bureau)

    def send(content: bytes, kind: str, **more: Any) -> int:
        headers = lease | {"Content-Type": kind}
        path = f"tasks/{task}/attachments"
        return bureau.call("POST", path, "officer", content=content, headers=headers).status_code

    form = "multipart/form-data; boundary=x"
    assert send(b"{}", "application/json") == 415
    assert send(b"x", "multipart/form-data") == 415
    assert send(b"nonsense", form) == 400
    assert send(b"--x\r\n\r\nno name\r\n--x--\r\n", form) == 400
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + PHOTO
    assert send(cut, form) == 400
    assert send(cut + b"\r\n--x--\r\n", form) == 201
    text = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nno file\r\n--x--\r\n'
    assert send(text, form) == 422
    many = [("file", ("a", PHOTO)), ("file", ("b", PDF))]
    path = f"tasks/{task}/attachments"
    assert bureau.call("POST", path, "officer", files=many, headers=lease).status_code == 413


def test_a_task_has_a_limit(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    assert attach(bureau, task, headers=lease, content=video(size=260_000)).status_code == 201
    assert attach(bureau, task, headers=lease, content=video(size=259_000)).status_code == 413
    assert attach(bureau, task, headers=lease, content=video(size=230_000)).status_code == 201


def test_a_name_is_only_a_name(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    names = {
        "../../etc/passwd": "passwd",
        "C:\\photos\\1.jpg": "1.jpg",
        "a\u202egpj.exe": "agpj.exe",
        "长" * 300 + ".jpg": "长" * 196 + ".jpg",
        "/": "unnamed",
    }
    for number, (sent, kept) in enumerate(names.items()):
        content = PDF + bytes([number])
        assert (
            attach(bureau, task, headers=lease, name=sent, content=content).json()["name"] == kept
        )


def test_a_disk_that_is_nearly_full_is_a_507(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    bureau.desk.media.limits = Limits(keep_free=1 << 60)
    answer = attach(bureau, task, headers=lease)
    assert (answer.status_code, answer.json()["type"][-20:]) == (507, "insufficient-storage")
    assert bureau.call("GET", f"tasks/{task}").json()["attachments"] == []


def test_a_folder_that_is_not_there_is_a_503(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    bureau.desk.media.path(made["sha256"]).unlink()
    answer = bureau.call("GET", made["links"]["content"])
    assert (answer.status_code, answer.json()["detail"][:19]) == (503, "the folder of media")
    bureau.desk.media.folder = bureau.desk.media.folder / "file"
    bureau.desk.media.folder.write_text("not a folder")
    assert attach(bureau, task, headers=lease, content=PDF).status_code == 503


# --- reading --------------------------------------------------------------------------------------


def test_the_bytes_are_a_download_whatever_they_are(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    answer = bureau.call("GET", made["links"]["content"], "viewer")
    assert answer.content == PHOTO
    assert answer.headers["etag"] == f'"{made["sha256"]}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E7%83")
    known = {"If-None-Match": answer.headers["etag"]}
    assert bureau.call("GET", made["links"]["content"], headers=known).status_code == 304


def test_a_range_goes_on_where_a_download_broke(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    path = attach(bureau, task, headers=lease).json()["links"]["content"]
    half = bureau.call("GET", path, headers={"Range": "bytes=100-199"})
    assert (half.status_code, half.content) == (206, PHOTO[100:200])
    beyond = bureau.call("GET", path, headers={"Range": f"bytes={len(PHOTO)}-"})
    assert beyond.status_code == 416


def test_reading_is_audited_whichever_part_is_read(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    path, read = made["links"]["content"], ("attachment.read", f"attachment/{made['id']}")
    bureau.call("GET", made["links"]["thumbnail"])
    assert trail(bureau).count(read) == 0
    bureau.call("GET", path, "viewer")
    bureau.call("GET", path, "viewer", headers={"Range": "bytes=1-"})
    assert trail(bureau).count(read) == 2
    with bureau.store.read() as connection:
        assert audit.verify(connection) is None


def test_a_smaller_picture_is_for_pictures(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    answer = bureau.call("GET", made["links"]["thumbnail"])
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 480))
    known = {"If-None-Match": answer.headers["etag"]}
    assert bureau.call("GET", made["links"]["thumbnail"], headers=known).status_code == 304
    document = attach(bureau, task, headers=lease, content=PDF).json()
    assert document["links"]["thumbnail"] is None
    answer = bureau.call("GET", document["links"]["attachment"] + "/thumbnail")
    assert answer.status_code == 404


def test_another_district_has_nothing_of_it(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    west = ("supervisor", "西区")
    for path in (*made["links"].values(), f"tasks/{task}/attachments"):
        assert bureau.call("GET", path, *west).status_code == 404
        assert bureau.call("GET", path, "supervisor", "东区").status_code == 200
    files = {"file": ("a", PHOTO)}
    assert bureau.call("POST", f"tasks/{task}/attachments", *west, files=files).status_code == 404
    reason = {"reason": "x"}
    path = made["links"]["attachment"] + "/strike-out"
    assert bureau.call("POST", path, *west, json=reason).status_code == 404


def test_an_attachment_is_struck_out_and_stays(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    path = made["links"]["attachment"] + "/strike-out"
    assert bureau.call("POST", path, "officer", json={"reason": "x"}).status_code == 403
    struck = bureau.call("POST", path, "supervisor", json={"reason": "拍错了"}).json()
    said = {"at": "2026-11-20T16:00:00+08:00", "by": "supervisor", "reason": "拍错了"}
    assert struck == made | {"struck_out": said}
    assert bureau.call("POST", path, json={"reason": "x"}).status_code == 409
    shown = bureau.call("GET", f"tasks/{task}").json()
    assert [each["struck_out"] for each in shown["attachments"]] == [True]
    line = shown["history"][-1]
    assert (line["change"], line["reason"]) == ("strike-out", "拍错了")
    assert bureau.call("GET", made["links"]["content"]).content == PHOTO


def test_a_long_list_comes_in_pages(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    made = [
        attach(bureau, task, headers=lease, content=PDF + bytes([n])).json()["id"] for n in range(5)
    ]
    found, cursor = [], ""
    while cursor is not None:
        page = bureau.call("GET", f"tasks/{task}/attachments?limit=2{cursor}").json()
        found += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert found == made


# --- over the wire, and after a while -------------------------------------------------------------


def test_a_form_that_breaks_off_leaves_nothing(bureau: Bureau, served: Served) -> None:
    task, lease = claimed(bureau)

    def body() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield PHOTO
        raise ConnectionError("the line broke")

    headers = bureau.headers("officer") | lease
    headers |= {"Content-Type": "multipart/form-data; boundary=x"}
    url = f"{served.url}/api/v1/tasks/{task}/attachments"
    with pytest.raises(ConnectionError):
        wire.post(url, headers=headers, content=body())
    whole = wire.post(
        url,
        headers=bureau.headers("officer") | lease,
        files={"file": ("a", PDF)},
    )
    assert whole.status_code == 201
    shown = bureau.call("GET", f"tasks/{task}").json()["attachments"]
    assert [each["sha256"] for each in shown] == [hashlib.sha256(PDF).hexdigest()]


def test_files_that_nobody_refers_to_are_swept(bureau: Bureau) -> None:
    task, lease = claimed(bureau)
    attach(bureau, task, headers=lease)
    orphan = bureau.desk.media.draft()
    orphan.write(PDF)
    bureau.desk.media.place(bureau.desk.media.examine(orphan.path, orphan.finish()))
    bureau.desk.media.draft().write(b"left")
    assert uploads.sweep(bureau.desk) + uploads.sweep_files(bureau.desk) == 0  # may be in use yet
    bureau.clock.at += timedelta(days=20_000)
    assert uploads.sweep(bureau.desk) + uploads.sweep_files(bureau.desk) == 2
    kept = [path for path in bureau.desk.media.folder.rglob("*") if path.is_file()]
    assert [path.name for path in kept] == [hashlib.sha256(PHOTO).hexdigest()]

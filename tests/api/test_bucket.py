"""The API over media in a bucket: the same answers as over a folder, and a store that is away."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from monitor.media import InBucket
from monitor.objects import Bucket
from tests import wire
from tests.api.conftest import Bureau, Served
from tests.api.test_attachments import PHOTO, attach, claimed, trail
from tests.api.test_uploads import VIDEO, Client
from tests.objects import ObjectStore


@pytest.fixture
def bucket(bureau: Bureau, object_store: ObjectStore) -> Bucket:
    """The bureau's bucket, below a prefix of its own."""
    made = Bucket(object_store.said())
    bureau.desk.media.where = InBucket(made)
    return made


def test_a_file_is_in_the_bucket_before_it_is_recorded(bureau: Bureau, bucket: Bucket) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease)
    assert made.status_code == 201, made.text
    digest = hashlib.sha256(PHOTO).hexdigest()
    assert [each.name.rpartition("/")[2] for each in bucket.list()] == [digest]
    assert [p for p in bureau.desk.media.folder.rglob("*") if p.is_file()] == []
    assert attach(bureau, task, headers=lease).status_code == 200  # the same again


def test_the_bytes_come_back_whole_and_in_ranges(bureau: Bureau, bucket: Bucket) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    path, size = made["links"]["content"], len(PHOTO)
    whole = bureau.call("GET", path, "viewer")
    assert (whole.status_code, whole.content) == (200, PHOTO)
    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["content-length"] == str(size)
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E7%83")
    for asked, part in (
        ("bytes=100-199", PHOTO[100:200]),
        (f"bytes={size - 5}-", PHOTO[-5:]),
        ("bytes=-7", PHOTO[-7:]),
        (f"bytes=0-{size * 2}", PHOTO),
    ):
        answer = bureau.call("GET", path, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, part), asked
        assert answer.headers["content-range"].endswith(f"/{size}")
    for not_understood in ("bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=-"):
        answer = bureau.call("GET", path, headers={"Range": not_understood})
        assert (answer.status_code, answer.content) == (200, PHOTO), not_understood
    beyond = bureau.call("GET", path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    other = {"Range": "bytes=0-1", "If-Range": '"another"'}
    assert bureau.call("GET", path, headers=other).status_code == 200
    known = {"If-None-Match": whole.headers["etag"]}
    assert bureau.call("GET", path, headers=known).status_code == 304


def test_nothing_is_served_without_right(bureau: Bureau, bucket: Bucket) -> None:
    task, lease = claimed(bureau)
    path = attach(bureau, task, headers=lease).json()["links"]["content"]
    assert bureau.call("GET", path, "viewer", "西区").status_code == 404
    assert bureau.call("GET", path, headers={"Authorization": "Bearer x"}).status_code == 401


def test_reading_is_audited_and_pictures_have_smaller_ones(bureau: Bureau, bucket: Bucket) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    bureau.call("GET", made["links"]["content"], "viewer")
    assert trail(bureau).count(("attachment.read", f"attachment/{made['id']}")) == 1
    answer = bureau.call("GET", made["links"]["thumbnail"])
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 480))


def test_a_resumed_upload_ends_in_the_bucket(bureau: Bureau, bucket: Bucket) -> None:
    phone = Client(bureau)
    phone.begin()
    phone.send(0, VIDEO[:1000])
    assert phone.send(phone.offset(), VIDEO[1000:]).status_code == 204
    (made,) = phone.attached()
    assert bureau.call("GET", made["links"]["content"]).content == VIDEO
    assert list((bureau.desk.media.folder / "partial").glob("*")) == []


def test_a_store_that_is_away_is_told_and_nothing_is_recorded(
    bureau: Bureau, bucket: Bucket, object_store: ObjectStore
) -> None:
    task, lease = claimed(bureau)
    made = attach(bureau, task, headers=lease).json()
    phone = Client(bureau)
    phone.begin()
    away = Bucket(object_store.said(bucket="not-there"))
    bureau.desk.media.where = InBucket(away)
    assert attach(bureau, task, headers=lease, content=PHOTO + b"2").status_code == 503
    assert phone.send(0, VIDEO).status_code == 503
    assert bureau.call("GET", made["links"]["content"]).status_code == 503
    before = len(phone.attached())
    bureau.desk.media.where = InBucket(bucket)
    assert phone.offset() == len(VIDEO)  # nothing has to be sent again
    assert len(phone.attached()) == before + 1


def test_an_answer_is_streamed_over_the_wire(
    bureau: Bureau, bucket: Bucket, served: Served
) -> None:
    content = PHOTO + bytes(200_000)
    task, _ = claimed(bureau)
    headers = bureau.headers("admin")
    url = f"{served.url}/api/v1/tasks/{task}/attachments"
    made = wire.post(url, headers=headers, files={"file": ("a.jpg", content)}).json()
    link = served.url + made["links"]["content"]
    assert wire.get(link, headers=headers).content == content
    part = wire.get(link, headers=headers | {"Range": "bytes=100000-"})
    assert (part.status_code, part.content) == (206, content[100_000:])

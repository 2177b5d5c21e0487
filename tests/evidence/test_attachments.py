"""The pictures of the visit in a bundle: the originals, their captions, any byte of them that changed."""

from __future__ import annotations

import hashlib
import io
import re
from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from monitor.actions import attachments
from monitor.evidence.case import Bounds
from monitor.media import Limits, Media
from monitor.store import Store
from tests.evidence.kit import DIRECTOR, FIRST, Bureau, checked, contents, document, faults
from tests.pictures import PDF, photo, video

PHOTO = photo(turned=6)


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    """An alert whose task has a photo, a record and a video."""
    made = Bureau(store, FIRST - timedelta(days=30), Media(tmp_path / "media", Limits(keep_free=0)))
    made.enter()
    made.report([30, 52.5, 20])
    made.attach(PHOTO, "烟囱<1>.jpg", note="1 号排口 <b>冒烟</b>")
    made.attach(PDF, "笔录.pdf", kind="record")
    made.attach(video(), "v.mp4")
    return made


def test_the_originals_are_there_byte_for_byte(bureau: Bureau) -> None:
    bundle = bureau.export().content
    found, listed = contents(bundle), document(bundle, "attachments.json")
    files = ["attachments/000001.jpg", "attachments/000002.pdf", "attachments/000003.mp4"]
    assert [line["file"] for line in listed] == files
    assert [found[name] for name in files] == [PHOTO, PDF, video()]
    assert listed[0] | {"id": 0} == {
        "id": 0,
        "file": "attachments/000001.jpg",
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "size": len(PHOTO),
        "type": "image/jpeg",
        "name": "烟囱<1>.jpg",
        "kind": "photo",
        "note": "1 号排口 <b>冒烟</b>",
        "taken_at": None,
        "by": DIRECTOR.name,
        "at": "2026-11-19T15:05:00+08:00",
        "struck_out": None,
    }
    manifest = {
        each["name"]: each["sha256"] for each in document(bundle, "manifest.json")["entries"]
    }
    assert manifest[files[0]] == listed[0]["sha256"]
    assert faults(bundle) == []


def test_the_page_shows_the_picture_with_its_caption(bureau: Bureau) -> None:
    page = contents(bureau.export().content)["index.html"].decode()
    (source,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    with Image.open(io.BytesIO(b64decode(source))) as picture:
        assert picture.size == (480, 640)  # upright
        assert dict(picture.getexif()) == {}
    caption = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert caption == [
        "attachments/000001.jpg；照片；1 号排口 &lt;b&gt;冒烟&lt;/b&gt;；科长 2026-11-19 15:05"
    ]
    for text in ("笔录.pdf", "现场笔录", "视频", hashlib.sha256(PDF).hexdigest(), "img-src data:"):
        assert text in page, text
    for outside in ("http:", "<script", "@import", "url(", "<b>"):
        assert outside not in page.replace("http://www.w3.org/2000/svg", ""), outside


def test_a_changed_byte_of_a_picture_is_found(bureau: Bureau) -> None:
    bundle = bytearray(bureau.export().content)
    place = bundle.index(PHOTO)
    for offset in (0, len(PHOTO) // 2, len(PHOTO) - 1):
        bundle[place + offset] ^= 1
        assert faults(bytes(bundle))[0] == "attachments/000001.jpg: its content is altered"
        bundle[place + offset] ^= 1
    assert checked(bytes(bundle)).holds


def test_the_same_attachments_make_the_same_head(bureau: Bureau) -> None:
    first = bureau.export().head
    assert bureau.export().head == first
    bureau.attach(photo("blue"))
    assert bureau.export().head != first


def test_one_that_is_struck_out_stays_and_is_called_so(bureau: Bureau) -> None:
    number = document(bureau.export().content, "attachments.json")[0]["id"]
    attachments.strike_out(bureau.desk, DIRECTOR, number, "拍错了")
    bundle = bureau.export().content
    assert contents(bundle)["attachments/000001.jpg"] == PHOTO
    assert document(bundle, "attachments.json")[0]["struck_out"]["reason"] == "拍错了"
    assert "已作废：拍错了" in contents(bundle)["index.html"].decode()


def test_what_does_not_fit_is_named_with_its_hash(bureau: Bureau) -> None:
    bundle = bureau.export(Bounds(attachment_bytes=len(PHOTO))).content
    listed = document(bundle, "attachments.json")
    assert [line["file"] for line in listed] == ["attachments/000001.jpg", None, None]
    assert listed[1]["sha256"] == hashlib.sha256(PDF).hexdigest()
    (left,) = document(bundle, "manifest.json")["left_out"]
    assert (left["what"], left["why"], left["count"]) == ("attachments", "limit", 2)
    assert left["attachments"] == [line["id"] for line in listed[1:]]
    page = contents(bundle)["index.html"].decode()
    assert "未收入本包：现场影像与附件 2 项，超出本包容量上限" in page
    assert faults(bundle) == []
    (fewer,) = document(bureau.export(Bounds(attachments=2)).content, "manifest.json")["left_out"]
    assert (fewer["what"], fewer["why"]) == ("attachments", "limit")


def test_a_file_that_is_gone_or_was_tampered_with_is_not_passed_on(bureau: Bureau) -> None:
    photo_path, pdf_path = (
        bureau.media.path(hashlib.sha256(each).hexdigest()) for each in (PHOTO, PDF)
    )
    photo_path.write_bytes(photo("green"))
    pdf_path.unlink()
    bundle = bureau.export().content
    left = document(bundle, "manifest.json")["left_out"]
    assert [(each["why"], each["count"]) for each in left] == [("damaged", 1), ("gone", 1)]
    assert "attachments/000001.jpg" not in contents(bundle)
    assert faults(bundle) == []

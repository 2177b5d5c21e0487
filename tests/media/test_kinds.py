"""What is taken is known by its bytes, and what only looks like it is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from monitor.errors import MediaTooLarge, UnfitMedia
from monitor.media import TYPES, Limits, Media
from monitor.media.kinds import sniff
from tests.media.conftest import Make
from tests.pictures import HEIC, PDF, archive, photo, video, workbook

WORD = archive("[Content_Types].xml", "word/document.xml")
MACROS = archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
NO_HEIC = (24).to_bytes(4) + b"ftyp" + b"mif1" + bytes(4) + b"mif1heic"
AVIF = (24).to_bytes(4) + b"ftyp" + b"mif1" + bytes(4) + b"mif1avif"


def file(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (photo(), "jpg"),
        (photo(form="PNG"), "png"),
        (photo(form="WEBP"), "webp"),
        (HEIC, "heic"),
        (NO_HEIC, "heic"),
        (video(b"heic"), "heic"),
        (video(), "mp4"),
        (video(b"mp42"), "mp4"),
        (video(b"avc1"), "mp4"),
        (video(b"qt  "), "mov"),
        (PDF, "pdf"),
        (WORD, "docx"),
        (workbook(), "xlsx"),
    ],
)
def test_a_type_that_is_taken_is_known(tmp_path: Path, content: bytes, ending: str) -> None:
    assert TYPES[sniff(file(tmp_path, content))] == ending


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<!DOCTYPE html>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<svg onload=alert(1)>",
        archive("a.txt"),
        archive("[Content_Types].xml", "ppt/presentation.xml"),
        MACROS,
        WORD[:200],
        AVIF,
        video(b"crx "),
        b"MZ\x90\0",
        b"\x7fELF",
        b"RIFF\0\0\0\0WAVE",
        b"GIF89a",
        b"plain text",
        b"x",
    ],
)
def test_what_is_not_taken_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnfitMedia, match="none of the types"):
        sniff(file(tmp_path, content))


def test_nothing_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnfitMedia, match="empty"):
        Media(tmp_path).examine(file(tmp_path, b""))


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 not a picture", photo()[:30], NO_HEIC])
def test_a_picture_must_open(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnfitMedia, match="cannot be opened"):
        Media(tmp_path).examine(file(tmp_path, content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, form: str
) -> None:
    media = Media(tmp_path, Limits(max_pixels=1_000_000))
    media.examine(file(tmp_path, photo(size=(1000, 1000), form=form)))
    with pytest.raises(MediaTooLarge, match="1001000"):
        media.examine(file(tmp_path, photo(size=(1001, 1000), form=form)))


def kept(media: Media, content: bytes) -> str:
    draft = media.draft()
    draft.write(content)
    found = media.examine(draft.path, draft.finish())
    media.place(found)
    return found.sha256


def test_a_smaller_picture_is_upright_and_says_nothing_of_the_camera(made: Make) -> None:
    media = made()
    original = photo(size=(1600, 800), turned=6)
    assert "示例相机".encode() in original
    path = media.small(kept(media, original), "image/jpeg")
    assert path is not None
    content = path.read_bytes()
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (320, 640)
        assert dict(picture.getexif()) == {}
    assert "示例相机".encode() not in content
    assert b"Exif" not in content


def test_the_picture_of_an_iphone_has_a_smaller_one(made: Make) -> None:
    media = made()
    path = media.small(kept(media, HEIC), "image/heic")
    assert path is not None
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))


def test_what_is_no_picture_or_is_damaged_inside_has_no_smaller_one(made: Make) -> None:
    media = made()
    assert media.small(kept(media, PDF), "application/pdf") is None
    cut = photo(form="PNG", size=(400, 400))
    assert media.small(kept(media, cut[: len(cut) // 2]), "image/png") is None
    assert list((media.folder / "incoming").iterdir()) == []


def test_transparent_pictures_lie_on_white(made: Make) -> None:
    media, out = made(), io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    path = media.small(kept(media, out.getvalue()), "image/png")
    assert path is not None
    with Image.open(path) as picture:
        assert picture.getpixel((5, 5)) == (255, 255, 255)

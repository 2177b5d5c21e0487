"""The folder of media: what is kept is kept once and whole, and a full disk leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from monitor.errors import Conflict, MediaFull, MediaTooLarge, MediaUnavailable
from monitor.media import Examined, InBucket, Limits, Media, places
from monitor.media.places import below
from monitor.objects import Bucket
from tests.media.conftest import Make
from tests.media.test_kinds import kept
from tests.objects import ObjectStore
from tests.pictures import PDF


@pytest.fixture
def media(made: Make) -> Media:
    return made(max_file=1000)


def damage(media: Media, digest: str) -> None:
    """Other bytes under its hash."""
    path = media.path(digest)
    if path is not None:
        path.write_bytes(b"damaged")
        return
    assert isinstance(media.where, InBucket)
    media.where._bucket.put(below(digest), io.BytesIO(b"damaged"), 7)


def files(media: Media) -> list[Path]:
    return [path for path in media.folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash_and_only_once(media: Media) -> None:
    digest = kept(media, PDF)
    assert digest == hashlib.sha256(PDF).hexdigest()
    assert kept(media, PDF) == digest
    assert list(media.stored(time.time() + 60)) == [digest]
    assert media.content(digest) == PDF
    path = media.folder / digest[:2] / digest[2:4] / digest
    assert files(media) == ([] if media.path(digest) is None else [path])


def test_a_damaged_file_is_healed_by_its_like(media: Media) -> None:
    digest = kept(media, PDF)
    damage(media, digest)
    kept(media, PDF)
    assert media.content(digest) == PDF


def test_a_file_is_read_in_parts(media: Media) -> None:
    digest = kept(media, PDF)
    assert media.size(digest) == len(PDF)
    for start, end in ((0, None), (0, 5), (5, 9), (len(PDF) - 3, None), (3, 3), (2, len(PDF))):
        assert b"".join(media.read(digest, start, end)) == PDF[start:end]


def test_what_is_not_there_has_no_size_and_cannot_be_read(media: Media) -> None:
    assert media.size("0" * 64) is None
    assert media.content("0" * 64) is None
    assert media.small("0" * 64, "image/jpeg") is None
    with pytest.raises(MediaUnavailable):
        list(media.read("0" * 64))


def test_what_is_secured_is_kept_when_it_is_placed(media: Media) -> None:
    draft = media.draft()
    draft.write(PDF)
    found = media.secure(media.examine(draft.path, draft.finish()))
    media.place(found)
    assert media.content(found.sha256) == PDF
    assert list((media.folder / "incoming").iterdir()) == []


def examined(media: Media, content: bytes = PDF) -> Examined:
    draft = media.draft()
    draft.write(content)
    return media.examine(draft.path, draft.finish())


def test_what_is_placed_again_is_new_again(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction has failed and is tried again; meanwhile nobody refers to it."""
    found = examined(media)
    media.place(media.secure(found))
    path = media.path(found.sha256)
    if path is not None:
        os.utime(path, (1000, 1000))
    else:
        time.sleep(1.1)  # the store counts in seconds
        monkeypatch.setattr(places, "_FRESH", 0.0)
    before = time.time() - 0.05 if path is not None else time.time() // 1
    assert list(media.stored(before)) == [found.sha256]
    media.place(media.secure(found))
    assert list(media.stored(before)) == []
    media.remove(found.sha256, before)
    assert media.content(found.sha256) == PDF
    assert list((media.folder / "incoming").iterdir()) == []


def test_what_was_placed_is_not_sent_again_at_once(media: Media) -> None:
    found = examined(media)
    media.place(media.secure(found))
    media.place(media.secure(found))
    media.place(media.secure(found), keep=True)
    assert media.content(found.sha256) == PDF


@pytest.mark.parametrize("other", [None, b"other bytes"])
def test_a_draft_that_is_gone_without_its_like_is_no_file(
    media: Media, monkeypatch: pytest.MonkeyPatch, other: bytes | None
) -> None:
    monkeypatch.setattr(places, "_FRESH", 0.0)
    found = examined(media)
    if other is not None:
        media.place(media.secure(found))
        damage(media, found.sha256)
    found.path.unlink(missing_ok=True)
    with pytest.raises(MediaUnavailable):
        media.place(media.secure(found))


def test_a_copy_that_is_damaged_is_not_taken_for_the_file(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(object_store.said())
    media = Media(tmp_path / "media", Limits(keep_free=0), InBucket(bucket))
    found = examined(media)
    media.place(media.secure(found))
    bucket.put(below(found.sha256), io.BytesIO(PDF[::-1]), len(PDF))
    monkeypatch.setattr(places, "_FRESH", -1e9)
    with pytest.raises(MediaUnavailable, match="damaged"):
        media.secure(found)
    assert list((media.folder / "incoming").iterdir()) == []


def test_a_draft_that_is_still_wanted_is_not_left_over(media: Media) -> None:
    found = examined(media)
    os.utime(found.path, (1000, 1000))
    media.refresh(found)
    assert media.drop_left_over(2000) == 0
    media.place(media.secure(found))
    media.refresh(found)


def test_a_draft_over_the_limit_is_refused_and_leaves_nothing(media: Media) -> None:
    draft = media.draft()
    draft.write(b"x" * 1000)
    with pytest.raises(MediaTooLarge):
        draft.write(b"x")
    draft.discard()
    assert files(media) == []


def test_a_disk_that_would_get_too_full_is_not_written_to(tmp_path: Path) -> None:
    full = Media(tmp_path / "media", Limits(keep_free=1 << 60))
    with pytest.raises(MediaFull):
        full.draft()
    assert files(full) == []


def test_a_disk_that_is_full_is_told_as_such(media: Media) -> None:
    path = media.partial("0" * 32)
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")  # every write to it meets ENOSPC
    partial = media.resume("0" * 32)
    with pytest.raises(MediaFull, match="nothing was stored"):
        partial.write(b"x")


def test_a_folder_that_cannot_be_made_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")
    with pytest.raises(MediaUnavailable, match="media: "):
        Media(tmp_path / "media").draft()


def test_what_is_no_hash_is_no_path(media: Media) -> None:
    for wrong in ("../../etc/passwd", "A" * 64, "a" * 63):
        with pytest.raises(ValueError, match="SHA-256"):
            media.path(wrong)


def test_one_request_writes_to_an_upload_at_a_time(media: Media) -> None:
    first = media.resume("a")
    with pytest.raises(Conflict, match="another request"):
        media.resume("a")
    first.write(b"abc")
    first.close()
    second = media.resume("a")
    assert second.offset == media.offset("a") == 3
    second.close()


def test_what_is_left_over_goes_and_what_is_new_stays(tmp_path: Path) -> None:
    media = Media(tmp_path / "media", Limits(keep_free=0))
    old, new = kept(media, PDF), kept(media, PDF + b"2")
    media.draft().write(b"left by a request that died")
    media.resume("old").close()
    (draft,) = (media.folder / "incoming").iterdir()
    for path in (draft, media.partial("old"), media.path(old)):
        os.utime(path, (1000, 1000))
    assert list(media.stored(2000)) == [old]
    assert list(media.partials(2000)) == ["old"]
    assert media.drop_left_over(2000) == 1
    for digest in (old, new):
        media.remove(digest, 2000)
    assert [path.name for path in files(media) if path.name != "old"] == [new]

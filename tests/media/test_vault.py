"""The folder of media: what is kept is kept once and whole, and a full disk leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from monitor.errors import Conflict, MediaFull, MediaTooLarge, MediaUnavailable
from monitor.media import Limits, Media
from tests.media.test_kinds import kept
from tests.pictures import PDF


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media(tmp_path / "media", Limits(max_file=1000, keep_free=0))


def files(media: Media) -> list[Path]:
    return [path for path in media.folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash_and_only_once(media: Media) -> None:
    digest = kept(media, PDF)
    assert digest == hashlib.sha256(PDF).hexdigest()
    assert kept(media, PDF) == digest
    assert files(media) == [media.folder / digest[:2] / digest[2:4] / digest]
    assert media.path(digest).read_bytes() == PDF


def test_a_damaged_file_is_healed_by_its_like(media: Media) -> None:
    digest = kept(media, PDF)
    media.path(digest).write_bytes(b"damaged")
    kept(media, PDF)
    assert media.path(digest).read_bytes() == PDF


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


def test_what_is_left_over_goes_and_what_is_new_stays(media: Media) -> None:
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

"""Media in a bucket: large files, faults of the store and the line, the sweep, what `check` says."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor import checks
from monitor.errors import MediaError, MediaFull, MediaUnavailable
from monitor.media import InBucket, Limits, Media
from monitor.objects import S3, Bucket
from tests.media.test_kinds import kept
from tests.objects import ObjectStore
from tests.pictures import PDF, photo
from tests.test_config import settings


def of(said: S3, folder: Path) -> Media:
    return Media(folder / "media", Limits(keep_free=0), InBucket(Bucket(said)))


def test_a_file_of_several_parts_comes_back_whole(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    media = of(object_store.said(), tmp_path)
    content = PDF + os.urandom(40 << 20)
    digest = kept(media, content)
    assert media.content(digest) == content
    assert b"".join(media.read(digest, 20 << 20, (20 << 20) + 7)) == content[20 << 20 :][:7]
    assert [path for path in media.folder.rglob("*") if path.is_file()] == []


def test_two_prefixes_of_a_bucket_know_nothing_of_each_other(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    one, other = (of(object_store.said(), tmp_path) for _ in range(2))
    digest = kept(one, PDF)
    assert other.size(digest) is None
    assert list(other.stored(time.time() + 60)) == []


def test_what_is_not_ours_in_the_bucket_is_let_alone(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    said = object_store.said()
    bucket, media = Bucket(said), of(said, tmp_path)
    for name in ("readme.txt", "ab/cd/" + "0" * 64, "x" * 64):
        bucket.put(name, io.BytesIO(b"x"), 1)
    digest = kept(media, PDF)
    assert list(media.stored(time.time() + 60)) == [digest]


def test_the_sweep_takes_what_is_old_and_what_was_derived_from_it(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    media = of(object_store.said(), tmp_path)
    digest = kept(media, photo(size=(1000, 500)))
    small = media.small(digest, "image/jpeg")
    assert small is not None
    media.remove(digest, time.time() - 3600)  # placed since
    assert media.size(digest) is not None
    media.remove(digest, time.time() + 60)
    assert (media.size(digest), small.exists()) == (None, False)
    media.remove(digest, time.time() + 60)  # again


def test_what_was_derived_is_no_longer_kept_than_needed(
    object_store: ObjectStore, tmp_path: Path
) -> None:
    """Another machine may have let go of the file itself."""
    media = of(object_store.said(), tmp_path)
    digest = kept(media, photo(size=(1000, 500)))
    small = media.small(digest, "image/jpeg")
    assert small is not None
    os.utime(small, (1000, 1000))
    media.drop_left_over(2000)
    assert not small.exists()
    assert media.small(digest, "image/jpeg") == small


# --- faults ---------------------------------------------------------------------------------------


def nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"secret_key": "another-secret-key"}, "AccessDenied|SignatureDoesNotMatch"),
        ({"access_key": "nobody"}, "AccessDenied|InvalidAccessKeyId"),
        ({"bucket": "not-there"}, "NoSuchBucket"),
        ({"endpoint": nobody()}, "127.0.0.1"),
    ],
)
def test_a_store_that_does_not_take_it_is_unavailable(
    object_store: ObjectStore, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    media = of(object_store.said(**wrong), tmp_path)
    with pytest.raises(MediaUnavailable, match=reason):
        kept(media, PDF)
    with pytest.raises(MediaError):
        list(media.read("0" * 64))
    assert len(list((media.folder / "incoming").iterdir())) == 1  # swept, or sent again


def test_a_store_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        said = S3(
            endpoint=f"http://127.0.0.1:{deaf.getsockname()[1]}",
            bucket="media",
            access_key="a",
            secret_key="b",  # type: ignore[arg-type]
            timeout=1,
        )
        with pytest.raises(MediaUnavailable, match="timed out"):
            kept(of(said, tmp_path), PDF)


@contextlib.contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A store that answers everything alike; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "code"), [(507, "Whatever"), (403, "QuotaExceeded")])
def test_a_store_without_room_is_told_as_such(tmp_path: Path, status: int, code: str) -> None:
    body = f"<Error><Code>{code}</Code><Message>x</Message></Error>".encode()
    with answering(status, body) as url:
        said = S3(endpoint=url, bucket="media", access_key="a", secret_key="b")  # type: ignore[arg-type]
        with pytest.raises(MediaFull, match="nothing was stored"):
            kept(of(said, tmp_path), PDF)


# --- check ----------------------------------------------------------------------------------------


def told(said: S3, tmp_path: Path) -> list[str]:
    given = said.model_dump(exclude={"secret_key", "ca_file"})
    given["secret_key"] = said.secret_key.get_secret_value()
    media = {"folder": str(tmp_path / "media"), "s3": given}
    url = f"sqlite:///{tmp_path}/monitor.db"
    return checks.problems(settings({"media": media, "database": {"url": url}}))


def test_check_tries_the_bucket(object_store: ObjectStore, tmp_path: Path) -> None:
    said = object_store.said()
    assert told(said, tmp_path) == []
    assert list(Bucket(said).list()) == []
    (line,) = told(object_store.said(bucket="not-there"), tmp_path)
    assert line.startswith("media.s3: ")
    assert "NoSuchBucket" in line

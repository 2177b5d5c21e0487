"""Files in a bucket: put, read in pieces, listed, removed. Every silence is bounded.

Calls block and may come from any thread. Whatever the store or the line does is `MediaUnavailable`, a
store that has no room `MediaFull`.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from monitor.errors import MediaFull, MediaUnavailable
from monitor.objects.config import S3

if TYPE_CHECKING:
    from minio import Minio

CONNECT = 5.0
"""Seconds for a connection to come about."""
_PART = 16 << 20
"""Bytes of a part of a large object; two of them are in memory."""
_AT_ONCE = 1 << 20
_FULL = {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_FULL |= {"InsufficientStorage", "InsufficientCapacity"}
_ABSENT = {"NoSuchKey", "NoSuchObject", "NotFound"}
_NO_ROOM = 507


class _AbsentError(Exception):
    """There is no such object."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in a list."""

    name: str
    modified: float
    """Seconds since 1970, by the store's clock."""


class Bucket:
    """A bucket, below its prefix; nothing is connected to before it is used."""

    def __init__(self, said: S3) -> None:
        self.said = said

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.said.endpoint}/{self.said.bucket}"

    def key(self, name: str) -> str:
        """The object's whole name."""
        return f"{self.said.prefix}/{name}" if self.said.prefix else name

    def put(self, name: str, data: BinaryIO, size: int) -> None:
        """Store an object; when this returns, the store has acknowledged all of it."""
        with self._asking():
            self._client.put_object(
                self.said.bucket,
                self.key(name),
                data,
                size,
                part_size=_PART if size > _PART else 0,
                num_parallel_uploads=1,
            )

    def find(self, name: str) -> tuple[int, float] | None:
        """Size and time of an object (seconds since 1970), None where there is none."""
        try:
            with self._asking():
                found = self._client.stat_object(self.said.bucket, self.key(name))
        except _AbsentError:
            return None
        at = found.last_modified
        return found.size or 0, at.timestamp() if at else 0.0

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end`. Raises MediaUnavailable also where there is none."""
        if end is not None and end <= start:
            return
        try:
            with self._asking():
                length = 0 if end is None else end - start
                answer = self._client.get_object(self.said.bucket, self.key(name), start, length)
                try:
                    yield from answer.stream(_AT_ONCE)
                finally:
                    answer.close()
                    answer.release_conn()
        except _AbsentError:
            raise MediaUnavailable(f"{name} is not in {self.where}") from None

    def list(self) -> Iterator[Stored]:
        """All objects below the prefix, by their names below it."""
        base = f"{self.said.prefix}/" if self.said.prefix else ""
        with self._asking():
            for each in self._client.list_objects(self.said.bucket, base, recursive=True):
                if each.object_name and each.last_modified:
                    name = each.object_name.removeprefix(base)
                    yield Stored(name, each.last_modified.timestamp())

    def remove(self, name: str) -> None:
        """Let go of an object; one that is not there is none to let go of."""
        with self._asking():
            self._client.remove_object(self.said.bucket, self.key(name))

    def probe(self) -> None:
        """Write a small object, read it and remove it; raises what speaks against it."""
        name, content = f"check-{secrets.token_hex(8)}", b"offsite-monitor check"
        self.put(name, io.BytesIO(content), len(content))
        try:
            if b"".join(self.read(name)) != content:
                raise MediaUnavailable(f"{self.where} does not give back what it was given")
        finally:
            self.remove(name)

    @cached_property
    def http(self) -> Any:
        """Connections that wait no longer than they may."""
        import urllib3

        return urllib3.PoolManager(
            maxsize=16,
            timeout=urllib3.Timeout(
                connect=min(CONNECT, self.said.timeout), read=self.said.timeout
            ),
            retries=urllib3.Retry(
                total=1, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)
            ),
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(self.said.ca_file) or None,
        )

    @cached_property
    def _client(self) -> Minio:
        from minio import Minio

        parts = urlsplit(self.said.endpoint)
        return Minio(
            parts.netloc,
            access_key=self.said.access_key,
            secret_key=self.said.secret_key.get_secret_value(),
            secure=parts.scheme == "https",
            region=self.said.region,
            http_client=self.http,
        )

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """The store's and the line's faults in the product's terms."""
        try:
            yield
        except Exception as error:
            raise self._in_our_terms(error) from error

    def _in_our_terms(self, error: Exception) -> Exception:
        from minio.error import MinioException, S3Error
        from urllib3.exceptions import HTTPError

        if isinstance(error, S3Error):
            if error.code in _ABSENT:
                return _AbsentError()
            if error.code in _FULL or error.response.status == _NO_ROOM:
                return MediaFull(f"{self.where} is full; nothing was stored")
            return MediaUnavailable(f"{self.where}: {error.code}: {error.message}")
        if isinstance(error, MinioException | HTTPError | OSError):
            return MediaUnavailable(f"{self.where}: {_reason(error)}")
        return error


def _reason(error: Exception) -> str:
    """What was behind it all, on one line."""
    behind = getattr(error, "reason", None)
    said = str(behind if isinstance(behind, Exception) else error)
    return (said.splitlines() or [""])[0][:200] or type(error).__name__

"""Bytes on their way in, on this machine: in one go, or in pieces over several requests."""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from monitor.errors import Conflict, MediaTooLarge
from monitor.media.faults import on_disk


class Draft:
    """Bytes on their way in: a temporary file, hashed while it is written."""

    def __init__(self, path: Path, limit: int) -> None:
        """Begin `path`; more than `limit` bytes are refused."""
        self.path, self.limit, self.size = path, limit, 0
        self._hash = hashlib.sha256()
        with on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")

    def write(self, data: bytes) -> None:
        """Add bytes; raises MediaTooLarge, MediaFull, MediaUnavailable."""
        self.size += len(data)
        if self.size > self.limit:
            raise MediaTooLarge(f"a file may have {self.limit} bytes at most")
        with on_disk():
            self._file.write(data)
        self._hash.update(data)

    def finish(self) -> str:
        """Make the bytes durable; their SHA-256."""
        with on_disk(), self._file as file:
            file.flush()
            os.fsync(file.fileno())
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Let go of the file, unless it was placed."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


class Partial:
    """An upload that comes in pieces: its file, open for one request at a time."""

    def __init__(self, path: Path) -> None:
        """Open it; raises Conflict while another request writes (the lock ends with its process)."""
        with on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.close()
                raise Conflict("another request is writing to this upload; ask again") from None
            self.offset = os.fstat(self._file.fileno()).st_size

    def write(self, data: bytes) -> None:
        """Add bytes behind the end."""
        left = memoryview(data)
        with on_disk():
            while left:
                written = self._file.write(left) or 0
                self.offset += written
                left = left[written:]

    def sync(self) -> None:
        """Make durable what has come."""
        with on_disk():
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """The same, and let others write."""
        with on_disk(), self._file:
            self.sync()

"""The folder of media: what is on its way in, files under their SHA-256, what nobody refers to."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.errors import Conflict, MediaFull, MediaTooLarge, MediaUnavailable, UnfitMedia
from monitor.event import Examined
from monitor.media import pictures
from monitor.media.kinds import PICTURES, sniff

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 1 << 20
BYTES = "application/octet-stream"
"""The type of what is of no type that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken; bytes, pixels."""

    max_file: int = 500_000_000
    max_task: int = 2_000_000_000
    """All files of a task together."""
    max_pixels: int = 100_000_000
    keep_free: int = 1_000_000_000
    """What must stay free on the disk: the database may be on the same one."""
    max_unfinished: int = 2_000_000_000
    """All uploads of a token that are under way together."""
    upload_lifetime: timedelta = timedelta(days=3)
    """How long an upload may stay unfinished."""


@contextmanager
def _on_disk() -> Iterator[None]:
    """Faults of the disk in the product's terms."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MediaFull("the disk for media is full; nothing was stored") from error
        raise MediaUnavailable(f"media: {error.strerror or error}") from error


class Draft:
    """Bytes on their way in: a temporary file, hashed while it is written."""

    def __init__(self, path: Path, limit: int) -> None:
        """Begin `path`; more than `limit` bytes are refused."""
        self.path, self.limit, self.size = path, limit, 0
        self._hash = hashlib.sha256()
        with _on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")

    def write(self, data: bytes) -> None:
        """Add bytes; raises MediaTooLarge, MediaFull, MediaUnavailable."""
        self.size += len(data)
        if self.size > self.limit:
            raise MediaTooLarge(f"a file may have {self.limit} bytes at most")
        with _on_disk():
            self._file.write(data)
        self._hash.update(data)

    def finish(self) -> str:
        """Make the bytes durable; their SHA-256."""
        with _on_disk(), self._file as file:
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
        with _on_disk():
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
        with _on_disk():
            while left:
                written = self._file.write(left) or 0
                self.offset += written
                left = left[written:]

    def sync(self) -> None:
        """Make durable what has come."""
        with _on_disk():
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """The same, and let others write."""
        with _on_disk(), self._file:
            self.sync()


class Media:
    """The media below a folder, which processes may share; nothing is touched before it is used."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()

    # --- taking in ------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """A new draft; raises MediaFull where the disk would get too full."""
        self.require_space(0)
        return Draft(self.folder / "incoming" / secrets.token_hex(16), self.limits.max_file)

    def require_space(self, size: int) -> None:
        """Raise MediaFull unless `size` more bytes leave enough of the disk free."""
        with _on_disk():
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        if free - size < self.limits.keep_free:
            raise MediaFull("the disk for media is nearly full; nothing was stored")

    def examine(self, path: Path, sha256: str | None = None, *, anything: bool = False) -> Examined:
        """Look at a file that is complete and durable: its hash (unless known), size and type.

        Raises UnfitMedia for what is not taken, MediaTooLarge for a picture of too many pixels.
        `anything`: what is of no type that is shown is bytes, and taken as such.
        """
        with _on_disk():
            size = path.stat().st_size
            try:
                media_type = self._type(path, size)
            except UnfitMedia:
                if not anything:
                    raise
                media_type = BYTES
            if sha256 is None:
                with path.open("rb") as file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Examined(path, sha256, size, media_type)

    def _type(self, path: Path, size: int) -> str:
        if not size:
            raise UnfitMedia("the file is empty")
        media_type = sniff(path)
        if media_type in PICTURES:
            pictures.examine(path, media_type, self.limits.max_pixels)
        return media_type

    def place(self, found: Examined, *, keep: bool = False) -> None:
        """Put an examined file under its hash, durably; `keep`: it also stays where it is.

        One that is there is replaced by its like: damage is healed, and the sweep takes it for new.
        """
        target, source = self.path(found.sha256), found.path
        with _on_disk():
            target.parent.mkdir(parents=True, exist_ok=True)
            if keep:
                source = self.folder / "incoming" / secrets.token_hex(16)
                source.parent.mkdir(parents=True, exist_ok=True)
                os.link(found.path, source)
            os.utime(source)
            source.replace(target)
            for folder in (target.parent, target.parent.parent, self.folder):
                _sync(folder)

    # --- reading --------------------------------------------------------------------------------

    def path(self, sha256: str) -> Path:
        """Where the file of a hash is, or would be."""
        if not _DIGEST.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def small(self, sha256: str, media_type: str) -> Path | None:
        """A smaller JPEG of a picture, made where there is none; None for what has none."""
        source = self.path(sha256)
        target = self.folder / "small" / source.relative_to(self.folder)
        if media_type not in PICTURES or not source.exists():
            return None
        if target.exists():
            return target
        draft = self.folder / "incoming" / secrets.token_hex(16)
        with _on_disk():
            for folder in (draft.parent, target.parent):
                folder.mkdir(parents=True, exist_ok=True)
            try:
                with draft.open("xb") as file:
                    whole = pictures.shrink(source, media_type, file)
                if whole:
                    draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
        return target if whole else None

    # --- resumable uploads ----------------------------------------------------------------------

    def partial(self, name: str) -> Path:
        """The file of a resumable upload; its length is how much of it has come."""
        return self.folder / "partial" / name

    def offset(self, name: str) -> int:
        """How much of a resumable upload has come."""
        path = self.partial(name)
        with _on_disk():
            return path.stat().st_size if path.exists() else 0

    def resume(self, name: str) -> Partial:
        """The file of a resumable upload, to be written behind its end."""
        return Partial(self.partial(name))

    def drop_partial(self, name: str) -> None:
        """Let go of what has come of an upload."""
        with _on_disk():
            self.partial(name).unlink(missing_ok=True)

    # --- sweeping -------------------------------------------------------------------------------

    def stored(self, before: float) -> Iterator[str]:
        """The hashes of files that were placed before an instant (seconds since 1970)."""
        found = _older(self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"), before)
        return (path.name for path in found if _DIGEST.fullmatch(path.name))

    def remove(self, sha256: str, before: float) -> None:
        """Let go of a file that was placed before an instant, and of what was derived from it."""
        path = self.path(sha256)
        with _on_disk():
            for old in _older([path], before):
                old.unlink()
                (self.folder / "small" / path.relative_to(self.folder)).unlink(missing_ok=True)

    def partials(self, before: float) -> Iterator[str]:
        """The names of resumable uploads that nobody wrote to since an instant."""
        return (path.name for path in _older((self.folder / "partial").glob("*"), before))

    def drop_left_over(self, before: float) -> int:
        """Let go of drafts from before an instant, whose requests ended half-way; returns how many."""
        dropped = 0
        with _on_disk():
            for path in _older((self.folder / "incoming").glob("*"), before):
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped


def _older(paths: Iterable[Path], before: float) -> Iterator[Path]:
    """Those of some files that were written before an instant."""
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield path


def _sync(folder: Path) -> None:
    """Make a rename durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The media: what is on its way in, files under their SHA-256 in their place, what nobody refers to."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.errors import MediaFull, UnfitMedia
from monitor.event import Examined
from monitor.media import pictures
from monitor.media.drafts import Draft, Partial
from monitor.media.faults import on_disk
from monitor.media.kinds import PICTURES, sniff
from monitor.media.places import Folder, Place, below, older

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


class Media:
    """The media: what is on its way and what is derived below a folder, which processes may share, the
    files themselves in their place, by default the same folder. Nothing is touched before it is used.
    """

    def __init__(
        self, folder: Path, limits: Limits | None = None, place: Place | None = None
    ) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self.where = place or Folder(folder)

    # --- taking in ------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """A new draft; raises MediaFull where the disk would get too full."""
        self.require_space(0)
        return Draft(self.folder / "incoming" / secrets.token_hex(16), self.limits.max_file)

    def require_space(self, size: int) -> None:
        """Raise MediaFull unless `size` more bytes leave enough of the disk free."""
        with on_disk():
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        if free - size < self.limits.keep_free:
            raise MediaFull("the disk for media is nearly full; nothing was stored")

    def examine(self, path: Path, sha256: str | None = None, *, anything: bool = False) -> Examined:
        """Look at a file that is complete and durable: its hash (unless known), size and type.

        Raises UnfitMedia for what is not taken, MediaTooLarge for a picture of too many pixels.
        `anything`: what is of no type that is shown is bytes, and taken as such.
        """
        with on_disk():
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

    def refresh(self, found: Examined) -> None:
        """Keep the draft of an examined file, if it is still there, from counting as left over."""
        with on_disk(), suppress(FileNotFoundError):
            os.utime(found.path)

    def secure(self, found: Examined) -> Examined:
        """Do what of `place` takes long, before the transaction that records the file."""
        return self.where.secure(found)

    def place(self, found: Examined, *, keep: bool = False) -> None:
        """Keep an examined file under its hash, durably; its draft stays only with `keep`."""
        self.where.place(found, keep=keep)

    # --- reading --------------------------------------------------------------------------------

    def size(self, sha256: str) -> int | None:
        """Bytes of the file of a hash; None = there is none."""
        return self.where.size(sha256)

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes of a file from `start` up to `end`, in pieces; raises MediaUnavailable."""
        return self.where.read(sha256, start, end)

    def content(self, sha256: str) -> bytes | None:
        """All bytes of a file that is not large; None = there is none."""
        return None if self.size(sha256) is None else b"".join(self.read(sha256))

    def path(self, sha256: str) -> Path | None:
        """Where the file of a hash is, or would be, on this machine; None = elsewhere."""
        return self.where.path(sha256)

    def small(self, sha256: str, media_type: str) -> Path | None:
        """A smaller JPEG of a picture, made where there is none; None for what has none."""
        target = self._small(sha256)
        if media_type not in PICTURES or self.size(sha256) is None:
            return None
        if target.exists():
            return target
        with self._at_hand(sha256) as source, self._temporary() as draft:
            with on_disk(), draft.open("xb") as file:
                whole = pictures.shrink(source, media_type, file)
            if whole:
                with on_disk():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    draft.replace(target)
        return target if whole else None

    def _small(self, sha256: str) -> Path:
        return self.folder / "small" / below(sha256)

    @contextmanager
    def _at_hand(self, sha256: str) -> Iterator[Path]:
        """A file on this machine: itself, or a copy for as long as it is needed."""
        path = self.where.path(sha256)
        if path is not None:
            yield path
            return
        self.require_space(0)
        with self._temporary() as copy:
            with on_disk(), copy.open("xb") as file:
                for piece in self.read(sha256):
                    file.write(piece)
            yield copy

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        path = self.folder / "incoming" / secrets.token_hex(16)
        with on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            with on_disk():
                path.unlink(missing_ok=True)

    # --- resumable uploads ----------------------------------------------------------------------

    def partial(self, name: str) -> Path:
        """The file of a resumable upload; its length is how much of it has come."""
        return self.folder / "partial" / name

    def offset(self, name: str) -> int:
        """How much of a resumable upload has come."""
        path = self.partial(name)
        with on_disk():
            return path.stat().st_size if path.exists() else 0

    def resume(self, name: str) -> Partial:
        """The file of a resumable upload, to be written behind its end."""
        return Partial(self.partial(name))

    def drop_partial(self, name: str) -> None:
        """Let go of what has come of an upload."""
        with on_disk():
            self.partial(name).unlink(missing_ok=True)

    # --- sweeping -------------------------------------------------------------------------------

    def stored(self, before: float) -> Iterator[str]:
        """The hashes of files that were placed before an instant (seconds since 1970)."""
        return self.where.stored(before)

    def remove(self, sha256: str, before: float) -> None:
        """Let go of a file that was placed before an instant, and of what was derived from it."""
        if self.where.remove(sha256, before):
            with on_disk():
                self._small(sha256).unlink(missing_ok=True)

    def partials(self, before: float) -> Iterator[str]:
        """The names of resumable uploads that nobody wrote to since an instant."""
        return (path.name for path in older((self.folder / "partial").glob("*"), before))

    def drop_left_over(self, before: float) -> int:
        """Let go of drafts from before an instant, whose requests ended half-way; returns how many.

        What was derived from files that another machine may let go of is not kept any longer either.
        """
        dropped = 0
        with on_disk():
            for path in older((self.folder / "incoming").glob("*"), before):
                path.unlink(missing_ok=True)
                dropped += 1
            if not isinstance(self.where, Folder):
                for path in older((self.folder / "small").glob("*/*/*"), before):
                    path.unlink(missing_ok=True)
        return dropped

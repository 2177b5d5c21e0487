"""Where files are kept under their SHA-256: in a folder of this machine, or in a bucket."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from monitor.errors import MediaUnavailable, MonitorError
from monitor.event import Examined
from monitor.media.faults import on_disk
from monitor.objects import Bucket

_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 1 << 20
_FRESH = 3600.0
"""Seconds for which an object is safe from the sweep beyond doubt, whatever the store's clock says."""


class Place(Protocol):
    """A place for files. What goes wrong is MediaFull or MediaUnavailable."""

    def secure(self, found: Examined) -> Examined:
        """Do what of `place` takes long, before the transaction that records the file."""

    def place(self, found: Examined, *, keep: bool = False) -> None:
        """Keep an examined file under its hash, durably; its draft stays only with `keep`.

        One that is there is replaced by its like: damage is healed, and the sweep takes it for new.
        Where the transaction has failed this is done again, with a draft that may be gone: then the
        file is in its place, and is as new to the sweep.
        """

    def path(self, sha256: str) -> Path | None:
        """Where the file of a hash is, or would be, on this machine; None = elsewhere."""

    def size(self, sha256: str) -> int | None:
        """Bytes of a file; None = there is none."""

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Its bytes from `start` up to `end`, in pieces."""

    def stored(self, before: float) -> Iterator[str]:
        """The hashes of files that were placed before an instant (seconds since 1970)."""

    def remove(self, sha256: str, before: float) -> bool:
        """Let go of a file that was placed before an instant; whether there was such a one."""

    def fault(self) -> str | None:
        """What speaks against keeping files here, by trying."""


def digest(sha256: str) -> str:
    """The same, if it is the hash of a file: nothing else becomes part of a path."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return sha256


def below(sha256: str) -> str:
    """Where a file is below its place."""
    return f"{digest(sha256)[:2]}/{sha256[2:4]}/{sha256}"


class Folder:
    """A folder of this machine, which processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def secure(self, found: Examined) -> Examined:
        """Nothing: to be moved into place takes no time."""
        return found

    def place(self, found: Examined, *, keep: bool = False) -> None:
        """Move it, or a link to it, into its place."""
        target, source = self.path(found.sha256), found.path
        with on_disk():
            target.parent.mkdir(parents=True, exist_ok=True)
            if not source.exists() and self.size(found.sha256) == found.size:
                source = target  # it was moved before
            elif keep:
                source = self._folder / "incoming" / secrets.token_hex(16)
                source.parent.mkdir(parents=True, exist_ok=True)
                os.link(found.path, source)
            os.utime(source)
            source.replace(target)
            for folder in (target.parent, target.parent.parent, self._folder):
                _sync(folder)

    def path(self, sha256: str) -> Path:
        """Where it is, or would be."""
        return self._folder / below(sha256)

    def size(self, sha256: str) -> int | None:
        """None also for what is no file."""
        path = self.path(sha256)
        with on_disk():
            return path.stat().st_size if path.is_file() else None

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Straight from the disk."""
        with on_disk(), self.path(sha256).open("rb") as file:
            file.seek(start)
            left = -1 if end is None else end - start
            while left and (piece := file.read(_AT_ONCE if left < 0 else min(left, _AT_ONCE))):
                left -= len(piece) if left > 0 else 0
                yield piece

    def stored(self, before: float) -> Iterator[str]:
        """By their times of change."""
        found = older(self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"), before)
        return (path.name for path in found if _DIGEST.fullmatch(path.name))

    def remove(self, sha256: str, before: float) -> bool:
        """Unlink it."""
        removed = False
        with on_disk():
            for old in older([self.path(sha256)], before):
                old.unlink()
                removed = True
        return removed

    def fault(self) -> str | None:
        """Whether it, or the folder that it will be made in, can be written to."""
        folder = self._folder.absolute()
        while not folder.exists():
            folder = folder.parent
        writable = folder.is_dir() and os.access(folder, os.W_OK)
        return None if writable else f"{folder} cannot be written to"


class InBucket:
    """A bucket of an S3-compatible store, which machines may share."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def secure(self, found: Examined) -> Examined:
        """Send it: when this returns the store has it."""
        self._send(found)
        return replace(found, secured=True)

    def place(self, found: Examined, *, keep: bool = False) -> None:
        """Send it unless that is done, and let go of the draft."""
        if not found.secured:
            self._send(found)
        if not keep:
            with on_disk():
                found.path.unlink(missing_ok=True)

    def _send(self, found: Examined) -> None:
        if self._sent(found):
            return
        with on_disk():
            file = found.path.open("rb")
        with file:
            self._bucket.put(below(found.sha256), file, found.size)

    def _sent(self, found: Examined) -> bool:
        """Whether its draft is gone because the store has it; what is old there is to be sent again."""
        if found.path.exists():
            return False
        there = self._bucket.find(below(found.sha256))
        if there is None or there[0] != found.size:
            return False
        fresh = time.time() - there[1] < _FRESH
        if not fresh:
            self._fetch(found)
        return fresh

    def _fetch(self, found: Examined) -> None:
        """Make the draft again of what the store has."""
        copy, got = found.path.with_suffix(".again"), hashlib.sha256()
        with on_disk():
            try:
                with copy.open("wb") as file:
                    for piece in self.read(found.sha256):
                        got.update(piece)
                        file.write(piece)
                if got.hexdigest() != found.sha256:
                    raise MediaUnavailable(f"{found.sha256} is damaged")
                copy.replace(found.path)
            finally:
                copy.unlink(missing_ok=True)

    def path(self, sha256: str) -> None:
        """Elsewhere."""
        digest(sha256)

    def size(self, sha256: str) -> int | None:
        """As the store has it."""
        found = self._bucket.find(below(sha256))
        return None if found is None else found[0]

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Over the line; a range is asked for as one."""
        return self._bucket.read(below(sha256), start, end)

    def stored(self, before: float) -> Iterator[str]:
        """By the store's times; what else is in the bucket is let alone."""
        for each in self._bucket.list():
            name = each.name.rpartition("/")[2]
            if each.modified < before and _DIGEST.fullmatch(name) and each.name == below(name):
                yield name

    def remove(self, sha256: str, before: float) -> bool:
        """Remove the object, if it still is as old."""
        found = self._bucket.find(below(sha256))
        if found is None or found[1] >= before:
            return False
        self._bucket.remove(below(sha256))
        return True

    def fault(self) -> str | None:
        """Write, read, remove."""
        try:
            self._bucket.probe()
        except MonitorError as error:
            return str(error)
        return None


def older(paths: Iterable[Path], before: float) -> Iterator[Path]:
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

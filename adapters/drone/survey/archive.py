"""ZIP files whose sizes are known before anything in them is parsed; nothing is ever written to disk.

Declared sizes are summed first. Python's zipfile never unpacks more than an entry declares, and an entry
that holds more or less fails its checksum: unpacking it once, to nowhere, shows the actual size.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.drone.survey.problems import BROKEN, Unreadable

PACKED = 16 << 20
"""Bytes of a file: its directory is read into memory."""
ENTRIES = 2_000
CHUNK = 64 << 10

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of KMZ and Office; others may ask for gigabytes of memory to unpack a byte."""


@contextmanager
def opened(path: Path, unpacked: int) -> Iterator[zipfile.ZipFile]:
    """A ZIP that declares no more than `unpacked` bytes in all; raises Unreadable."""
    if path.stat().st_size > PACKED:
        raise Unreadable("too-large")
    try:
        archive = zipfile.ZipFile(path)
    except (*BROKEN, OSError):
        raise Unreadable("broken") from None
    with archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > unpacked:
            raise Unreadable("unpacked-too-large")
        if any(_leaves(entry.filename) for entry in entries):
            raise Unreadable("unsafe-archive")
        yield archive


def _leaves(name: str) -> bool:
    """Whether an entry names a place outside of the folder that it would be unpacked to."""
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or ":" in parts[0]


def chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry, unpacked piece by piece; raises Unreadable where it does not hold together."""
    if entry.compress_type not in _METHODS:
        raise Unreadable("broken")
    try:
        with archive.open(entry) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (*BROKEN, OSError):
        raise Unreadable("broken") from None


def first(archive: zipfile.ZipFile, wanted: Callable[[str], bool], limit: int) -> bytes:
    """The first entry whose name is wanted, of so many bytes at most; raises Unreadable."""
    for entry in archive.infolist():
        if wanted(entry.filename):
            if entry.file_size > limit:
                raise Unreadable("unpacked-too-large")
            return b"".join(chunks(archive, entry))
    raise Unreadable("unknown-type")

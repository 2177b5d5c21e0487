"""The metadata blocks of a picture's file, found without decoding a pixel, in bounded memory.

JPEG: ITU-T T.81 annex B; EXIF in APP1: JEITA CP-3451; XMP in APP1: Adobe XMP Specification part 3, 1.1.3.
TIFF: revision 6.0, XMP in tag 700. HEIC: ISO/IEC 23008-12, by libheif.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import pi_heif

from adapters.drone.survey.problems import BROKEN, Unreadable

HEIC_BYTES = 64 << 20
"""Of a HEIC file: its library reads all of it."""
SEGMENTS = 10_000
"""Of a JPEG before its picture; a thermal one of 1280 × 1024 has some 50."""

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""By which a file of the ISO base media format is a HEIC picture."""
_APP1, _APP3, _START_OF_SCAN, _END = 0xE1, 0xE3, 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers that no length follows."""


class Type(StrEnum):
    """What a picture's file is, by its bytes."""

    JPEG = "image/jpeg"
    TIFF = "image/tiff"
    HEIC = "image/heic"


@dataclass(frozen=True, slots=True)
class Headers:
    """What stands beside the pixels."""

    type: Type
    exif: bytes | None = None
    """A TIFF structure; None for a TIFF, which is one itself."""
    xmp: bytes | None = None
    """The XMP packet; of a TIFF it is in its EXIF."""
    app3: int = 0
    """Bytes of a JPEG's APP3: where DJI keeps the raw thermal data of an R-JPEG."""


def headers(path: Path) -> Headers:
    """The blocks of a JPEG, TIFF or HEIC file; raises Unreadable, and OSError as `open` does."""
    with path.open("rb") as file:
        head = file.read(32)
        file.seek(0)
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(file)
        if head.startswith((b"II*\0", b"MM\0*")):
            return Headers(Type.TIFF)
        if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
            return _heic(file)
    raise Unreadable("unknown-type")


def _jpeg(file: BinaryIO) -> Headers:
    found: dict[bytes, bytes] = {}
    app3 = 0
    file.seek(2)
    for _ in range(SEGMENTS):
        marker = _marker(file)
        if marker in (_START_OF_SCAN, _END):
            return Headers(Type.JPEG, found.get(_EXIF), found.get(_XMP), app3)
        if marker in _ALONE:
            continue
        size = int.from_bytes(_exactly(file, 2)) - 2
        if marker == _APP1:
            _keep(_exactly(file, size), found)
        else:
            app3 += size if marker == _APP3 else 0
            file.seek(size, io.SEEK_CUR)
    raise Unreadable("broken")


def _marker(file: BinaryIO) -> int:
    """The next marker; it may stand behind any number of fill bytes (T.81 B.1.1.2)."""
    if _exactly(file, 1) != b"\xff":
        raise Unreadable("broken")
    for _ in range(SEGMENTS):
        code = _exactly(file, 1)[0]
        if code != 0xFF:
            return code
    raise Unreadable("broken")


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size) if size >= 0 else b""
    if len(data) != size:
        raise Unreadable("broken")
    return data


def _keep(segment: bytes, found: dict[bytes, bytes]) -> None:
    """Keep a segment's data if it is the first of its kind."""
    for signature in (_EXIF, _XMP):
        if segment.startswith(signature):
            found.setdefault(signature, segment[len(signature) :])


def _heic(file: BinaryIO) -> Headers:
    data = file.read(HEIC_BYTES + 1)
    if len(data) > HEIC_BYTES:
        raise Unreadable("too-large")
    try:
        info = pi_heif.open_heif(io.BytesIO(data)).info
    except (*BROKEN, OSError):
        raise Unreadable("broken") from None
    exif = info.get("exif")
    return Headers(Type.HEIC, exif and exif.removeprefix(_EXIF), info.get("xmp"))

"""What a survey's file is, by its bytes: neither its name nor its sender's word counts."""

from __future__ import annotations

from pathlib import Path

from adapters.drone.survey import archive
from adapters.drone.survey.headers import HEIC_BRANDS
from adapters.drone.survey.problems import Unreadable
from monitor.survey import Content

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_HEAD = 4_096
_UNPACKED = 256 << 20


def content(path: Path) -> Content:
    """What a file is to be read as; raises Unreadable for a ZIP that is none, or unsafe."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    heic = head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS
    if heic or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return Content.PHOTO
    if head.startswith(_TIFF):
        return Content.RASTER
    if head.startswith(b"PK\x03\x04"):
        return _packed(path)
    if not head or head.startswith(b"%PDF-") or (b"\0" in head and not head.startswith(_UTF16)):
        raise Unreadable("unknown-type")
    return Content.SHAPES if head.lstrip(_BLANK)[:1] in (b"<", b"{") else Content.TRACK


def _packed(path: Path) -> Content:
    with archive.opened(path, _UNPACKED) as found:
        names = [entry.filename.lower() for entry in found.infolist()]
    if "[content_types].xml" in names:
        return Content.TRACK
    if any(name.endswith(".kml") for name in names):
        return Content.SHAPES
    raise Unreadable("unknown-type")

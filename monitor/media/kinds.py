"""What a file is, by its bytes alone: what its sender says of it is never believed.

The list is short on purpose: what officers and enterprises send as proof, and every viewer shows.
A ZIP, which could hold anything, is refused unless it is a document of Word or Excel without macros; so
are HTML and SVG, which are programs to a browser. A picture is believed only once it could be opened
(`pictures`). Signatures: JPEG (ITU-T T.81), PNG (ISO/IEC 15948), WebP (RFC 9649), PDF (ISO 32000),
brands of ISO base media files (ISO/IEC 14496-12; HEIF: 23008-12), Office Open XML (ISO/IEC 29500).
"""

from __future__ import annotations

import zipfile
from enum import StrEnum
from pathlib import Path

from monitor.errors import UnfitMedia


class Kind(StrEnum):
    """What an attachment is to a person."""

    PHOTO = "photo"
    RECORD = "record"
    """A signed record of the visit (现场检查笔录), scanned or photographed."""
    VIDEO = "video"
    DOCUMENT = "document"


PICTURES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
}
"""Types of pictures and the format that opens them."""

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    _WORD: "docx",
    _EXCEL: "xlsx",
}
"""Every type that is taken, and how its files are called."""

_TAKEN = "JPEG, PNG, WebP, HEIC, MP4, MOV, PDF, DOCX and XLSX"
_HEAD = 512
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_MP4 = (b"iso", b"mp4", b"avc1", b"M4V ", b"MSNV", b"dash", b"XAVC", b"3gp")
_LARGEST_OFFICE = 16 << 20
"""Bytes of a Word or Excel file: its directory is read into memory."""
_PARTS = {"word/document.xml": _WORD, "xl/workbook.xml": _EXCEL}


def sniff(path: Path) -> str:
    """The media type of a file's bytes; raises UnfitMedia for what is not taken."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    found = _base_media(head) if head[4:8] == b"ftyp" else None
    if head.startswith(b"PK\x03\x04"):
        found = _office(path)
    if found is None:
        raise UnfitMedia(f"the content is none of the types that are taken: {_TAKEN}")
    return found


def _base_media(head: bytes) -> str | None:
    """HEIC, MP4 or MOV by its brands; other pictures of that family (AVIF, raw ones) are none of them."""
    end = min(int.from_bytes(head[:4]), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, end - 3, 4)}
    if major in _HEIC or (major in (b"mif1", b"msf1") and others & _HEIC):
        return "image/heic"
    if major == b"qt  ":
        return "video/quicktime"
    return "video/mp4" if major.startswith(_MP4) else None


def _office(path: Path) -> str | None:
    if path.stat().st_size > _LARGEST_OFFICE:
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if "[Content_Types].xml" not in names or any(n.endswith("vbaProject.bin") for n in names):
        return None
    found = [kind for part, kind in _PARTS.items() if part in names]
    return found[0] if len(found) == 1 else None


def kind_of(media_type: str) -> Kind:
    """What an attachment of a type is, unless its sender says otherwise."""
    if media_type in PICTURES:
        return Kind.PHOTO
    return Kind.VIDEO if media_type.startswith("video/") else Kind.DOCUMENT

"""The files of the visit in a bundle: read from the media once the rows were read.

A file does not change, so it may be read outside the transaction. One that is not what it was when it was
taken in is not passed on as if it were.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from monitor.clock import from_ms, rfc3339
from monitor.evidence.case import Attachment, Bounds, Case
from monitor.media import TYPES, Media
from monitor.store import attachments

_SHOWN = 60
"""Pictures on the page; the others are in the bundle all the same."""


def described(place: int, row: Any, zone: tzinfo) -> Attachment:
    """An attachment's row as a bundle has it, without its bytes."""
    said = attachments.shape(row, zone)
    del said["links"], said["task"], said["reminder"]
    return Attachment(file=f"attachments/{place:06d}.{TYPES[row.type]}", said=said)


def seen(place: int, row: Any, file: Any, kind: str, zone: tzinfo) -> Attachment:
    """A file of what an eye saw (`kind` seen), or its whole message where that is a file (message)."""
    said = {
        "id": row.id,
        "kind": kind,
        "sha256": file.sha256,
        "size": file.size,
        "type": file.type,
        "name": file.name if kind == "seen" else f"frame {row.frame}",
        "note": row.label,
        "taken_at": rfc3339(from_ms(row.start_ms), zone),
        "by": f"{row.adapter}/{row.source}",
        "at": rfc3339(row.received_at, zone),
        "struck_out": None,
    }
    return Attachment(file=f"sightings/{place:06d}.{TYPES.get(file.type, 'bin')}", said=said)


def load(case: Case, media: Media, bounds: Bounds) -> Case:
    """The case with the bytes of its attachments; what is left out is named."""
    loaded, left, size, shown = list[Attachment](), dict[str, list[int]](), 0, 0
    for each in case.attachments:
        content: bytes | str = "limit"
        if size + each.said["size"] <= bounds.attachment_bytes:
            content = _read(media, each.said["sha256"])
        if isinstance(content, str):
            left.setdefault(content, []).append(each.said["id"])
            loaded.append(each)
            continue
        size += len(content)
        picture = None
        if shown < _SHOWN:
            picture = media.small(each.said["sha256"], each.said["type"])
        shown += picture is not None
        loaded.append(
            replace(each, content=content, shown=picture.read_bytes() if picture else None)
        )
    notes = [
        {"what": "attachments", "why": why, "count": len(ids), "attachments": ids}
        for why, ids in left.items()
    ]
    return replace(case, attachments=loaded, left_out=[*case.left_out, *notes])


def _read(media: Media, sha256: str) -> bytes | str:
    """The bytes of a file, or why they are left out."""
    content = media.content(sha256)
    if content is None:
        return "gone"
    return content if hashlib.sha256(content).hexdigest() == sha256 else "damaged"

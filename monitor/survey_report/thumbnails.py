"""Smaller pictures to stand inside of the page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.errors import MediaError
from monitor.media import Media

MOST = 60
"""Pictures on a page."""
BYTES = 6_000_000
"""Of all of them together."""


def pictures(media: Media, files: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The first pictures of a survey as `data:` URLs, by their hashes."""
    found: dict[str, str] = {}
    left = BYTES
    for file in files:
        if file["links"]["thumbnail"] is None or len(found) >= MOST:
            continue
        data = _small(media, file["sha256"], file["type"])
        left -= len(data)
        if left < 0:
            break
        if data:
            found[file["sha256"]] = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    return found


def _small(media: Media, sha256: str, media_type: str) -> bytes:
    """A smaller picture; empty where none can be had: the page is shown without."""
    try:
        path = media.small(sha256, media_type)
        return b"" if path is None else path.read_bytes()
    except (MediaError, OSError):
        return b""

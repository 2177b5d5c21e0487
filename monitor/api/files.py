"""Files of the media as answers: never a page of ours, whatever the bytes are."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse

from monitor.api import paging
from monitor.api.ranges import RangedResponse
from monitor.errors import MediaUnavailable, NotFound
from monitor.media import Media

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
}
"""Whatever the bytes are: no browser takes them for a page of ours."""
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The bytes"},
    206: {"content": {"application/octet-stream": {}}, "description": "A range of them"},
    304: {},
}
SMALL: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "A smaller picture"},
    304: {},
}


def _saved_as(name: str) -> str:
    """The name that a file is saved under: its sender's, without folders and what is not to be seen."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(each for each in last if each.isprintable()).strip(". ") or "file"


def content(media: Media, row: Any, known: str | None) -> Response:
    """The bytes of a recorded file (`sha256`, `type`, `name`), whole or a range; 304 where known."""
    headers = _SAFE | {"ETag": f'"{row.sha256}"'}
    if paging.matches(headers["ETag"], known):
        return Response(status_code=304, headers=headers)
    size = media.size(row.sha256)
    if size is None:
        raise MediaUnavailable(f"{row.sha256} is not among the media")
    path, name = media.path(row.sha256), _saved_as(row.name)
    if path is None:
        read = partial(media.read, row.sha256)
        headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(name)}"
        return RangedResponse(read, size, media_type=row.type, headers=headers)
    return FileResponse(
        path,
        media_type=row.type,
        filename=name,
        headers=headers,
        content_disposition_type="attachment",
    )


def thumbnail(media: Media, row: Any, known: str | None) -> Response:
    """A picture as a JPEG of 640 pixels at most, upright and without EXIF; 304 where known."""
    headers = _SAFE | {"ETag": f'"small-{row.sha256}"'}
    if paging.matches(headers["ETag"], known):
        return Response(status_code=304, headers=headers)
    path = media.small(row.sha256, row.type)
    if path is None:
        raise NotFound(f"there is no smaller picture of {row.sha256}")
    return FileResponse(path, media_type="image/jpeg", headers=headers)

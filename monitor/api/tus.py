"""tus 1.0 as all routes of resumable uploads speak it: its headers, its version, its bodies."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from typing import Annotated

from fastapi import Header, HTTPException, Path, Request
from starlette.concurrency import run_in_threadpool

from monitor.actions.uploads import Progress, Writing
from monitor.api import bodies
from monitor.api.problems import CutOff
from monitor.api.services import services_of

VERSION = "1.0.0"
HEADERS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
TYPE = "application/offset+octet-stream"

Upload = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Count = Annotated[int, Header(ge=0, le=2**62)]


def speaks(tus_resumable: str | None) -> None:
    """Refuse who speaks another version, or none."""
    if tus_resumable != VERSION:
        raise HTTPException(412, f"send Tus-Resumable: {VERSION}", headers={"Tus-Version": VERSION})


def abilities(max_size: int) -> dict[str, str]:
    """The headers that say what of tus there is."""
    return HEADERS | {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration",
        "Tus-Max-Size": str(max_size),
    }


def headers(found: Progress) -> dict[str, str]:
    """Those of every answer about an upload; `Content-Location` names the attachment it has become."""
    said = HEADERS | {
        "Upload-Offset": str(found.offset),
        "Upload-Expires": format_datetime(found.expires_at, usegmt=True),
    }
    if found.attachment is not None:
        said["Content-Location"] = f"/api/v1/attachments/{found.attachment}"
    return said


def whole(found: Progress) -> dict[str, str]:
    """Those of an answer to HEAD."""
    said = headers(found) | {"Upload-Length": str(found.length)}
    if found.metadata:
        said["Upload-Metadata"] = found.metadata
    return said


async def take(request: Request, resume: Callable[[], Writing]) -> Progress:
    """Write a request's body to an upload; what has come before a line broke is kept."""
    if request.headers.get("content-type") != TYPE:
        raise HTTPException(415, f"send the bytes as {TYPE}")
    writing = await run_in_threadpool(resume)
    try:
        announced = request.headers.get("content-length", "")
        if announced.isdigit():
            writing.expect(int(announced))  # nothing of it is kept that a client would not know of
        await _write(request, writing)
        return await services_of(request).finishing.run(writing.settle)
    finally:
        await run_in_threadpool(writing.close)


async def _write(request: Request, writing: Writing) -> None:
    try:
        async for chunk in bodies.chunks(request):
            await run_in_threadpool(writing.write, chunk)
    except CutOff:
        return  # the offset says how much has come

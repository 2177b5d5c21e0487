"""Resumable uploads of attachments, by tus 1.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import format_datetime
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.actions import uploads as actions
from monitor.actions.uploads import Progress
from monitor.api import bodies
from monitor.api.auth import Tools, Worker
from monitor.api.paging import Id
from monitor.api.problems import CutOff
from monitor.api.routers.attachments import Lease
from monitor.api.routers.common import problems, router

routes = router("attachments")

PATH = re.compile(r"/api/v1/tasks/\d+/attachments/uploads/[0-9a-f]{32}")
"""Where bodies are larger than elsewhere."""
VERSION = "1.0.0"
_TUS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
_TYPE = "application/offset+octet-stream"
_REFUSALS = problems(409, 412, 415, 507)

Upload = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Count = Annotated[int, Header(ge=0, le=2**62)]


def _version(caller: Worker, tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """A dependency: who may upload must speak our version of the protocol."""
    del caller
    if tus_resumable != VERSION:
        raise HTTPException(412, f"send Tus-Resumable: {VERSION}", headers={"Tus-Version": VERSION})


_speaks_tus = [Depends(_version)]


@routes.options("/tasks/{task_id}/attachments/uploads", status_code=204)
def get_upload_options(tools: Tools, caller: Worker, task_id: Id) -> Response:
    """What of tus there is: creation, termination, expiration."""
    del caller, task_id
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration",
        "Tus-Max-Size": str(tools.desk.media.limits.max_file),
    }
    return Response(status_code=204, headers=_TUS | headers)


@routes.post(
    "/tasks/{task_id}/attachments/uploads",
    status_code=201,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
)
def begin_upload(
    tools: Tools,
    caller: Worker,
    task_id: Id,
    upload_length: Count,
    upload_metadata: Annotated[str, Header()] = "",
    lease: Lease = None,
) -> Response:
    """Begin an upload. `Upload-Metadata`: filename, kind, note, taken_at, sha256, as far as known."""
    made = actions.begin(tools.desk, caller, task_id, lease, upload_length, upload_metadata)
    location = f"/api/v1/tasks/{task_id}/attachments/uploads/{made.id}"
    return Response(status_code=201, headers=_headers(made) | {"Location": location})


def _headers(found: Progress) -> dict[str, str]:
    headers = _TUS | {
        "Upload-Offset": str(found.offset),
        "Upload-Expires": format_datetime(found.expires_at, usegmt=True),
    }
    if found.attachment is not None:
        headers["Content-Location"] = f"/api/v1/attachments/{found.attachment}"
    return headers


@routes.head(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    responses=_REFUSALS,
    dependencies=_speaks_tus,
)
def get_upload_progress(
    tools: Tools, caller: Worker, task_id: Id, upload: Upload, lease: Lease = None
) -> Response:
    """How much has come; `Content-Location` names the attachment, once it is one."""
    found = actions.progress(tools.desk, caller, task_id, upload, lease)
    headers = _headers(found) | {"Upload-Length": str(found.length)}
    if found.metadata:
        headers["Upload-Metadata"] = found.metadata
    return Response(headers=headers)


@routes.patch(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    status_code=204,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
    openapi_extra={"requestBody": {"content": {_TYPE: {}}}},
)
async def continue_upload(
    request: Request,
    tools: Tools,
    caller: Worker,
    task_id: Id,
    upload: Upload,
    upload_offset: Count,
    lease: Lease = None,
) -> Response:
    """Send on from `Upload-Offset`; what has come before a line broke is kept."""
    if request.headers.get("content-type") != _TYPE:
        raise HTTPException(415, f"send the bytes as {_TYPE}")
    writing = await run_in_threadpool(
        actions.resume, tools.desk, caller, task_id, upload, upload_offset
    )
    try:
        await _take(request, writing.write)
        found = await run_in_threadpool(writing.settle, lease)
    finally:
        await run_in_threadpool(writing.close)
    return Response(status_code=204, headers=_headers(found))


async def _take(request: Request, write: Callable[[bytes], None]) -> None:
    try:
        async for chunk in bodies.chunks(request):
            await run_in_threadpool(write, chunk)
    except CutOff:
        return  # the offset says how much has come


@routes.delete(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    status_code=204,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
)
def cancel_upload(tools: Tools, caller: Worker, task_id: Id, upload: Upload) -> Response:
    """Give up an upload; an attachment that it has become stays."""
    actions.cancel(tools.desk, caller, task_id, upload)
    return Response(status_code=204, headers=_TUS)

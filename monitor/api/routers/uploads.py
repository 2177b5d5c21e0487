"""Resumable uploads of attachments, as tus 1.0 has them (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from monitor.actions import uploads as actions
from monitor.actions.attaching import ToTask
from monitor.api import tus
from monitor.api.auth import Tools, Worker
from monitor.api.paging import Id
from monitor.api.routers.attachments import Lease
from monitor.api.routers.common import problems, router
from monitor.api.tus import Count, Upload

routes = router("attachments")

PATH = re.compile(r"/api/v1/tasks/\d+/attachments/uploads/[0-9a-f]{32}")
"""Where bodies are larger than elsewhere."""
_REFUSALS = problems(409, 412, 415, 507)


def _version(caller: Worker, tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """A dependency: who may upload must speak our version of the protocol."""
    del caller
    tus.speaks(tus_resumable)


_speaks_tus = [Depends(_version)]


@routes.options("/tasks/{task_id}/attachments/uploads", status_code=204)
def get_upload_options(tools: Tools, caller: Worker, task_id: Id) -> Response:
    """What of tus there is: creation, termination, expiration."""
    del caller, task_id
    return Response(status_code=204, headers=tus.abilities(tools.desk.media.limits.max_file))


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
    purpose = ToTask(tools.desk, caller, task_id, lease)
    made = actions.begin(tools.desk, purpose, upload_length, upload_metadata)
    location = f"/api/v1/tasks/{task_id}/attachments/uploads/{made.id}"
    return Response(status_code=201, headers=tus.headers(made) | {"Location": location})


@routes.head(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    responses=_REFUSALS,
    dependencies=_speaks_tus,
)
def get_upload_progress(
    tools: Tools, caller: Worker, task_id: Id, upload: Upload, lease: Lease = None
) -> Response:
    """How much has come; `Content-Location` names the attachment, once it is one."""
    purpose = ToTask(tools.desk, caller, task_id, lease)
    return Response(headers=tus.whole(actions.progress(tools.desk, purpose, upload)))


@routes.patch(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    status_code=204,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
    openapi_extra={"requestBody": {"content": {tus.TYPE: {}}}},
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
    purpose = ToTask(tools.desk, caller, task_id, lease)
    resume = partial(actions.resume, tools.desk, purpose, upload, upload_offset)
    return Response(status_code=204, headers=tus.headers(await tus.take(request, resume)))


@routes.delete(
    "/tasks/{task_id}/attachments/uploads/{upload}",
    status_code=204,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
)
def cancel_upload(tools: Tools, caller: Worker, task_id: Id, upload: Upload) -> Response:
    """Give up an upload; an attachment that it has become stays."""
    actions.cancel(tools.desk, ToTask(tools.desk, caller, task_id, None), upload)
    return Response(status_code=204, headers=tus.HEADERS)

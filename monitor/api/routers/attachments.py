"""Attachments of tasks and of replies to reminders (影像资料)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from monitor.actions import attachments as actions
from monitor.api import attachment_shapes as shapes
from monitor.api import bodies, files, paging
from monitor.api.auth import Director, Reader, Tools, Worker
from monitor.api.paging import Cursor, Id, IfNoneMatch, Limit
from monitor.api.routers.common import problems, router
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.store import attachments as rows
from monitor.store import tasks
from monitor.task import InputError
from monitor.tokens import Caller

routes = router("attachments")

PATH = re.compile(r"/api/v1/tasks/\d+/attachments")
"""Where bodies are larger than elsewhere."""
Lease = Annotated[
    str | None,
    Header(alias="X-Lease", max_length=200, description="The lease that `claim` gave"),
]
_FIELDS = {"kind", "note", "taken_at"}


@routes.post(
    "/tasks/{task_id}/attachments",
    response_model=shapes.Attachment,
    status_code=201,
    responses={
        200: {"model": shapes.Attachment, "description": "The task has just these bytes already"},
        **problems(409, 415, 507),
    },
    openapi_extra=shapes.FORM,
)
async def attach_file(
    request: Request, tools: Tools, caller: Worker, task_id: Id, lease: Lease = None
) -> Response:
    """Attach a file: by the holder of the lease, or by a supervisor until the task is closed.

    A multipart form with `file`, and if there is something to say `kind`, `note`, `taken_at`.
    """
    desk = tools.desk
    await run_in_threadpool(actions.check, desk, caller, task_id, lease)
    async with bodies.form(request, desk.media, max_files=1) as form:
        if [each.field for each in form.files] != ["file"]:
            raise InputError("the form must have a file, named `file`")
        unknown = form.fields.keys() - _FIELDS
        if unknown:
            raise InputError(f"the form may have file, {', '.join(sorted(_FIELDS))}, nothing else")
        (file,) = form.files

        def attach() -> tuple[dict[str, Any], bool]:
            about = actions.said(form.fields, file.name)
            found = desk.media.examine(file.draft.path, file.sha256)
            return actions.attach(desk, caller, task_id, lease, found, about)

        shaped, new = await run_in_threadpool(attach)
    headers = {"Location": shaped["links"]["attachment"]}
    return JSONResponse(shaped, 201 if new else 200, headers)


@routes.get("/tasks/{task_id}/attachments", response_model=shapes.AttachmentPage)
def list_attachments(
    tools: Tools, caller: Reader, task_id: Id, limit: Limit = 100, cursor: Cursor = None
) -> Any:
    """The attachments of a task, oldest first, those struck out too."""
    after = paging.decode("attachments", cursor, int) or 0
    with tools.desk.store.read() as connection:
        task = tasks.find(connection, task_id)
        if task is None or not caller.sees(task.district):
            raise NotFound(f"there is no task {task_id}")
        found = rows.of_task(connection, task_id, limit + 1, after)
    found, following = paging.page(found, limit, lambda row: paging.encode("attachments", row.id))
    return {"items": [rows.shape(row, tools.desk.zone) for row in found], "next": following}


@routes.get("/attachments/{attachment_id}", response_model=shapes.Attachment)
def get_attachment(tools: Tools, caller: Reader, attachment_id: Id, response: Response) -> Any:
    """One attachment; its bytes are at `links.content`."""
    found = rows.shape(_row(tools, caller, attachment_id), tools.desk.zone)
    return paging.tagged(response, found)


def _row(tools: Services, caller: Caller, number: int) -> Any:
    with tools.desk.store.read() as connection:
        row = rows.find(connection, number, caller.districts)
    if row is None:
        raise NotFound(f"there is no attachment {number}")
    return row


@routes.get(
    "/attachments/{attachment_id}/content", response_class=FileResponse, responses=files.BYTES
)
def get_attachment_content(
    tools: Tools,
    caller: Reader,
    attachment_id: Id,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The bytes as they came, whole or a range; each reading is audited."""
    row = _row(tools, caller, attachment_id)
    answer = files.content(tools.desk.media, row, if_none_match)
    if answer.status_code == 200:
        actions.note_read(tools.desk, caller, row.id)
    return answer


@routes.get(
    "/attachments/{attachment_id}/thumbnail",
    response_class=FileResponse,
    responses=files.SMALL,
)
def get_attachment_thumbnail(
    tools: Tools, caller: Reader, attachment_id: Id, if_none_match: IfNoneMatch = None
) -> Response:
    """A picture as a JPEG of 640 pixels at most, upright and without EXIF."""
    row = _row(tools, caller, attachment_id)
    return files.thumbnail(tools.desk.media, row, if_none_match)


@routes.post(
    "/attachments/{attachment_id}/strike-out",
    response_model=shapes.Attachment,
    responses=problems(409, 415),
)
def strike_out_attachment(
    tools: Tools, caller: Director, attachment_id: Id, body: shapes.StrikeOutBody
) -> Any:
    """Let an attachment count no more; it stays to be seen."""
    return actions.strike_out(tools.desk, caller, attachment_id, body.reason)

"""Files for adapters: a form at `/feeds/{name}/surveys`, tus 1.0 at `/feeds/{name}/files`.

Behind the name may stand the adapter's secret, for who cannot send a header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from anyio import from_thread
from fastapi import Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.actions import uploads as actions
from monitor.actions.handing_in import ToAdapter, require_room
from monitor.adapter import Depot, Handed, Parcel, Reply
from monitor.api import bodies, tus
from monitor.api.auth import Bearer, Tools, origin_of
from monitor.api.routers.common import problems, router
from monitor.api.routers.doors import let_in_by
from monitor.api.tus import Count, Upload
from monitor.errors import NotFound
from monitor.media import Media
from monitor.task import InputError

routes = router("feeds")

FORM_PATH = re.compile(r"/api/v1/feeds/[^/]+(/[^/]+)?/surveys")
UPLOAD_PATH = re.compile(r"/api/v1/feeds/[^/]+(/[^/]+)?/files/[0-9a-f]{32}")
"""Where bodies are larger than elsewhere."""

_TEXT = {"type": "string"}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": _TEXT | {"format": "binary"}},
                        "mission": _TEXT,
                        "pilot": _TEXT,
                        "uscc": _TEXT,
                    },
                }
            }
        },
    }
}
_REFUSALS = problems(409, 412, 415, 429, 507)


@dataclass(frozen=True, slots=True)
class Known:
    """An adapter that takes files, and who hands them in."""

    name: str
    depot: Depot
    token: int | None
    peer: str
    base: str
    """Its path, with the secret where that was the way in."""


async def _let_in(request: Request, bearer: Bearer) -> Known:
    name, secret = request.path_params["name"], request.path_params.get("secret", "")
    called = await let_in_by(request, bearer, name, secret)
    if not isinstance(called.door, Depot) or called.path:
        raise NotFound(f"no adapter of this name takes files: {name[:64]}")
    base = "/".join(filter(None, ("/api/v1/feeds", name, secret)))
    return Known(name, called.door, called.token, origin_of(request) or "", base)


Sender = Annotated[Known, Depends(_let_in)]


def _version(sender: Sender, tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """A dependency: who may upload must speak our version of the protocol."""
    del sender
    tus.speaks(tus_resumable)


_speaks_tus = [Depends(_version)]


def _purpose(tools: Tools, sender: Sender) -> ToAdapter:
    def take(parcel: Parcel) -> Reply:
        return from_thread.run(sender.depot.take, parcel)

    return ToAdapter(tools.desk, sender.name, sender.token, sender.peer, take)


Purpose = Annotated[ToAdapter, Depends(_purpose)]


@routes.post("/feeds/{name}/{secret}/surveys", include_in_schema=False)
@routes.post(
    "/feeds/{name}/surveys",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "It is kept"},
        **_REFUSALS,
    },
    openapi_extra=_FORM,
)
async def hand_in_files(request: Request, tools: Tools, sender: Sender) -> Response:
    """Hand in files of a flight; what cannot be understood is kept all the same.

    A multipart form with `files`, and if there is something to say `mission`, `pilot`, `uscc`.
    """
    desk, depot = tools.desk, sender.depot
    most = desk.media.limits.max_file + bodies.OVERHEAD
    async with bodies.form(request, desk.media, depot.max_files, most) as form:
        if not form.files:
            raise InputError("the form must have files, named `files`")
        parcel = Parcel(
            fields=form.fields,
            files=await run_in_threadpool(_examined, desk.media, form),
            peer=sender.peer,
            received_at=desk.now(),
        )
        digests = [each.file.sha256 for each in parcel.files]
        await run_in_threadpool(require_room, desk, sender.name, form.fields, digests)
        return _answer(await depot.take(parcel))


def _examined(media: Media, form: bodies.Form) -> tuple[Handed, ...]:
    return tuple(
        Handed(each.name, media.examine(each.draft.path, each.sha256, anything=True))
        for each in form.files
    )


def _answer(reply: Reply) -> Response:
    return Response(reply.body, reply.status, {"Cache-Control": "no-store"}, reply.content_type)


@routes.options("/feeds/{name}/{secret}/files", include_in_schema=False)
@routes.options("/feeds/{name}/files", status_code=204)
def get_file_options(tools: Tools, sender: Sender) -> Response:
    """What of tus there is: creation, termination, expiration."""
    del sender
    return Response(status_code=204, headers=tus.abilities(tools.desk.media.limits.max_file))


@routes.post("/feeds/{name}/{secret}/files", include_in_schema=False, dependencies=_speaks_tus)
@routes.post("/feeds/{name}/files", status_code=201, responses=_REFUSALS, dependencies=_speaks_tus)
def begin_file(
    tools: Tools,
    sender: Sender,
    purpose: Purpose,
    upload_length: Count,
    upload_metadata: Annotated[str, Header()] = "",
) -> Response:
    """Begin an upload. `Upload-Metadata`: filename, mission, pilot, uscc, sha256, as far as known.

    The last byte is answered when the file is read, kept and committed.
    """
    made = actions.begin(tools.desk, purpose, upload_length, upload_metadata)
    location = f"{sender.base}/files/{made.id}"
    return Response(status_code=201, headers=tus.headers(made) | {"Location": location})


@routes.head(
    "/feeds/{name}/{secret}/files/{upload}", include_in_schema=False, dependencies=_speaks_tus
)
@routes.head("/feeds/{name}/files/{upload}", responses=_REFUSALS, dependencies=_speaks_tus)
def get_file_progress(tools: Tools, purpose: Purpose, upload: Upload) -> Response:
    """How much has come; a file that is complete and was not read yet is read now."""
    return Response(headers=tus.whole(actions.progress(tools.desk, purpose, upload)))


@routes.patch(
    "/feeds/{name}/{secret}/files/{upload}", include_in_schema=False, dependencies=_speaks_tus
)
@routes.patch(
    "/feeds/{name}/files/{upload}",
    status_code=204,
    responses=_REFUSALS,
    dependencies=_speaks_tus,
    openapi_extra={"requestBody": {"content": {tus.TYPE: {}}}},
)
async def continue_file(
    request: Request, tools: Tools, purpose: Purpose, upload: Upload, upload_offset: Count
) -> Response:
    """Send on from `Upload-Offset`; what has come before a line broke is kept."""
    resume = partial(actions.resume, tools.desk, purpose, upload, upload_offset)
    return Response(status_code=204, headers=tus.headers(await tus.take(request, resume)))


@routes.delete(
    "/feeds/{name}/{secret}/files/{upload}", include_in_schema=False, dependencies=_speaks_tus
)
@routes.delete(
    "/feeds/{name}/files/{upload}", status_code=204, responses=_REFUSALS, dependencies=_speaks_tus
)
def cancel_file(tools: Tools, purpose: Purpose, upload: Upload) -> Response:
    """Give up an upload; a file that was read already stays."""
    actions.cancel(tools.desk, purpose, upload)
    return Response(status_code=204, headers=tus.HEADERS)

"""What eyes saw (影像线索): events of cameras and drones, placed or not, and their files."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import FileResponse

from monitor.api import files, paging, sighting_shapes
from monitor.api.auth import Reader, Tools
from monitor.api.paging import Cursor, Id, IfNoneMatch, Limit
from monitor.api.routers.common import router
from monitor.api.services import Services
from monitor.errors import NotFound
from monitor.event import Kind
from monitor.store import sightings as rows
from monitor.tokens import Caller

routes = router("sightings")

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@routes.get("/sightings", response_model=sighting_shapes.SightingPage)
def list_sightings(
    tools: Tools,
    caller: Reader,
    kind: Kind | None = None,
    adapter: str | None = None,
    source: str | None = None,
    uscc: str | None = None,
    alert: int | None = None,
    placed: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Events of eyes, newest first; `placed=false`: those that could be put to no enterprise."""
    before = paging.decode("sightings", cursor, int)
    exact = {"kind": kind, "adapter": adapter, "source": source, "uscc": uscc, "alert": alert}
    with tools.desk.store.read() as connection:
        found = rows.listed(connection, caller.districts, limit + 1, before, placed=placed, **exact)
        found, following = paging.page(found, limit, lambda row: paging.encode("sightings", row.id))
        items = rows.shape_rows(connection, found, tools.desk.zone)
    return {"items": items, "next": following}


@routes.get("/sightings/{sighting_id}", response_model=sighting_shapes.Sighting)
def get_sighting(tools: Tools, caller: Reader, sighting_id: Id, response: Response) -> Any:
    """One event with what its source said, how it came to its enterprise, and its files."""
    with tools.desk.store.read() as connection:
        row = rows.find(connection, caller.districts, sighting_id)
        if row is None:
            raise NotFound(f"there is no sighting {sighting_id}")
        (shaped,) = rows.shape_rows(connection, [row], tools.desk.zone)
    return paging.tagged(response, shaped)


@routes.get(
    "/sightings/{sighting_id}/files/{sha256}",
    response_class=FileResponse,
    responses=files.BYTES,
)
def get_sighting_file(
    tools: Tools,
    caller: Reader,
    sighting_id: Id,
    sha256: Digest,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A file of an event as it came, whole or a range."""
    return files.content(tools.desk.media, _file(tools, caller, sighting_id, sha256), if_none_match)


@routes.get(
    "/sightings/{sighting_id}/files/{sha256}/thumbnail",
    response_class=FileResponse,
    responses=files.SMALL,
)
def get_sighting_thumbnail(
    tools: Tools,
    caller: Reader,
    sighting_id: Id,
    sha256: Digest,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A picture as a JPEG of 640 pixels at most, upright and without EXIF."""
    return files.thumbnail(
        tools.desk.media, _file(tools, caller, sighting_id, sha256), if_none_match
    )


def _file(tools: Services, caller: Caller, number: int, sha256: str) -> Any:
    with tools.desk.store.read() as connection:
        row = rows.find(connection, caller.districts, number)
        having = rows.files(connection, [number])[number] if row is not None else []
    for each in having:
        if each.sha256 == sha256:
            return each
    raise NotFound(f"there is no such file of sighting {number}")

"""Random draws (双随机抽查): how each drawn enterprise is treated, by the positive list of the day."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import HTTPException, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.actions import draws as actions
from monitor.api import draw_shapes as shapes
from monitor.api import paging, tabular
from monitor.api.auth import Director, Reader, Tools
from monitor.api.bodies import chunks
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.errors import RegisterError
from monitor.registry import draws as files
from monitor.store import draws
from monitor.task import InputError

routes = router("random draws")

PATH, LARGEST = re.compile(r"/api/v1/draws/file"), 8_000_000
_ENDINGS = {tabular.CSV: "csv", tabular.XLSX: "xlsx"}
_FAULTS = 20


@routes.post("/draws", response_model=shapes.Draw, status_code=201, responses=problems(409, 415))
def ask_draw(tools: Tools, caller: Director, body: shapes.DrawBody) -> Any:
    """What becomes of the enterprises that a draw has chosen, on its day; it is recorded."""
    usccs = [uscc.strip().upper() for uscc in body.enterprises]
    return actions.ask(tools.desk, caller, body.date, usccs)


@routes.post(
    "/draws/file",
    response_model=shapes.Draw,
    status_code=201,
    responses=problems(409, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in _ENDINGS
            },
        }
    },
)
async def upload_draw(
    request: Request, tools: Tools, caller: Director, day: Annotated[date, Query(alias="date")]
) -> Any:
    """The same of a table: CSV or a workbook as the body, the sheet `draw 抽查名单`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _ENDINGS:
        raise HTTPException(415, f"send the body as {' or '.join(_ENDINGS)}")
    with tools.held.room() as room:
        content = bytearray()
        async for chunk in chunks(request):
            room.take(len(chunk))
            content += chunk

        def ask() -> dict[str, Any]:
            usccs = _read(bytes(content), _ENDINGS[kind], tools.desk.language)
            return actions.ask(tools.desk, caller, day, usccs)

        return await run_in_threadpool(ask)


def _read(content: bytes, ending: str, language: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"draw.{ending}"
        path.write_bytes(content)
        try:
            return files.read(path, language=language)
        except RegisterError as error:
            raise InputError("; ".join(error.faults[:_FAULTS])) from None


@routes.get("/draws", response_model=shapes.DrawPage)
def list_draws(tools: Tools, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> Any:
    """Draws, newest first: one's own, and those that chose somebody within reach."""
    before = paging.decode("draws", cursor, int)
    with tools.desk.store.read() as connection:
        rows = draws.listed(connection, caller.districts, caller.name, limit + 1, before)
    rows, following = paging.page(rows, limit, lambda row: paging.encode("draws", row.id))
    return {"items": [actions.head(row, tools.desk.zone) for row in rows], "next": following}


@routes.get("/draws/{draw_id}", response_model=shapes.Draw, responses=tabular.FORMS)
def get_draw(request: Request, tools: Tools, caller: Reader, draw_id: Id) -> Response:
    """A draw as it was answered, as JSON, CSV or a workbook, by `Accept`."""
    found = actions.one(tools.desk, caller, draw_id)
    language = tools.desk.language
    rows = files.told(found["items"], language)
    return tabular.answer(request, found, rows, files.ANSWERED, f"draw-{draw_id}", language)

"""One answer in the form that is asked for: JSON, CSV or a workbook, by `Accept`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request, Response

from monitor.api import paging
from monitor.exports import tables

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""The OpenAPI entry of such an answer, beside its JSON."""


def answer(
    request: Request,
    body: dict[str, Any],
    rows: Iterable[Mapping[str, Any]],
    columns: tables.Columns,
    title: str,
    language: str,
) -> Response:
    """The body, or its rows as a table; `title` names sheet and file."""
    wanted = request.headers.get("accept", "")
    if XLSX in wanted:
        kind, ending = XLSX, "xlsx"
        content = tables.sheet(title, columns, rows, language)
    elif CSV in wanted:
        kind, ending = f"{CSV}; charset=utf-8", "csv"
        content = tables.text(columns, rows, language)
    else:
        return paging.respond(body, paging.fingerprint(body))
    headers = {"Content-Disposition": f'attachment; filename="{title}.{ending}"'}
    return Response(content, media_type=kind, headers=headers)

"""What routers below `/api/v1` share: how errors are documented, spans of time."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from monitor.api import paging
from monitor.api.problems import MEDIA_TYPE
from monitor.api.route import PREFIX, Route, operation_id
from monitor.observation import Period
from monitor.task import InputError

_LONGEST = {
    Period.REALTIME: timedelta(days=31),
    Period.MINUTE: timedelta(days=93),
    Period.HOUR: timedelta(days=3 * 366),
    Period.DAY: timedelta(days=20 * 366),
    Period.MONTH: timedelta(days=50 * 366),
    Period.SAMPLE: timedelta(days=93),
    Period.CHECK: timedelta(days=93),
}
"""How far one request may reach, so that no request reads for minutes."""

_USUAL = (400, 401, 403, 404, 413, 422, 500, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of answers that are problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def router(tag: str) -> APIRouter:
    """A router whose routes need a token."""
    return APIRouter(
        prefix=PREFIX,
        tags=[tag],
        responses=problems(*_USUAL),
        route_class=Route,
        generate_unique_id_function=operation_id,
    )


def span(
    now: datetime,
    zone: tzinfo,
    period: Period,
    start: str | None,
    end: str | None,
    usual: timedelta,
) -> tuple[datetime, datetime]:
    """The span of data that `from` and `to` ask for; `usual` is its length without `from`."""
    until = paging.end_of(end, zone, "to") if end else now
    since = paging.moment(start, zone, "from") if start else until - usual
    if since >= until:
        raise InputError("from must lie before to")
    if until - since > _LONGEST[period]:
        raise InputError(f"from and to may lie {_LONGEST[period].days} days apart at most")
    return since, until

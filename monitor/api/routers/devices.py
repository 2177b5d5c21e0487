"""Devices that were heard: how good their data is, and what is missing of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query

from monitor.actions import quality
from monitor.api import device_shapes, paging
from monitor.api.auth import Reader, Tools
from monitor.api.paging import Cursor, Limit
from monitor.api.routers.common import router, span
from monitor.clock import from_ms, to_ms
from monitor.observation import Period
from monitor.store import views

routes = router("devices")

Mn = Annotated[str, Path(max_length=100)]


@routes.get("/devices", response_model=device_shapes.DevicePage)
def list_devices(
    tools: Tools,
    caller: Reader,
    registered: bool | None = None,
    district: str | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Devices that were heard; `registered=false` is the quarantine (未登记设备).

    A device without an outlet is of no district: only tokens of all districts see it.
    """
    after = paging.decode("devices", cursor, int) or 0
    with tools.desk.store.read() as connection:
        found = views.device_rows(
            connection, caller.districts, registered, limit + 1, after, district
        )
    found, following = paging.page(found, limit, lambda row: paging.encode("devices", row.id))
    return {"items": [quality.summary(row, tools.desk) for row in found], "next": following}


@routes.get("/devices/{mn}", response_model=device_shapes.DeviceQuality)
def get_device(tools: Tools, caller: Reader, mn: Mn) -> Any:
    """How good a device's data is (数据质量): its frames, problems, clock, rates, gaps."""
    return quality.page(tools.desk, caller, mn)


@routes.get("/devices/{mn}/gaps", response_model=device_shapes.GapPage)
def list_gaps(
    tools: Tools,
    caller: Reader,
    mn: Mn,
    period: Literal["minute", "hour", "day"] = "hour",
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """What is missing of a device's data in [from, to), the last seven days if nothing is said.

    Nothing is missing before the device was first heard, nor while it would not be late, nor of a
    period that the device does not send.
    """
    kind, desk = Period(period), tools.desk
    since, until = span(desk.now(), desk.zone, kind, start, end, timedelta(days=7))
    after = paging.decode("gaps", cursor, int)
    since = max(since, from_ms(after)) if after is not None else since
    found = quality.missing(desk, caller, mn, kind, since, until)
    shown, following = paging.page(
        found[: limit + 1], limit, lambda gap: paging.encode("gaps", to_ms(gap.end))
    )
    return {"items": [quality.gap_shape(gap, desk) for gap in shown], "next": following}

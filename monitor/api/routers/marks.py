"""Marks (数据标记) of devices and operating conditions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response

from monitor.actions import marks as actions
from monitor.api import mark_shapes, paging
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.clock import civil_date, from_ms, to_ms
from monitor.errors import NotFound
from monitor.exempting import flagged
from monitor.marks import MarkClass
from monitor.store import devices, marks, views

routes = router("marks")
_FLAGS_AT_MOST_MS = 93 * 24 * 3_600_000


@routes.get("/marks", response_model=mark_shapes.MarkPage)
def list_marks(
    tools: Tools,
    caller: Reader,
    mn: Annotated[str | None, Query(max_length=100)] = None,
    class_: Annotated[MarkClass | None, Query(alias="class")] = None,
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    flags: Annotated[
        bool, Query(description="with what flags of hour data say, up to 93 days")
    ] = False,
    struck_out: Annotated[bool, Query(description="with those that count no more")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Marks that touch a span; of one outlet (`mn`) with the parts that do not count."""
    desk = tools.desk
    after = paging.decode("marks", cursor, int, int)
    since = to_ms(paging.moment(start, desk.zone, "from")) if start else None
    until = to_ms(paging.end_of(end, desk.zone, "to")) if end else None
    with desk.store.read() as connection:
        rows = marks.listed(
            connection,
            caller.districts,
            limit + 1,
            after,
            mn=mn,
            kind=class_.value if class_ else None,
            start_ms=since,
            end_ms=until,
            struck_out=struck_out,
        )
    rows, following = paging.page(
        rows, limit, lambda row: paging.encode("marks", row.start_ms, row.id)
    )
    items = [actions.shape(row, desk.zone) for row in rows]
    if mn is not None:
        _add_standing(tools, caller, mn, rows, items)
        if flags and after is None and since is not None:
            reach = (since, min(until or to_ms(desk.now()), since + _FLAGS_AT_MOST_MS))
            items = _flags(tools, caller, mn, reach) + items
    return {"items": items, "next": following}


def _add_standing(tools: Tools, caller: Reader, mn: str, rows: Any, items: list[Any]) -> None:
    years: set[int] = set()
    for row in rows:
        first, last = (
            civil_date(from_ms(ms), tools.desk.zone) for ms in (row.start_ms, row.end_ms - 1)
        )
        years.update(range(first.year, last.year + 1))
    refused: dict[int, list[Any]] = {}
    for year in sorted(years):
        for number, parts in actions.standing(tools.desk, caller, mn, year).refused.items():
            refused.setdefault(number, []).extend(parts)
    for item in items:
        item["refused"] = refused.get(item["id"], [])


def _flags(tools: Tools, caller: Reader, mn: str, reach: tuple[int, int]) -> list[Any]:
    with tools.desk.store.read() as connection:
        if not views.outlet_in_reach(connection, caller.districts, mn):
            raise NotFound(f"there is no outlet {mn}")
        heard = devices.first_heard(connection, [mn])
        if mn not in heard:
            return []
        found = flagged(connection, heard[mn][0], mn, *reach)
    return [actions.automatic(mark, tools.desk.zone) for mark in found]


@routes.post(
    "/marks",
    response_model=mark_shapes.Mark,
    status_code=201,
    responses={**problems(409, 415), 200: {"model": mark_shapes.Mark}},
)
def enter_mark(
    tools: Tools, caller: Director, body: mark_shapes.MarkBody, response: Response
) -> Any:
    """Enter a mark; what it covers is judged again. The same mark again is answered with 200."""
    zone, now = tools.desk.zone, tools.desk.now()

    def time(text: str | None, name: str) -> datetime | None:
        return None if text is None else paging.moment(text, zone, name)

    said = actions.made(
        body.mn,
        paging.moment(body.start, zone, "start"),
        paging.moment(body.end, zone, "end"),
        pollutant=(body.pollutant or "").strip().lower() or None,
        kind=MarkClass(body.class_),
        item=body.item,
        manual=body.manual,
        reason=body.reason or "",
        submitted_at=time(body.submitted_at, "submitted_at") or now,
        ordered_at=time(body.ordered_at, "ordered_at"),
    )
    entered, new = actions.enter(tools.desk, caller, said)
    if not new:
        response.status_code = 200
    return entered


@routes.get("/marks/{number}", response_model=mark_shapes.Mark)
def get_mark(tools: Tools, caller: Reader, number: Id, response: Response) -> Any:
    """One mark, struck out or not."""
    return paging.tagged(response, actions.one(tools.desk, caller, number))


@routes.post(
    "/marks/{number}/strike-out", response_model=mark_shapes.Mark, responses=problems(409, 415)
)
def strike_out_mark(
    tools: Tools,
    caller: Director,
    number: Id,
    body: mark_shapes.StrikeOutBody,
) -> Any:
    """Let a mark count no more; what it covered is judged again."""
    return actions.strike_out(tools.desk, caller, number, body.reason)


@routes.get("/outlets/{mn}/marked-hours", response_model=mark_shapes.HoursPage)
def list_marked_hours(
    tools: Tools,
    caller: Reader,
    mn: Annotated[str, Path(max_length=100)],
    year: Annotated[int | None, Query(ge=2000, le=2999)] = None,
) -> Any:
    """How much of the hours that a sector's rule allows an outlet has used in a year."""
    wanted = year or civil_date(tools.desk.now(), tools.desk.zone).year
    return {"items": actions.standing(tools.desk, caller, mn, wanted).hours}

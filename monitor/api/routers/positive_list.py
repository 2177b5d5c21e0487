"""The positive list (正面清单): of a day, its spans, conditions, review, publications."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from monitor.actions import inclusion, publications
from monitor.actions import listings as actions
from monitor.actions.spans import Bar
from monitor.api import listing_shapes as shapes
from monitor.api import paging, tabular
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.clock import civil_date
from monitor.register import Listing
from monitor.store import listings, proposals
from monitor.task import InputError

routes = router("positive list")

_Uscc = Annotated[str | None, Query(max_length=100)]
_Name = Annotated[str | None, Query(max_length=100)]
_PUBLISHED = (
    ("uscc", "统一社会信用代码", "credit code"),
    ("name", "企业名称", "enterprise"),
    ("district", "县区", "district"),
    ("category", "类别", "category"),
    ("listed_from", "列入日期", "listed from"),
    ("listed_until", "截止日期", "listed until"),
    ("document", "文号", "document"),
)


@routes.get("/positive-list", response_model=shapes.ListedSpanPage)
def get_positive_list(
    tools: Tools,
    caller: Reader,
    on: Annotated[date | None, Query(description="The day; today if left out")] = None,
    district: _Name = None,
    category: _Name = None,
    uscc: _Uscc = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """The positive list of a day, past ones too, as the books now have it."""
    desk = tools.desk
    day = on or civil_date(desk.now(), desk.zone)
    after = paging.decode("listed", cursor, str, int)
    exact = {"district": district, "category": category, "uscc": uscc}
    with desk.store.read() as connection:
        rows = listings.listed(connection, caller.districts, day, day, limit + 1, after, **exact)
    rows, following = _page(rows, limit, "listed")
    policy = desk.listing_policy()
    return {"items": [actions.shape(row, desk.zone, policy) for row in rows], "next": following}


def _page(rows: list[Any], limit: int, kind: str) -> tuple[list[Any], str | None]:
    return paging.page(rows, limit, lambda row: paging.encode(kind, row.uscc, row.id))


@routes.post(
    "/positive-list",
    response_model=shapes.ListedSpan,
    status_code=201,
    responses=problems(409, 415),
)
def enter_listing(tools: Tools, caller: Director, body: shapes.ListingBody) -> Any:
    """List an enterprise. It takes a token of the whole city; others propose."""
    said = Listing(
        uscc=body.uscc.strip().upper(),
        category=body.category,
        listed_from=body.listed_from,
        listed_until=body.listed_until,
        document=body.document,
        grounds=body.grounds,
    )
    return actions.enter(tools.desk, caller, said)


@routes.get("/positive-list/review", response_model=shapes.ReviewPage)
def get_review(
    tools: Tools,
    caller: Reader,
    month: Annotated[
        str | None,
        Query(
            pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="Like 2026-11; this one if left out"
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """What of a month's list is due (清单按月复核): running out, conditions that fail, open proposals."""
    desk = tools.desk
    text = month or civil_date(desk.now(), desk.zone).isoformat()[:7]
    after = paging.decode("review", cursor, str, int)
    span = inclusion.Month(date.fromisoformat(f"{text}-01"))
    due, rows = inclusion.review(desk, caller, span, limit, after)
    _, following = _page(rows, limit, "review")
    return {"month": text, "items": due, "next": following}


@routes.get("/positive-list/publications", response_model=shapes.PublicationPage)
def list_publications(
    tools: Tools, caller: Reader, limit: Limit = 100, cursor: Cursor = None
) -> Any:
    """When the list was published, newest first."""
    del caller
    before = paging.decode("publications", cursor, int)
    with tools.desk.store.read() as connection:
        rows = proposals.publications(connection, limit + 1, before)
    rows, following = paging.page(rows, limit, lambda row: paging.encode("publications", row.id))
    return {"items": [publications.head(r, tools.desk.zone) for r in rows], "next": following}


@routes.post(
    "/positive-list/publications",
    response_model=shapes.Publication,
    status_code=201,
    responses=problems(409, 415),
)
def publish_list(tools: Tools, caller: Director, body: shapes.PublicationBody) -> Any:
    """Record that the list of a day is published. It takes a token of the whole city."""
    return publications.publish(tools.desk, caller, body.on, body.note)


@routes.get(
    "/positive-list/publications/{publication_id}",
    response_model=shapes.Publication,
    responses=tabular.FORMS,
)
def get_publication(request: Request, tools: Tools, caller: Reader, publication_id: Id) -> Response:
    """The list as it was published, as JSON, CSV or a workbook, by `Accept`."""
    found = publications.one(tools.desk, caller, publication_id)
    language = tools.desk.language
    return tabular.answer(request, found, found["items"], _PUBLISHED, "positive-list", language)


@routes.get("/positive-list/{listing_id}", response_model=shapes.ListedSpan)
def get_listing(tools: Tools, caller: Reader, listing_id: Id, response: Response) -> Any:
    """One span, superseded or not."""
    return paging.tagged(response, actions.one(tools.desk, caller, listing_id))


@routes.post(
    "/positive-list/{listing_id}/end",
    response_model=shapes.ListedSpan,
    responses=problems(409, 415),
)
def end_listing(tools: Tools, caller: Director, listing_id: Id, body: shapes.EndBody) -> Any:
    """Take an enterprise off the list; answered with the row that follows."""
    desk = tools.desk
    since = body.from_ or civil_date(desk.now(), desk.zone)
    if body.listed_until is not None:
        if body.from_ is not None:
            raise InputError("from, listed_until: give one of them")
        since = body.listed_until + timedelta(days=1)
    bar = Bar(body.bar_kind, body.bar_until)
    return actions.end(desk, caller, listing_id, since, body.document, body.reason, bar)


@routes.post(
    "/positive-list/{listing_id}/move",
    response_model=shapes.ListedSpan,
    responses=problems(409, 415),
)
def move_listing(tools: Tools, caller: Director, listing_id: Id, body: shapes.MoveBody) -> Any:
    """Put an enterprise into another category from a day on; answered with the new span."""
    said = Listing(
        uscc="",  # whose the span is
        category=body.category,
        listed_from=body.from_,
        listed_until=body.until,
        document=body.document,
        grounds=body.grounds,
    )
    return actions.move(tools.desk, caller, listing_id, said)


@routes.get("/enterprises/{uscc}/inclusion", response_model=shapes.Inclusion)
def get_inclusion(
    tools: Tools,
    caller: Reader,
    uscc: Annotated[str, Path(max_length=100)],
    category: Annotated[str, Query(min_length=1, max_length=100)],
    on: Annotated[date | None, Query(description="The day; today if left out")] = None,
) -> Any:
    """Whether an enterprise fulfils a category's conditions (纳入条件), one by one."""
    return inclusion.of_enterprise(tools.desk, caller, uscc, category, on)

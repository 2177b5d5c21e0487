"""The rules: the procedure as it is set, and what each rule is worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query

from monitor import rule_book, yields
from monitor.api import paging
from monitor.api import rule_shapes as shapes
from monitor.api.auth import Reader, Tools
from monitor.api.routers.common import router
from monitor.clock import rfc3339
from monitor.store import yields as counted
from monitor.task import InputError

routes = router("rules")

_USUAL = timedelta(days=90)


@routes.get("/rules", response_model=shapes.RuleList)
def list_rules(tools: Tools, caller: Reader) -> Any:
    """Every rule: its ground, what its alerts lead to, what raises them, what they mute."""
    del caller
    desk = tools.desk
    set_to = desk.judging().get("thresholds", {})
    return {"items": rule_book.book(desk.grading(), desk.language, set_to), "next": None}


@routes.get("/rules/yield", response_model=shapes.YieldTable)
def get_yield(
    tools: Tools,
    caller: Reader,
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    district: str | None = None,
) -> Any:
    """What came of the alerts that were opened in a span (90 days up to now), rule by rule."""
    zone = tools.desk.zone
    until = paging.end_of(end, zone, "to") if end else tools.desk.now()
    since = paging.moment(start, zone, "from") if start else until - _USUAL
    if since >= until:
        raise InputError("from must lie before to")
    with tools.desk.store.read() as connection:
        found = counted.counts(connection, caller.districts, since, until, district)
    return {
        "from": rfc3339(since, zone),
        "to": rfc3339(until, zone),
        "items": yields.table(found),
        "next": None,
    }

"""Cases, reliefs, issued documents and typical cases: what the bureau records of its own acts.

The four are recorded, read, amended and struck out alike; `_noun` makes the routes of each.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Response

from monitor import record
from monitor.actions import records as actions
from monitor.api import paging
from monitor.api import record_shapes as shapes
from monitor.api.auth import Director, Reader, Tools, Worker
from monitor.api.paging import Cursor, Limit
from monitor.api.routers.common import problems, router
from monitor.store import records
from monitor.task import InputError

routes = router("records")


def _noun(path: str, kind: type[Any], body: Any, change: Any, shape: Any, page: Any) -> None:
    """The routes of one kind of record."""
    noun = path[1:].replace("-", "_")
    one = noun.removesuffix("s")

    def list_(
        tools: Tools,
        caller: Reader,
        uscc: Annotated[str | None, Query(max_length=100)] = None,
        district: Annotated[str | None, Query(max_length=100)] = None,
        since: Annotated[date | None, Query(alias="from", description="the first day")] = None,
        until: Annotated[date | None, Query(alias="to", description="the last day")] = None,
        struck_out: Annotated[bool, Query(description="with those that count no more")] = False,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Any:
        if uscc is not None and kind is record.Document:
            raise InputError("uscc: a document belongs to a district")
        wanted = records.Wanted(
            since=since, until=until, uscc=uscc, district=district, struck_out=struck_out
        )
        with tools.desk.store.read() as connection:
            rows = records.listed(
                connection, kind, caller.districts, wanted, limit + 1, _place(noun, cursor)
            )
        rows, following = paging.page(
            rows, limit, lambda r: paging.encode(noun, r._mapping[kind.ON].isoformat(), r.id)
        )
        return {
            "items": [actions.shape(kind, row, tools.desk.zone) for row in rows],
            "next": following,
        }

    def enter(tools: Tools, caller: Worker, said: Any) -> Any:
        return actions.enter(tools.desk, caller, kind(**said.model_dump()))

    def get(tools: Tools, caller: Reader, number: int, response: Response) -> Any:
        return paging.tagged(response, actions.one(tools.desk, caller, kind, number))

    def versions(tools: Tools, caller: Reader, number: int) -> Any:
        return {"items": actions.versions(tools.desk, caller, kind, number)}

    def amend(tools: Tools, caller: Worker, number: int, said: Any) -> Any:
        changes = said.model_dump(exclude_unset=True)
        reason = changes.pop("reason", None)
        lacking = [n for n, v in changes.items() if v is None and n in record.required(kind)]
        if lacking:
            raise InputError(f"{lacking[0]}: it cannot be taken away")
        return actions.amend(tools.desk, caller, kind, number, changes, reason)

    def strike_out(
        tools: Tools,
        caller: Director,
        number: int,
        reason: Annotated[str, Query(min_length=1, max_length=2000)],
    ) -> Response:
        actions.strike_out(tools.desk, caller, kind, number, reason)
        return Response(status_code=204)

    named = Annotated[int, Path(alias=f"{one}_id", ge=1, le=2**63 - 1)]
    for of_number in (get, versions, amend, strike_out):
        of_number.__annotations__["number"] = named
    enter.__annotations__["said"] = body
    amend.__annotations__["said"] = change
    of_one = f"{path}/{{{one}_id}}"
    for method, where, call, name, doc, extra in (
        ("GET", path, list_, f"list_{noun}", "In order of their day.", {"response_model": page}),
        (
            "POST",
            path,
            enter,
            f"enter_{one}",
            "Record one.",
            {"response_model": shape, "status_code": 201, "responses": problems(409, 415)},
        ),
        ("GET", of_one, get, f"get_{one}", "One, struck out or not.", {"response_model": shape}),
        (
            "GET",
            f"{of_one}/versions",
            versions,
            f"list_{one}_versions",
            "What it said before it was amended, by whom and why it was.",
            {"response_model": shapes.RecordVersions},
        ),
        (
            "PATCH",
            of_one,
            amend,
            f"amend_{one}",
            "Change some fields; what it said before stays to be seen.",
            {"response_model": shape, "responses": problems(409, 415)},
        ),
        (
            "DELETE",
            of_one,
            strike_out,
            f"strike_out_{one}",
            "Let it count as never made; it stays to be seen with `struck_out=true`.",
            {"status_code": 204, "responses": problems(409)},
        ),
    ):
        call.__name__, call.__doc__ = name, doc
        routes.add_api_route(where, call, methods=[method], description=doc, **extra)


def _place(noun: str, cursor: str | None) -> tuple[date, int] | None:
    found = paging.decode(noun, cursor, str, int)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0]), found[1]
    except ValueError:
        raise InputError("cursor: not one that this list gave") from None


_noun("/cases", record.Case, shapes.CaseBody, shapes.CaseChange, shapes.Case, shapes.CasePage)
_noun(
    "/reliefs",
    record.Relief,
    shapes.ReliefBody,
    shapes.ReliefChange,
    shapes.Relief,
    shapes.ReliefPage,
)
_noun(
    "/documents",
    record.Document,
    shapes.DocumentBody,
    shapes.DocumentChange,
    shapes.Document,
    shapes.DocumentPage,
)
_noun(
    "/typical-cases",
    record.TypicalCase,
    shapes.TypicalCaseBody,
    shapes.TypicalCaseChange,
    shapes.TypicalCase,
    shapes.TypicalCasePage,
)

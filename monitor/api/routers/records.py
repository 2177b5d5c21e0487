"""Cases, reliefs, issued documents and typical cases: what the bureau records of its own acts.

The four are recorded, read, amended and struck out alike: `_install` makes the routes of each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import Path, Query, Response

from monitor import record
from monitor.actions import records as actions
from monitor.api import paging
from monitor.api import record_shapes as shapes
from monitor.api.auth import Director, Reader, Tools, Worker
from monitor.api.paging import Cursor, Limit
from monitor.api.problems import BadCursorError
from monitor.api.routers.common import problems, router
from monitor.store import records
from monitor.task import InputError

routes = router("records")

Call = Callable[..., Any]


class _Noun(NamedTuple):
    """One kind of record, as the routes speak of it."""

    path: str
    kind: type[Any]
    body: type[Any]
    change: type[Any]
    shape: type[Any]
    page: type[Any]

    @property
    def plural(self) -> str:
        return self.path[1:].replace("-", "_")

    @property
    def one(self) -> str:
        return self.plural.removesuffix("s")


def _list(noun: _Noun) -> Call:
    """In order of their day."""

    def call(
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
        kind, name, zone = noun.kind, noun.plural, tools.desk.zone
        if uscc is not None and kind is record.Document:
            raise InputError("uscc: a document belongs to a district")
        wanted = records.Wanted(
            since=since, until=until, uscc=uscc, district=district, struck_out=struck_out
        )
        after = _place(name, cursor)
        with tools.desk.store.read() as connection:
            rows = records.listed(connection, kind, caller.districts, wanted, limit + 1, after)
        rows, following = paging.page(
            rows, limit, lambda r: paging.encode(name, r._mapping[kind.ON].isoformat(), r.id)
        )
        return {"items": [actions.shape(kind, row, zone) for row in rows], "next": following}

    return call


def _enter(noun: _Noun) -> Call:
    """Record one."""

    def call(tools: Tools, caller: Worker, said: Any) -> Any:
        return actions.enter(tools.desk, caller, noun.kind(**said.model_dump()))

    return call


def _get(noun: _Noun) -> Call:
    """One, struck out or not."""

    def call(tools: Tools, caller: Reader, number: int, response: Response) -> Any:
        return paging.tagged(response, actions.one(tools.desk, caller, noun.kind, number))

    return call


def _versions(noun: _Noun) -> Call:
    """What it said before it was amended, by whom and why it was."""

    def call(tools: Tools, caller: Reader, number: int) -> Any:
        return {"items": actions.versions(tools.desk, caller, noun.kind, number)}

    return call


def _amend(noun: _Noun) -> Call:
    """Change some fields; what it said before stays to be seen."""

    def call(tools: Tools, caller: Worker, number: int, said: Any) -> Any:
        changes = said.model_dump(exclude_unset=True)
        reason = changes.pop("reason", None)
        for name, value in changes.items():
            if value is None and name in record.required(noun.kind):
                raise InputError(f"{name}: it cannot be taken away")
        return actions.amend(tools.desk, caller, noun.kind, number, changes, reason)

    return call


def _strike_out(noun: _Noun) -> Call:
    """Let it count as never made; it stays to be seen with `struck_out=true`."""

    def call(
        tools: Tools,
        caller: Director,
        number: int,
        reason: Annotated[str, Query(min_length=1, max_length=2000)],
    ) -> Response:
        actions.strike_out(tools.desk, caller, noun.kind, number, reason)
        return Response(status_code=204)

    return call


def _install(noun: _Noun) -> None:
    """The six routes of a kind of record."""
    one, many = f"{noun.path}/{{{noun.one}_id}}", noun.path
    shown, changed = {"response_model": noun.shape}, problems(409, 415)
    for method, path, make, name, more in (
        ("GET", many, _list, f"list_{noun.plural}", {"response_model": noun.page}),
        ("POST", many, _enter, f"enter_{noun.one}", shown | _MADE | {"responses": changed}),
        ("GET", one, _get, f"get_{noun.one}", shown),
        ("GET", f"{one}/versions", _versions, f"list_{noun.one}_versions", _OLD),
        ("PATCH", one, _amend, f"amend_{noun.one}", shown | {"responses": changed}),
        ("DELETE", one, _strike_out, f"strike_out_{noun.one}", _GONE),
    ):
        call = make(noun)
        call.__name__ = name
        call.__annotations__["number"] = _numbered(noun)
        call.__annotations__["said"] = noun.body if make is _enter else noun.change
        routes.add_api_route(path, call, methods=[method], description=make.__doc__, **more)


def _numbered(noun: _Noun) -> Any:
    return Annotated[int, Path(alias=f"{noun.one}_id", ge=1, le=2**63 - 1)]


_MADE: dict[str, Any] = {"status_code": 201}
_OLD: dict[str, Any] = {"response_model": shapes.RecordVersions}
_GONE: dict[str, Any] = {"status_code": 204, "responses": problems(409)}


def _place(noun: str, cursor: str | None) -> tuple[date, int] | None:
    found = paging.decode(noun, cursor, str, int)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0]), found[1]
    except ValueError:
        raise BadCursorError("cursor: not one that this list gave") from None


_NOUNS = (
    _Noun("/cases", record.Case, shapes.CaseBody, shapes.CaseChange, shapes.Case, shapes.CasePage),
    _Noun(
        "/reliefs",
        record.Relief,
        shapes.ReliefBody,
        shapes.ReliefChange,
        shapes.Relief,
        shapes.ReliefPage,
    ),
    _Noun(
        "/documents",
        record.Document,
        shapes.DocumentBody,
        shapes.DocumentChange,
        shapes.Document,
        shapes.DocumentPage,
    ),
    _Noun(
        "/typical-cases",
        record.TypicalCase,
        shapes.TypicalCaseBody,
        shapes.TypicalCaseChange,
        shapes.TypicalCase,
        shapes.TypicalCasePage,
    ),
)
for _each in _NOUNS:
    _install(_each)

"""The positive list by the API: entered, ended, moved, of any day, with history, by who may."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from monitor.actions import listings
from monitor.errors import Conflict
from monitor.exchange import Exchange, PreconditionFailed, Seen
from monitor.positive import Policy
from monitor.register import Listing
from monitor.store import books
from monitor.tokens import Caller, Role
from tests.api.conftest import EAST, WEST, Bureau

LIST = "positive-list"
CITY = Caller(id=7, name="city", role=Role.SUPERVISOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def span(**more: Any) -> dict[str, Any]:
    """EAST in category 6 for the year after the one that it is listed for already."""
    return {
        "uscc": EAST,
        "category": "6",
        "listed_from": "2027-01-01",
        "document": "示例〔2026〕9号",
        "grounds": "联网一年，稳定达标",
    } | more


def post(bureau: Bureau, path: str, body: dict[str, Any], *who: str, **more: Any) -> httpx.Response:
    return bureau.call("POST", path, *(who or ("supervisor",)), json=body, **more)


def listed(bureau: Bureau, query: str = "") -> list[tuple[str, str]]:
    answer = bureau.call("GET", f"{LIST}?{query}")
    assert answer.status_code == 200, answer.text
    return [(item["uscc"], item["category"]) for item in answer.json()["items"]]


def at_once(*things: Callable[[], None]) -> None:
    threads = [threading.Thread(target=thing) for thing in things]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def the_span(bureau: Bureau, uscc: str = EAST, on: str = "2026-11-20") -> dict[str, Any]:
    (found,) = bureau.call("GET", f"{LIST}?on={on}&uscc={uscc}").json()["items"]
    return dict(found)


def end(**more: Any) -> dict[str, Any]:
    return {"from": "2026-11-21", "document": "示例〔2026〕10号", "reason": "不再符合条件"} | more


def test_an_enterprise_is_listed_and_any_day_can_be_asked_for(bureau: Bureau) -> None:
    made = post(bureau, LIST, span())
    assert made.status_code == 201, made.text
    entered = made.json()
    assert made.headers["Location"] == f"/api/v1/{LIST}/{entered['id']}"
    assert (entered["treatment"], entered["recorded_by"]) == ("general", "supervisor")
    assert listed(bureau, "on=2025-12-31") == []
    assert listed(bureau, "on=2026-12-31&category=3") == [(EAST, "3"), (WEST, "3")]
    assert listed(bureau, "on=2027-01-01") == [(EAST, "6")]
    assert listed(bureau, "district=西区") == [(WEST, "3")]
    with bureau.store.read() as connection:
        assert books.version(connection) == 1  # so that every process reads the register again
    events = bureau.call("GET", "events").json()["items"]
    assert [(e["type"], e["data"]["change"]) for e in events] == [("listing.changed", "listed")]
    trail = bureau.call("GET", "audit?action=listing.enter").json()["items"]
    assert trail[-1]["data"]["document"] == "示例〔2026〕9号"


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"category": "7"}, 422, "there is no 7; there are: 1, 2"),
        ({"listed_until": "2026-12-31"}, 422, "on or after listed_from"),
        ({"listed_from": "1999-01-01"}, 422, "between 2000"),
        ({"uscc": "NOBODY"}, 404, "no enterprise NOBODY"),
        ({"listed_from": "2026-12-31"}, 409, "is in the way: category 3"),
        ({"grounds": ""}, 422, "grounds"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_possible(
    bureau: Bureau, wrong: dict[str, Any], status: int, said: str
) -> None:
    answer = post(bureau, LIST, span(**wrong))
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_only_the_city_decides(bureau: Bureau) -> None:
    number = the_span(bureau)["id"]
    steps = {
        LIST: span(),
        f"{LIST}/{number}/end": end(),
        f"{LIST}/publications": {"on": "2026-11-20"},
    }
    for path, body in steps.items():
        answer = post(bureau, path, body, "supervisor", "东区")
        assert answer.status_code == 403, path
        assert "propose it" in answer.json()["detail"]


def test_an_end_is_a_new_row_and_nothing_is_overwritten(bureau: Bureau) -> None:
    before = the_span(bureau)
    answer = post(bureau, f"{LIST}/{before['id']}/end", end())
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["listed_until"], after["end_document"]) == ("2026-11-20", "示例〔2026〕10号")
    assert listed(bureau, "on=2026-11-20&uscc=" + EAST) == [(EAST, "3")]
    assert listed(bureau, "on=2026-11-21&uscc=" + EAST) == []
    file = bureau.call("GET", f"enterprises/{EAST}").json()
    assert [each["id"] for each in file["listings"]] == [after["id"]]
    assert [each["listed_until"] for each in file["listing_history"]] == [
        "2026-12-31",
        "2026-11-20",
    ]
    gone = bureau.call("GET", f"{LIST}/{before['id']}").json()
    assert (gone["superseded"]["by"], gone["superseded"]["reason"]) == (
        "supervisor",
        "不再符合条件",
    )
    again = post(bureau, f"{LIST}/{before['id']}/end", end())
    assert again.status_code == 409


def test_what_was_entered_in_error_counts_as_never_listed(bureau: Bureau) -> None:
    number = post(bureau, LIST, span()).json()["id"]
    barring = end(**{"from": "2027-01-01", "bar_until": "2028-01-01"})
    assert post(bureau, f"{LIST}/{number}/end", barring).status_code == 422
    answer = post(bureau, f"{LIST}/{number}/end", end(**{"from": "2027-01-01"}))
    assert answer.json()["superseded"]["by"] == "supervisor"
    assert listed(bureau, "on=2027-01-01") == []


def test_a_move_is_two_spans_in_one_transaction(bureau: Bureau) -> None:
    number = the_span(bureau)["id"]
    body = {
        "category": "第六类",
        "from": "2026-11-21",
        "document": "示例〔2026〕11号",
        "grounds": "调整",
    }
    moved = post(bureau, f"{LIST}/{number}/move", body).json()
    assert (moved["category"], moved["listed_until"]) == ("6", "2026-12-31")
    assert listed(bureau, "on=2026-11-20&uscc=" + EAST) == [(EAST, "3")]
    assert listed(bureau, "on=2026-11-21&uscc=" + EAST) == [(EAST, "6")]
    same = post(bureau, f"{LIST}/{moved['id']}/move", body | {"from": "2026-11-25"})
    assert same.status_code == 422
    post(bureau, LIST, span())  # from 2027 on, which is in the way of a longer move
    longer = body | {"category": "2", "from": "2026-12-01", "until": "2027-06-30"}
    refused = post(bureau, f"{LIST}/{moved['id']}/move", longer)
    assert (refused.status_code, the_span(bureau)["category"]) == (409, "3")
    assert listed(bureau, "on=2026-12-15&uscc=" + EAST) == [(EAST, "6")]


def test_who_was_removed_for_what_is_barred_stays_off_as_long(bureau: Bureau) -> None:
    bars = Policy(bars={"恶意排污": 60})
    object.__setattr__(
        bureau.desk, "listing_policy", lambda: bars
    )  # as a configuration would have it
    number = the_span(bureau)["id"]
    unknown = post(bureau, f"{LIST}/{number}/end", end(bar_kind="其他"))
    assert (unknown.status_code, "恶意排污" in unknown.text) == (422, True)
    barred = post(bureau, f"{LIST}/{number}/end", end(bar_kind="恶意排污")).json()
    assert barred["bar_until"] == "2031-11-20"
    refused = post(bureau, LIST, span())
    assert (refused.status_code, "2031-11-21" in refused.text) == (409, True)


def test_if_match_holds_the_span_that_was_seen(bureau: Bureau) -> None:
    number = the_span(bureau)["id"]
    path = f"{LIST}/{number}"
    seen = bureau.call("GET", path, "supervisor")
    stale = post(bureau, f"{path}/end", end(), headers={"If-Match": '"other"'})
    assert stale.status_code == 412
    done = post(bureau, f"{path}/end", end(), headers={"If-Match": seen.headers["ETag"]})
    assert done.status_code == 200
    following = bureau.call("GET", f"{LIST}/{done.json()['id']}", "supervisor")
    assert following.headers["ETag"] == done.headers["ETag"]


def test_of_two_clerks_at_once_one_is_told(bureau: Bureau) -> None:
    """One ends, one moves, both having seen the same: the loser is told, nothing is lost in silence."""
    number = the_span(bureau)["id"]
    tag = bureau.call("GET", f"{LIST}/{number}", "supervisor").headers["ETag"]
    begin, told = threading.Barrier(2), list[str]()

    def caller(name: str) -> Caller:
        return replace(CITY, name=name, exchange=Exchange(seen=Seen(frozenset({tag}))))

    def run(what: Any) -> None:
        begin.wait()
        try:
            what()
            told.append("done")
        except (Conflict, PreconditionFailed):
            told.append("told")

    day = date(2026, 11, 21)
    moved = Listing(uscc="", category="6", listed_from=day, document="示例", grounds="示例")
    at_once(
        lambda: run(lambda: listings.end(bureau.desk, caller("a"), number, day, "示例", "示例")),
        lambda: run(lambda: listings.move(bureau.desk, caller("b"), number, moved)),
    )
    assert sorted(told) == ["done", "told"]
    assert listed(bureau, "on=2026-11-20&uscc=" + EAST) == [(EAST, "3")]
    assert len(bureau.call("GET", f"enterprises/{EAST}").json()["listing_history"]) in (2, 3)


def test_two_who_list_the_same_at_once_make_one_span(bureau: Bureau) -> None:
    begin, told = threading.Barrier(2), list[str]()

    def run(category: str) -> None:
        said = Listing(uscc=EAST, category=category, listed_from=date(2027, 1, 1), grounds="示例")
        begin.wait()
        try:
            listings.enter(bureau.desk, CITY, said)
            told.append("done")
        except Conflict:
            told.append("told")

    at_once(lambda: run("2"), lambda: run("6"))
    assert sorted(told) == ["done", "told"]
    assert len(listed(bureau, "on=2027-01-01")) == 1


def test_what_was_published_stays_as_it_was(bureau: Bureau) -> None:
    made = post(bureau, f"{LIST}/publications", {"on": "2026-11-20", "note": "官网示例"})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    post(bureau, f"{LIST}/{the_span(bureau)['id']}/end", end())
    path = f"{LIST}/publications/{number}"
    found = bureau.call("GET", path, "viewer", "西区").json()
    assert (found["count"], [item["uscc"] for item in found["items"]]) == (2, [EAST, WEST])
    assert set(found["items"][0]) == {
        "uscc", "name", "district", "category", "listed_from", "listed_until", "document",
    }  # fmt: skip
    text = bureau.call("GET", path, "viewer", headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert (rows[0][0], rows[1][0]) == ("统一社会信用代码", EAST)
    book = bureau.call("GET", path, "viewer", headers={"Accept": XLSX})
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert [cell.value for cell in sheet["A"]] == ["统一社会信用代码", EAST, WEST]
    assert bureau.call("GET", f"{LIST}/publications").json()["items"][0]["note"] == "官网示例"


def test_the_number_of_a_category_is_taken_for_its_code(bureau: Bureau) -> None:
    body = {"uscc": EAST, "category": 6, "listed_from": "2027-01-01"}
    answer = bureau.call("POST", "positive-list", json=body)
    assert (answer.status_code, answer.json()["category"]) == (201, "6")
    assert bureau.call("POST", "positive-list", json=body | {"category": True}).status_code == 422

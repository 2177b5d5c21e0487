"""Random draws by the API: what becomes of each enterprise, recorded as it was answered."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from monitor.positive import MOST_DRAWN, Categories, Category, Policy, Treatment
from monitor.positive.categories import RECORD
from monitor.register import Enterprise, Listing
from tests.api.conftest import EAST, WEST, Bureau
from tests.registers import uscc

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OWN = Category(
    code="绿色", zh="示例", en="example", treatment=Treatment.EXEMPT, ground="示例〔2026〕1号",
    conditions=RECORD,
)  # fmt: skip


def ask(bureau: Bureau, day: str, *usccs: str, who: tuple[str, ...] = ("supervisor",)) -> Any:
    body = {"date": day, "enterprises": list(usccs)}
    answer = bureau.call("POST", "draws", *who, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def listing(bureau: Bureau, *spans: Listing) -> None:
    """Have the desk's register know spans, and two more enterprises with credit codes that check."""
    more = tuple(Enterprise(uscc=uscc(n), name=f"示例{n}厂", district="东区") for n in (1, 2))
    known = bureau.books[0]
    bureau.books[0] = replace(
        known, enterprises=(*known.enterprises, *more), listings=spans, version=7
    )


def span(owner: str, category: str, first: str, last: str | None = None) -> Listing:
    until = date.fromisoformat(last) if last else None
    since = date.fromisoformat(first)
    return Listing(
        uscc=owner, category=category, listed_from=since, listed_until=until, document="示例文号"
    )


def test_each_is_treated_by_the_list_of_the_day(bureau: Bureau) -> None:
    object.__setattr__(
        bureau.desk, "listing_policy", lambda: Policy(categories=Categories.of([OWN]))
    )
    listing(
        bureau,
        span(EAST, "5", "2026-01-01", "2026-06-30"),
        span(EAST, "6", "2026-08-01"),
        span(uscc(1), "绿色", "2026-01-01"),
        span(uscc(2), "旧类", "2026-01-01"),
    )
    in_may = ask(bureau, "2026-05-01", EAST, WEST, uscc(1), uscc(2), "NOBODY")
    assert [(each["treatment"], each["category"]) for each in in_may["items"]] == [
        ("exempt", "5"), ("regular", None), ("exempt", "绿色"), ("regular", "旧类"), ("regular", None),
    ]  # fmt: skip
    grounds = [each["ground"] for each in in_may["items"]]
    assert "可免于现场执法检查" in grounds[0]
    assert "不在正面清单内" in grounds[1]
    assert grounds[2] == "示例〔2026〕1号"
    assert "旧类 未配置" in grounds[3]
    assert "没有该企业" in grounds[4]
    assert (in_may["list_version"], in_may["items"][0]["document"]) == (7, "示例文号")
    (gap,) = ask(bureau, "2026-07-15", EAST)["items"]
    (later,) = ask(bureau, "2026-08-01", EAST)["items"]
    assert (gap["treatment"], later["treatment"]) == ("regular", "general")


def test_a_draw_is_recorded_as_it_was_answered(bureau: Bureau) -> None:
    made = ask(bureau, "2026-11-20", EAST, WEST)
    bureau.books[0] = replace(bureau.books[0], listings=())
    path = f"draws/{made['id']}"
    assert bureau.call("GET", path).json() == made
    assert bureau.call("GET", "draws").json()["items"][0]["count"] == 2
    text = bureau.call("GET", path, headers={"Accept": "text/csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[3] for row in rows] == ["处理方式", "可免于现场执法检查", "按一般规则抽查"]
    book = load_workbook(io.BytesIO(bureau.call("GET", path, headers={"Accept": XLSX}).content))
    assert [cell.value for cell in book.active["A"]] == ["统一社会信用代码", EAST, WEST]
    (entry,) = bureau.call("GET", "audit?action=draw.ask").json()["items"]
    assert entry["data"] == {"date": "2026-11-20", "count": 2, "exempt": 1, "regular": 1}


def test_who_is_out_of_reach_is_like_who_is_not_registered(bureau: Bureau) -> None:
    county = ("supervisor", "西区")
    mine = ask(bureau, "2026-11-20", EAST, "NOBODY", who=county)
    assert {each["name"] for each in mine["items"]} == {None}
    assert bureau.call("GET", f"draws/{mine['id']}", *county).json() == mine
    assert bureau.call("GET", f"draws/{mine['id']}", "viewer", "西区").status_code == 404
    both = ask(bureau, "2026-11-20", EAST, WEST)
    seen = bureau.call("GET", f"draws/{both['id']}", "viewer", "西区").json()["items"]
    assert [each["uscc"] for each in seen] == [WEST]


@pytest.mark.parametrize(
    ("day", "usccs"),
    [("2026-11-20", []), ("1999-01-01", [EAST]), ("2028-11-20", [EAST]), ("soon", [EAST])],
)
def test_what_cannot_be_asked_is_refused(bureau: Bureau, day: str, usccs: list[str]) -> None:
    body = {"date": day, "enterprises": usccs}
    assert bureau.call("POST", "draws", "supervisor", json=body).status_code == 422


def upload(bureau: Bureau, content: bytes, kind: str) -> httpx.Response:
    return bureau.call(
        "POST",
        "draws/file?date=2026-11-20",
        "supervisor",
        content=content,
        headers={"Content-Type": kind},
    )


def test_a_table_is_taken_as_well(bureau: Bureau) -> None:
    listing(bureau, span(uscc(1), "2", "2026-01-01"))
    table = f"序号,检查对象,信用代码\n1,示例,{uscc(1)}\n2,示例,{uscc(2)}\n"
    made = upload(bureau, table.encode("gb18030"), "text/csv")
    assert made.status_code == 201, made.text
    assert [each["treatment"] for each in made.json()["items"]] == ["exempt", "regular"]
    book = Workbook()
    book.active.title = "抽查名单"
    book.active.append(["统一社会信用代码"])
    book.active.append([uscc(2)])
    out = io.BytesIO()
    book.save(out)
    assert upload(bureau, out.getvalue(), XLSX).json()["count"] == 1
    wrong = upload(bureau, f"信用代码\n{uscc(1)[:-1]}\n".encode(), "text/csv")
    assert (wrong.status_code, "第 2 行" in wrong.json()["detail"]) == (422, True)
    assert upload(bureau, b"PK\x03\x04", XLSX).status_code == 422
    assert upload(bureau, b"{}", "application/json").status_code == 415
    assert upload(bureau, b"x" * 8_000_001, "text/csv").status_code == 413


def test_a_draw_has_ten_thousand_at_most(bureau: Bureau) -> None:
    table = "信用代码\n" + f"{uscc(1)}\n" * (MOST_DRAWN + 1)
    refused = upload(bureau, table.encode(), "text/csv")
    assert (refused.status_code, "10,000" in refused.text) == (422, True)

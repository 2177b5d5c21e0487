"""The queue as a workbook, a map and a calendar, within a token's reach."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar
from openpyxl import load_workbook
from shapely.geometry import shape
from sqlalchemy import update

from monitor.store import tables
from tests.api.conftest import EAST, WEST, Bureau


def sheet(bureau: Bureau, *who: str, **params: Any) -> list[tuple[Any, ...]]:
    answer = bureau.call("GET", "tasks/export", *who, params=params)
    assert answer.status_code == 200, answer.text
    assert "tasks.xlsx" in answer.headers["content-disposition"]
    return list(load_workbook(io.BytesIO(answer.content)).active.values)


def test_the_filtered_queue_is_a_workbook(bureau: Bureau) -> None:
    east = bureau.task(EAST, reason="=HYPERLINK(1)")
    bureau.task(WEST, priority=1)
    heads, first, second = sheet(bureau)
    assert heads[:3] == ("任务号", "状态", "优先级")
    assert [first[0], second[0]] == [2, 1]  # the most urgent first
    row = dict(zip(heads, second, strict=True))
    assert row["事由"] == "'=HYPERLINK(1)"  # no spreadsheet takes it for a formula
    assert (row["企业"], row["县区"], row["清单内"], row["清单类别"]) == ("厂", "东区", "是", "3")
    assert row["到期时间"] == "2026-11-22 16:00"
    assert [r[0] for r in sheet(bureau, priority=1)[1:]] == [2]
    assert [r[0] for r in sheet(bureau, "officer", "东区")[1:]] == [east["id"]]


def test_tasks_on_a_map(bureau: Bureau) -> None:
    place = {"longitude": 113.12, "latitude": 36.19}
    bureau.call("POST", "tasks", json={"place": place, "district": "东区", "reason": "黑烟"})
    with bureau.store.write() as connection:
        at = update(tables.enterprises).where(tables.enterprises.c.uscc == EAST)
        connection.execute(at.values(longitude=113.2, latitude=36.2))
    bureau.task(EAST)
    bureau.task(WEST)  # nobody knows where that is
    answer = bureau.call("GET", "tasks/map")
    assert answer.headers["content-type"].startswith("application/geo+json")
    features = answer.json()["features"]
    assert [(f["id"], *shape(f["geometry"]).coords[0]) for f in features] == [
        (1, 113.12, 36.19),
        (2, 113.2, 36.2),
    ]
    assert features[1]["properties"]["enterprise"]["name"] == "厂"
    assert bureau.call("GET", "tasks/map", "officer", "西区").json()["features"] == []


def events(bureau: Bureau, path: str) -> dict[str, Any]:
    answer = bureau.call("GET", path, headers={"Authorization": ""})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def link(bureau: Bureau, *who: str, **body: Any) -> dict[str, Any]:
    answer = bureau.call("POST", "calendars", *who, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_due_dates_in_a_calendar(bureau: Bureau) -> None:
    number = bureau.task(EAST)["id"]
    bureau.task(WEST)
    head = link(bureau, "supervisor", "东区", details=True)
    own = link(bureau, "officer", "东区")
    (due,) = events(bureau, head["path"]).values()
    assert due.decoded("dtstart") == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert "厂" in due["summary"]
    assert events(bureau, own["path"]) == {}  # an officer's own tasks only
    bureau.call("POST", f"tasks/{number}/claim", "officer", "东区")
    (due,) = events(bureau, own["path"]).values()
    assert "厂" not in due["summary"]  # which enterprise is not told, unless asked for
    assert "看一看" not in str(due.get("description"))


def test_what_follows_a_report_is_in_the_calendar(bureau: Bureau) -> None:
    number = bureau.task(EAST)["id"]
    lease = bureau.call("POST", f"tasks/{number}/claim", "officer", "东区").json()["lease"]["token"]
    report = {
        "lease": lease, "result": "confirmed", "findings": "属实",
        "inspected_at": "2026-11-20T15:00:00+08:00", "officers": ["A001", "A002"],
    }  # fmt: skip
    bureau.call("POST", f"tasks/{number}/complete", "officer", "东区", json=report)
    (owed,) = events(bureau, link(bureau, "supervisor", "东区")["path"]).values()
    assert owed.decoded("dtstart") == date(2026, 12, 5)


def test_a_link_ends_when_it_is_deleted_or_its_token_does(bureau: Bureau) -> None:
    first, second = link(bureau, "officer", "东区"), link(bureau, "officer", "东区")
    listed = bureau.call("GET", "calendars", "officer", "东区").json()["items"]
    assert [each["id"] for each in listed] == [first["id"], second["id"]]
    assert "path" not in listed[0]
    assert bureau.call("DELETE", f"calendars/{first['id']}", "officer", "西区").status_code == 404
    assert bureau.call("DELETE", f"calendars/{first['id']}", "officer", "东区").status_code == 204
    assert bureau.call("GET", first["path"], headers={"Authorization": ""}).status_code == 404
    events(bureau, second["path"])
    with bureau.store.write() as connection:
        yesterday = bureau.clock.at.date() - timedelta(days=1)
        connection.execute(update(tables.tokens).values(expires_on=yesterday))
    assert bureau.call("GET", second["path"], headers={"Authorization": ""}).status_code == 404


def test_a_token_has_so_many_links(bureau: Bureau) -> None:
    for _ in range(10):
        link(bureau, "viewer")
    assert bureau.call("POST", "calendars", "viewer").status_code == 409

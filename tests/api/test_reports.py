"""Reports by the API and the command line: counted from the records, within reach, due and handed in."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from docx import Document
from openpyxl import load_workbook
from sqlalchemy import insert

from monitor.actions import reports
from monitor.actions.clockwork import SYSTEM
from monitor.reports.figures import Material, Visit
from monitor.reports.period import Level, Span
from monitor.reports.policy import Reporting
from monitor.store import records as record_rows
from monitor.store import tables
from tests.api.conftest import AT, EAST, WEST, ZONE, Bureau
from tests.api.test_records import CASE, DOCUMENT, RELIEF, TYPICAL, made
from tests.reports.test_figures import DISTRICTS, by_hand, year_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}


def listing(bureau: Bureau, uscc: str, first: date, last: date | None = None) -> None:
    with bureau.store.write() as connection:
        connection.execute(
            insert(tables.positive_list).values(
                uscc=uscc, category="6", listed_from=first, listed_until=last, recorded_at=AT
            )
        )


def recorded(bureau: Bureau) -> None:
    """East is listed over October; a case and a relief lie inside, one of each outside."""
    with bureau.store.write() as connection:
        connection.execute(tables.positive_list.delete())
    listing(bureau, EAST, date(2026, 10, 1), date(2026, 10, 31))
    listing(bureau, WEST, date(2026, 11, 10))
    made(bureau, "cases", CASE | {"act_on": "2026-10-05"})
    made(bureau, "cases", CASE)
    made(bureau, "reliefs", RELIEF | {"on": "2026-10-31"})
    made(bureau, "reliefs", RELIEF)
    made(bureau, "documents", DOCUMENT)
    made(bureau, "typical-cases", TYPICAL)


def row_of(body: dict[str, Any], district: str) -> list[int]:
    (found,) = [row for row in body["rows"] if row["district"] == district]
    return [found[name] for name in ("listed", "documents", "cases", "reliefs")]


def test_the_table_counts_what_was_listed_on_the_day(bureau: Bureau) -> None:
    recorded(bureau)
    body = bureau.call("GET", "reports/summary", "viewer", params=YEAR).json()
    assert row_of(body, "东区") == [0, 1, 1, 1]
    assert row_of(body, "西区") == [1, 0, 0, 0]
    assert body["total"] == {"listed": 1, "documents": 1, "cases": 1, "reliefs": 1}
    until_october = {"from": "2026-01-01", "to": "2026-10-31"}
    body = bureau.call("GET", "reports/summary", params=until_october).json()
    assert row_of(body, "东区") == [1, 1, 0, 1]
    records = body["rows"][0]["records"]
    assert records["listed"] == [EAST]
    file = bureau.call("GET", "reports/summary", params=YEAR, headers={"Accept": XLSX})
    assert file.headers["content-type"] == XLSX
    lines = list(load_workbook(io.BytesIO(file.content)).worksheets[0].values)
    assert lines[3] == ("东区", 0, 1, 1, 1)


def test_a_district_sees_its_own(bureau: Bureau) -> None:
    recorded(bureau)
    body = bureau.call("GET", "reports/summary", "viewer", "西区", params=YEAR).json()
    assert [row["district"] for row in body["rows"]] == ["西区"]
    other = YEAR | {"district": "东区"}
    assert bureau.call("GET", "reports/summary", "viewer", "西区", params=other).status_code == 404
    county = YEAR | {"level": "county"}
    assert bureau.call("GET", "reports/summary", params=county).status_code == 422
    own = bureau.call("GET", "reports/summary", "viewer", "西区", params=county).json()
    assert own["unit"] == "西区"
    wrong = {"from": "2026-02-01", "to": "2026-01-01"}
    assert bureau.call("GET", "reports/summary", params=wrong).status_code == 422


def test_papers_by_accept_and_again_around_a_writers_words(bureau: Bureau) -> None:
    recorded(bureau)
    asked = {"month": "2026-11"}
    body = bureau.call("GET", "reports/brief", params=asked).json()
    assert (body["total"]["listed"], body["typical_cases"][0]["title"]) == (1, TYPICAL["title"])
    first = bureau.call("GET", "reports/brief", params=asked, headers={"Accept": DOCX})
    paper = Document(io.BytesIO(first.content))
    next(p for p in paper.paragraphs if "本月的亮点做法" in p.text).text = "示例做法"
    edited = io.BytesIO()
    paper.save(edited)
    listing(bureau, EAST, date(2026, 11, 20))
    again = bureau.call(
        "POST",
        "reports/brief",
        "viewer",
        params=asked,
        content=edited.getvalue(),
        headers={"Content-Type": DOCX},
    )
    assert again.status_code == 200, again.text
    whole = "\n".join(p.text for p in Document(io.BytesIO(again.content)).paragraphs)
    assert "示例做法" in whole
    assert "正面清单企业2家" in whole
    refused = bureau.call(
        "POST", "reports/brief", params=asked, content=b"x", headers={"Content-Type": DOCX}
    )
    assert refused.status_code == 422
    for path, when in (("article", asked), ("year", {"year": 2026})):
        file = bureau.call("GET", f"reports/{path}", params=when, headers={"Accept": DOCX})
        assert Document(io.BytesIO(file.content)).tables, path
    assert bureau.call("GET", "reports/brief", params={"month": "2026-13"}).status_code == 422


def at(bureau: Bureau, day: str) -> None:
    bureau.clock.at = datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC)


def told(bureau: Bureau) -> list[tuple[str, str, str]]:
    items = bureau.call("GET", "events").json()["items"]
    return [
        (e["type"], e["data"]["report"]["unit"], e["data"]["report"]["kind"])
        for e in items
        if e["type"].startswith("report.")
    ]


def test_a_paper_is_reminded_of_once_and_told_as_late_once(bureau: Bureau) -> None:
    desk = replace(bureau.desk, reporting=lambda: Reporting(levels=(Level.COUNTY,)))
    at(bureau, "2026-10-06")
    assert reports.remind(desk) == 0
    at(bureau, "2026-10-07")
    assert reports.remind(desk) == 2
    assert reports.remind(desk) == 0
    assert told(bureau) == [("report.due", "东区", "brief"), ("report.due", "西区", "brief")]
    body = {"kind": "brief", "level": "county", "period": "2026-09", "on": "2026-10-07"}
    done = bureau.call("POST", "reports/hand-ins", "supervisor", "东区", json=body | _EAST)
    assert (done.status_code, done.json()["state"]) == (200, "handed_in")
    other = bureau.call("POST", "reports/hand-ins", "supervisor", "西区", json=body | _EAST)
    assert other.status_code == 404
    at(bureau, "2026-10-11")
    assert reports.remind(desk) == 1
    assert reports.remind(desk) == 0
    assert told(bureau)[-1] == ("report.overdue", "西区", "brief")
    span = {"from": "2026-10-01", "to": "2026-10-31"}
    items = bureau.call("GET", "reports/duties", params=span).json()["items"]
    counties = [i for i in items if i["level"] == "county"]
    assert [(i["district"], i["state"]) for i in counties] == [
        ("东区", "handed_in"),
        ("西区", "late"),
    ]
    seen = bureau.call("GET", "reports/duties", "viewer", "西区", params=span).json()["items"]
    assert [i["district"] for i in seen] == ["西区"]


_EAST = {"district": "东区"}


def stored(bureau: Bureau, said: Material) -> None:
    """A generated year, in the tables that its records are kept in."""
    with bureau.store.write() as connection:
        for table in (tables.positive_list, tables.enterprises):
            connection.execute(table.delete())
        at = {"recorded_at": AT}
        for owner in said.owners.values():
            row = {"uscc": owner.uscc, "name": owner.name, "district": owner.district}
            connection.execute(insert(tables.enterprises).values(row | at | {"key_unit": False}))
        for each in said.listings:
            row = {n: getattr(each, n) for n in ("uscc", "category", "listed_from", "listed_until")}
            connection.execute(insert(tables.positive_list).values(row | at))
        for records in (said.documents, said.cases, said.reliefs):
            for record in records.values():
                record_rows.add(connection, record, AT, "示例甲")
        for visit in said.visits:
            connection.execute(insert(tables.tasks).values(_task(visit)))
        for spared in said.spared:
            draw = {"id": spared.draw + 1, "on_day": spared.on, "count": 1, "list_version": 1}
            who = {"drawn_at": AT, "drawn_by": "示例甲"}
            connection.execute(insert(tables.draws).values(draw | who))
            answer = {"draw": spared.draw + 1, "place": 1, "uscc": spared.uscc, "ground": "x"}
            connection.execute(insert(tables.drawn).values(answer | {"treatment": "exempt"}))


def _task(visit: Visit) -> dict[str, Any]:
    noon = datetime.combine(visit.queued_on, time(12), ZONE)
    row = {
        "id": visit.task,
        "state": "closed" if visit.result else "withdrawn",
        "mandatory": True,
        "trigger": visit.trigger.value,
        "priority": 3,
        "uscc": visit.uscc,
        "district": visit.district,
        "reason": "x",
        "listing": {},
        "legal_basis": [],
        "queued_at": noon,
        "due_at": noon,
        "version": 1,
    }
    if visit.result and visit.inspected_on:
        inspected = datetime.combine(visit.inspected_on, time(23, 30), ZONE)
        row["result"] = {"result": visit.result.value, "inspected_at": inspected.isoformat()}
    return row


def test_a_generated_year_of_records_is_counted_as_by_hand(bureau: Bureau) -> None:
    said = year_of(11)
    stored(bureau, said)
    rng = random.Random(5)
    spans = [(date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 2, 1), date(2026, 2, 28))]
    days = [date(2026, 1, 1) + timedelta(days=rng.randrange(365)) for _ in range(12)]
    spans += [(min(pair), max(pair)) for pair in zip(days[::2], days[1::2], strict=True)]
    for first, last in spans:
        made = reports.report(bureau.desk, SYSTEM, Span(first, last), Level.CITY)
        rows = {row.district: row for row in made.rows}
        for district in DISTRICTS:
            wanted = by_hand(said, district, first, last)
            got = {n: len(getattr(rows[district], n)) if district in rows else 0 for n in wanted}
            assert got == wanted, (district, first, last)
            if district == DISTRICTS[-1]:
                continue  # no enterprise is there: nobody's county where nothing was issued
            county = reports.summary(bureau.desk, SYSTEM, Span(first, last), Level.COUNTY, district)
            (alone,) = county.rows
            assert len(alone.reliefs) == wanted["reliefs"]

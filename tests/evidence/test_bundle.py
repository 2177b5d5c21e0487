"""What a bundle holds: the alert as it was judged, with all that it rests on."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from monitor.actions import evidence
from monitor.actions import tasks as actions
from monitor.errors import NotFound
from monitor.evidence.case import Bounds
from monitor.media import Limits, Media
from monitor.observation import Period
from monitor.register import Basis
from monitor.store import Store, audit, tables
from monitor.task import Report, Result
from monitor.tokens import Caller, Role
from tests.evidence.kit import (
    FIRST,
    LIMIT,
    MN,
    OWNER,
    PASSWORD,
    PERSON,
    ZONE,
    Bureau,
    checked,
    contents,
    document,
    faults,
)
from tests.hj212.frames import make
from tests.judging.kit import ADMIN, FURNACE, Plant, Sent
from tests.pictures import photo


@pytest.fixture
def bureau(store: Store) -> Bureau:
    """An hour within the limit, three beyond it, one within."""
    made = Bureau(store, FIRST - timedelta(days=30))
    made.enter()
    return made


def test_the_frames_are_there_byte_for_byte(bureau: Bureau) -> None:
    raws = bureau.report([30, 52.5, 70, 41.25, 20])
    bundle = bureau.export().content
    found = contents(bundle)
    listed = document(bundle, "frames.json")
    assert [found[line["file"]] for line in listed] == raws[1:4]
    assert b"PW=123456" in found["frames/000001.bin"]
    assert listed[0]["peer"] == "10.1.2.3:40112"
    assert {line["frame"] for line in document(bundle, "findings.json")} == {
        line["id"] for line in listed
    }
    assert faults(bundle) == []


def test_the_documents_say_what_was_judged_by_what(bureau: Bureau) -> None:
    bureau.report([30, 52.5, 70, 41.25, 20])
    bundle = bureau.export().content
    alert = document(bundle, "alert.json")
    assert (alert["value"], alert["limit"], alert["count"], alert["state"]) == (
        70,
        35,
        3,
        "cleared",
    )
    findings = document(bundle, "findings.json")
    assert [line["value"] for line in findings] == [52.5, 70, 41.25]
    assert findings[1]["exceed_ratio"] == 1.0
    (limit,) = document(bundle, "limits.json")
    assert limit["clause"] == LIMIT.clause
    assert {line["limit_id"] for line in findings} == {limit["id"]}
    task = document(bundle, "task.json")
    assert (task["id"], task["alerts"]) == (alert["task"], [alert["id"]])
    assert task["history"][0]["change"] == "queued"
    rules = document(bundle, "rules.json")
    assert rules["rule"] == "exceedance"
    assert rules["judging_at_export"]["exceedance"]["hour"] == "verify"
    assert rules["legal_basis"] == task["legal_basis"]


def test_the_series_has_every_version_and_what_is_around(bureau: Bureau) -> None:
    bureau.report([30, 52.5, 70, 20])
    bureau.report([33], FIRST + timedelta(hours=1), timedelta(hours=4))
    text = contents(bureau.export().content)["series.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    said = [(row["start"][:16], row["converted"], row["version"]) for row in rows]
    hours = [f"2026-11-19T{h}:00" for h in (12, 13, 13, 14, 15)]
    assert said == list(zip(hours, ["30.0", "52.5", "33.0", "70.0", "20.0"], "11211", strict=True))
    assert rows[0] | {"frame": ""} == {
        "period": "hour",
        "start": "2026-11-19T12:00:00+08:00",
        "end": "2026-11-19T13:00:00+08:00",
        "value": "28.0",
        "converted": "30.0",
        "min": "25.0",
        "max": "35.0",
        "total": "1.25",
        "flag": "N",
        "received_at": "2026-11-19T13:05:00+08:00",
        "late": "false",
        "frame": "",
        "version": "1",
    }


def test_the_register_is_that_of_the_day_after_the_books_have_changed(bureau: Bureau) -> None:
    bureau.report([52.5])
    before = bureau.export().content
    bureau.at += timedelta(days=2)
    bureau.enter(
        owner=replace(OWNER, name="已更名公司"), limit=replace(LIMIT, limit=500.0, clause="新标准")
    )
    bundle = bureau.export().content
    said = document(bundle, "register.json")
    for when in ("at_opening", "at_act"):
        assert said[when]["enterprise"]["name"] == OWNER.name
        assert [limit["limit"] for limit in said[when]["on_day"]["limits"]] == [35.0]
        assert said[when]["on_day"]["listing"]["category"] == "3"
        assert said[when]["instruments"][0]["range_high"] == 300
    assert [limit["limit"] for limit in document(bundle, "limits.json")] == [35.0]
    assert "已更名公司" not in contents(bundle)["index.html"].decode()
    assert contents(bundle)["register.json"] == contents(before)["register.json"]


def test_no_password_of_the_register_is_in_it(bureau: Bureau) -> None:
    bureau.report([52.5])
    for name, content in contents(bureau.export().content).items():
        assert PASSWORD.encode() not in content, name
        assert b'"password"' not in content, name


def test_marks_are_there_with_those_struck_out(bureau: Bureau) -> None:
    bureau.report([52.5, 60])
    struck = {"superseded_at": bureau.at, "superseded_by": "李", "superseded_reason": "误报"}
    bureau.mark(FIRST, 1)
    bureau.mark(FIRST, 2, item="故障", **struck)
    bureau.mark(FIRST - timedelta(days=9), 1)
    bureau.mark(FIRST, 1, mn="ANOTHER")
    bundle = bureau.export().content
    found = document(bundle, "marks.json")
    assert [(m["item"], m["class"], m["superseded_reason"]) for m in found] == [
        ("维护", "device", None),
        ("故障", "device", "误报"),
    ]
    assert found[0]["start"] == "2026-11-19T12:00:00+08:00"
    assert "例行校准" in contents(bundle)["index.html"].decode()


def test_two_exports_differ_in_their_anchor_and_time_only(bureau: Bureau) -> None:
    bureau.report([52.5, 60])
    first = bureau.export()
    bureau.at += timedelta(hours=3)
    second = bureau.export()
    assert first.head == second.head
    one, two = contents(first.content), contents(second.content)
    assert {name for name in one if one[name] != two[name]} == {"manifest.json"}
    said, again = (document(each.content, "manifest.json") for each in (first, second))
    differing = {key for key in said if said[key] != again[key]}
    assert differing == {"anchor", "exported_at", "seal"}


def test_the_head_stands_in_the_audit_trail(bureau: Bureau) -> None:
    bureau.report([52.5])
    bureau.export()
    bundle = bureau.export()
    manifest = document(bundle.content, "manifest.json")
    with bureau.store.read() as connection:
        before, entry = audit.listed(connection, 0, 10)[-2:]
        assert audit.verify(connection) is None
    assert (entry.action, entry.object) == ("evidence.export", f"alert/{bureau.alert()}")
    assert (entry.actor, entry.origin) == (PERSON.name, PERSON.origin)
    assert entry.data == {
        "alert": bureau.alert(),
        "head": bundle.head,
        "seal": manifest["seal"],
    }
    assert (manifest["anchor"]["seq"], manifest["anchor"]["hash"]) == (before.seq, before.hash)
    report = checked(bundle.content)
    assert report.found is not None
    assert report.found.head == bundle.head


def test_what_is_over_a_limit_is_named(bureau: Bureau) -> None:
    bureau.report([50 + n for n in range(6)])
    bounds = Bounds(findings=4, frames=3, series=2)
    bundle = bureau.export(bounds).content
    left = {each["what"]: each for each in document(bundle, "manifest.json")["left_out"]}
    assert left["findings"]["count"] == 2
    assert left["findings"]["since"] == "2026-11-19T16:00:00+08:00"
    assert (left["frames"]["why"], left["frames"]["count"]) == ("limit", 1)
    findings = document(bundle, "findings.json")
    assert left["frames"]["frames"] == [findings[-1]["frame"]]
    assert left["series"]["since"] == "2026-11-19T14:00:00+08:00"
    assert len(document(bundle, "frames.json")) == 3
    page = contents(bundle)["index.html"].decode()
    assert page.count("未收入本包") == 3
    assert faults(bundle) == []
    small = document(bureau.export(Bounds(frame_bytes=400)).content, "manifest.json")["left_out"]
    assert [(each["what"], each["why"]) for each in small] == [("frames", "limit")]


def test_a_frame_that_is_gone_is_named(bureau: Bureau) -> None:
    bureau.report([50])
    with bureau.store.write() as connection:
        connection.execute(delete(tables.kept_frames))
        connection.execute(delete(tables.frame_log))
    bundle = bureau.export().content
    (left,) = document(bundle, "manifest.json")["left_out"]
    assert (left["what"], left["why"], left["count"]) == ("frames", "gone", 1)


def test_the_alert_of_another_district_is_none(bureau: Bureau) -> None:
    bureau.report([50])
    stranger = Caller(id=2, name="外区", role=Role.OFFICER, districts=("西区",))
    with pytest.raises(NotFound):
        evidence.export(bureau.desk, stranger, bureau.alert())
    with bureau.store.read() as connection:
        assert audit.listed(connection, 0, 10) == []


@pytest.mark.parametrize(
    ("first", "named", "absent"),
    [
        (datetime(2026, 8, 14, 4, tzinfo=UTC), "中华人民共和国环境保护法", "第一百八十四条"),
        (datetime(2026, 8, 15, 4, tzinfo=UTC), "第一百八十四条", "中华人民共和国环境保护法"),
    ],
    ids=["before the Code", "under the Code"],
)
def test_the_page_says_who_what_and_by_which_law(
    store: Store, first: datetime, named: str, absent: str
) -> None:
    bureau = Bureau(store, datetime(2026, 1, 1, tzinfo=UTC))
    bureau.enter(limit=replace(LIMIT, valid_from=date(2024, 1, 1)))
    bureau.report([30, 70], first)
    bundle = bureau.export().content
    page = contents(bundle)["index.html"].decode()
    for text in ("示例&lt;热电&gt;有限公司", OWNER.uscc, MN, "DA001", "二氧化硫", "70 mg/m³"):
        assert text in page, text
    for text in ("35 mg/m³", "1.00", LIMIT.clause, "第 3 类", "已核对", "<svg", "PW=", named):
        assert text in page, text
    assert absent not in page
    assert "<热电>" not in page
    for outside in ("http:", "src=", "<script", "@import", "url("):
        assert outside not in page.replace("http://www.w3.org/2000/svg", ""), outside


def test_an_unverified_limit_is_called_so(bureau: Bureau) -> None:
    bureau.at += timedelta(days=1)
    bureau.enter(limit=replace(LIMIT, verified=False, source="网页"))
    bureau.report([70])
    assert "尚未经人工与标准原文核对" in contents(bureau.export().content)["index.html"].decode()


def test_real_time_values_below_a_lower_limit(store: Store) -> None:
    bureau = Bureau(store, FIRST - timedelta(days=30))
    acid = replace(LIMIT, pollutant="w01001", period=Period.REALTIME, limit=9.0, lower=6.0)
    bureau.enter(limit=replace(acid, basis=Basis.MEASURED, clause="GB 8978-1996 表 4"))
    times = [FIRST + timedelta(seconds=30 * n) for n in range(6)]
    bureau.hear(
        [
            (at, make(f"DataTime={at.astimezone(ZONE):%Y%m%d%H%M%S};w01001-Rtd={ph},w01001-Flag=N"))
            for at, ph in zip(times, (7, 5.5, 3, 5, 7, 7), strict=True)
        ]
    )
    bundle = bureau.export().content
    assert faults(bundle) == []
    assert document(bundle, "alert.json")["exceed_ratio"] == -0.5
    page = contents(bundle)["index.html"].decode()
    assert "自 2026-11-19 12:00:30 至 2026-11-19 12:01:30" in page
    assert "3 个时段低于下限" in page
    assert "限值 6" in page
    assert "限值 9" in page


def test_the_page_has_what_the_officers_reported(bureau: Bureau) -> None:
    bureau.report([70])
    number = bureau.alert()
    task = document(bureau.export().content, "alert.json")["task"]
    person = replace(PERSON, role=Role.ADMIN)
    lease = actions.claim(bureau.desk, person, task)["lease"]["token"]
    report = Report(Result.CONFIRMED, "现场核实，超标属实", bureau.at, ("李 1101001", "王 1101002"))
    actions.complete(bureau.desk, person, task, lease, report)
    bundle = bureau.export().content
    page = contents(bundle)["index.html"].decode()
    for text in ("现场核实，超标属实", "李 1101001、王 1101002", "已反馈"):
        assert text in page
    done = [entry["action"] for entry in document(bundle, "audit.json")]
    assert done == ["task.claim", "task.complete"]
    assert lease not in "".join(map(str, contents(bundle).values()))
    assert number == bureau.alert()


def test_the_files_are_those_of_the_document(bureau: Bureau, tmp_path: Path) -> None:
    bureau.report([70])
    bureau.media = Media(tmp_path / "media", Limits(keep_free=0))
    bureau.attach(photo())
    found = {re.sub(r"\d{6}", "NNNNNN", name) for name in contents(bureau.export().content)}
    text = Path(__file__).resolve().parents[2].joinpath("docs/evidence.md").read_text("utf-8")
    rows = text.split("## What is in it", 1)[1].split("\n\n", 2)[1].splitlines()[2:]
    said = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert said - found == {"sightings.json", "sightings/NNNNNN.jpg"}  # tests/api/test_sightings.py
    assert found <= said


def test_any_unzip_program_reads_it(bureau: Bureau) -> None:
    bureau.report([70])
    with zipfile.ZipFile(io.BytesIO(bureau.export().content)) as archive:
        assert archive.namelist()[0] == "manifest.json"
        assert archive.namelist()[-1] == "index.html"
        assert archive.comment == b""
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_of_a_rule_for_spans_the_data_that_it_looked_at_is_there(store: Store) -> None:
    day, five = datetime(2026, 11, 2, tzinfo=ZONE), timedelta(minutes=5)
    one = Plant(store, "FURNACE0000000000000001", day + timedelta(days=2), "incinerator")
    one.take(Sent(day + n * five, 800 + n, five, Period.MINUTE, FURNACE) for n in range(7))
    one.settle()
    (alert,) = one.alerts()
    content = evidence.export(one.desk, ADMIN, alert.id).content
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        series = list(csv.DictReader(bundle.read("series.csv").decode().splitlines()))
        chart = bundle.read("chart.svg").decode()
    assert [float(row["value"]) for row in series] == [800 + n for n in range(7)]
    assert "分钟" in chart

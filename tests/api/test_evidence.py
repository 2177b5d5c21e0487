"""`GET /alerts/{id}/evidence`: the bundle, within the token's districts, audited with who asked."""

from __future__ import annotations

from monitor.evidence.verifying import verify
from monitor.store import audit
from tests.api.conftest import EAST, WEST, Bureau


def test_the_bundle_is_a_zip_that_verifies_and_is_audited(bureau: Bureau) -> None:
    alert = bureau.alert(EAST)
    answer = bureau.call("GET", f"alerts/{alert}/evidence", "officer", "东区")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="evidence-{alert}.zip"'
    report = verify(memoryview(answer.content))
    assert report.holds, report.checks
    assert report.found is not None
    assert report.found.alert == alert
    trail = bureau.call("GET", "audit").json()["items"]
    (entry,) = (each for each in trail if each["action"] == "evidence.export")
    assert entry["actor"] == "officer 东区"
    assert entry["data"]["head"] == report.found.head
    with bureau.store.read() as connection:
        assert audit.verify(connection) is None


def test_outside_its_districts_there_is_none_and_nothing_is_entered(bureau: Bureau) -> None:
    alert = bureau.alert(WEST)
    assert bureau.call("GET", f"alerts/{alert}/evidence", "officer", "东区").status_code == 404
    actions = {entry["action"] for entry in bureau.call("GET", "audit").json()["items"]}
    assert "evidence.export" not in actions


def test_an_alert_without_outlet_data_or_end_has_one_too(bureau: Bureau) -> None:
    nothing = dict.fromkeys(("mn", "pollutant", "period", "end_ms", "value", "limit"), None)
    alert = bureau.alert(EAST, rule="video-event", exceed_ratio=None, **nothing)
    answer = bureau.call("GET", f"alerts/{alert}/evidence")
    assert answer.status_code == 200, answer.text
    assert verify(memoryview(answer.content)).holds
    assert "视频事件".encode() in answer.content
    assert b"chart.svg" not in answer.content.split(b"index.html")[0]


def test_a_task_links_to_the_evidence_of_its_alerts(bureau: Bureau) -> None:
    alert = bureau.alert(EAST)
    body = {"verdict": "verify", "reason": "看"}
    shaped = bureau.call("POST", f"alerts/{alert}/screen", json=body).json()
    task = bureau.call("GET", f"tasks/{shaped['task']}").json()
    assert task["links"]["evidence"] == [f"/api/v1/alerts/{alert}/evidence"]

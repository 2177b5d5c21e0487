"""Alerts, enterprises, observations, subscriptions, devices, frames, the audit trail, health."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from monitor.api import alert_shapes, device_shapes, listing_shapes, schemas, shapes, webhook_shapes
from monitor.clock import to_ms
from monitor.observation import Frame
from monitor.store import audit, tables
from tests import wire
from tests.api.conftest import AT, EAST, MN, WEST, Bureau, Served
from tests.api.test_rights import heard

URN = "urn:offsite-monitor:problem:"


def get(bureau: Bureau, path: str, **params: Any) -> Any:
    answer = bureau.call("GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- alerts ---------------------------------------------------------------------------------


def test_alerts_are_listed_filtered_and_paged(bureau: Bureau) -> None:
    first = bureau.alert(EAST)
    second = bureau.alert(WEST, rule="night-power", state="cleared")
    everything = get(bureau, "alerts")
    alert_shapes.AlertPage.model_validate(everything)

    def ids(**params: Any) -> list[int]:
        return [alert["id"] for alert in get(bureau, "alerts", **params)["items"]]

    assert ids() == [second, first]
    assert ids(state="open") == [first]
    assert ids(rule="night-power") == [second]
    assert ids(uscc=EAST) == [first]
    assert ids(district="西区") == [second]
    assert ids(outcome="verify") == []
    page = get(bureau, "alerts", limit=1)
    assert get(bureau, "alerts", cursor=page["next"])["items"] == everything["items"][1:]
    alert = everything["items"][1]
    assert (alert["value"], alert["limit"], alert["exceed_ratio"]) == (70.0, 35.0, 1.0)
    assert alert["limit_verified"] is True
    unsure = bureau.alert(verified=False)
    assert get(bureau, f"alerts/{unsure}")["limit_verified"] is False
    alert_shapes.AlertDetail.model_validate(get(bureau, f"alerts/{first}"))


def test_screening_over_http(bureau: Bureau) -> None:
    alert = bureau.alert()
    body = {"verdict": "verify", "reason": "去看"}
    answer = bureau.call("POST", f"alerts/{alert}/screen", "supervisor", "东区", json=body)
    assert answer.status_code == 200
    assert answer.json()["screening"]["by"] == "supervisor 东区"
    task = get(bureau, f"tasks/{answer.json()['task']}")
    assert (task["trigger"], task["alerts"], task["outlets"]) == ("exceedance", [alert], [MN[EAST]])
    assert task["links"]["alerts"] == [f"/api/v1/alerts/{alert}"]
    assert bureau.call("POST", f"alerts/{alert}/screen", json=body).status_code == 409


def test_silent_alerts_are_shown_to_who_asks_for_them(bureau: Bureau) -> None:
    loud, quiet = bureau.alert(), bureau.alert(silent=True, period="minute")
    assert [a["id"] for a in get(bureau, "alerts")["items"]] == [loud]
    page = get(bureau, "alerts", silent="true")
    alert_shapes.AlertPage.model_validate(page)
    assert [(a["id"], a["silent"]) for a in page["items"]] == [(quiet, True)]
    assert [a["id"] for a in get(bureau, f"enterprises/{EAST}")["alerts"]] == [loud]
    assert get(bureau, f"alerts/{quiet}")["silent"] is True
    assert 'alerts_open{rule="exceedance"} 1.0' in bureau.call("GET", "/metrics").text


# --- enterprises ----------------------------------------------------------------------------


def test_one_enterprise_one_file(bureau: Bureau) -> None:
    bureau.task(EAST)
    bureau.alert(EAST)
    found = get(bureau, f"enterprises/{EAST}")
    shapes.EnterpriseFile.model_validate(found)
    assert [outlet["mn"] for outlet in found["outlets"]] == [MN[EAST]]
    assert [limit["limit"] for limit in found["limits"]] == [35.0]
    assert [span["category"] for span in found["listings"]] == ["3"]
    assert (len(found["alerts"]), len(found["tasks"])) == (1, 1)
    assert "secret" not in json.dumps(found)
    page = get(bureau, "enterprises", limit=1)
    assert [e["uscc"] for e in page["items"]] == [EAST]
    rest = get(bureau, "enterprises", cursor=page["next"])
    assert ([e["uscc"] for e in rest["items"]], rest["next"]) == ([WEST], None)


def test_the_positive_list_of_a_day(bureau: Bureau) -> None:
    assert len(get(bureau, "positive-list")["items"]) == 2
    assert get(bureau, "positive-list", on="2025-12-31")["items"] == []
    assert len(get(bureau, "positive-list", on="2026-12-31")["items"]) == 2
    page = get(bureau, "positive-list", limit=1)
    listing_shapes.ListedSpanPage.model_validate(page)
    assert len(get(bureau, "positive-list", cursor=page["next"])["items"]) == 1
    assert bureau.call("GET", "positive-list?on=lately").status_code == 422


def test_observations_as_json_and_csv(bureau: Bureau) -> None:
    heard(bureau)
    path = f"outlets/{MN[EAST]}/observations"
    found = get(bureau, path)
    shapes.ObservationPage.model_validate(found)
    [one] = found["items"]
    assert (one["value"], one["value_converted"], one["start"]) == (
        30.0,
        41.5,
        "2026-11-20T14:00:00+08:00",
    )
    answer = bureau.call("GET", path, headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["pollutant"], row["value"]) == ("a21026", "30.0")
    assert get(bureau, path, **{"from": "2026-11-20T15:00:00+08:00"})["items"] == []
    assert len(get(bureau, path, **{"from": "2026-11-20", "to": "2026-11-20"})["items"]) == 1
    assert get(bureau, path, period="day")["items"] == []
    assert get(bureau, path, pollutant="a34013")["items"] == []
    # a plus sign that was not escaped
    assert bureau.call("GET", f"{path}?from=2026-11-20T14:00:00+08:00").status_code == 200


def test_csv_has_no_formulas_of_the_devices(bureau: Bureau) -> None:
    heard(bureau)
    with bureau.desk.store.write() as connection:
        connection.execute(update(tables.averages).values(flag="=1+1", pollutant="@x", value=-1))
    path = f"outlets/{MN[EAST]}/observations"
    answer = bureau.call("GET", path, headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["pollutant"], row["flag"], row["value"]) == ("'@x", "'=1+1", "-1.0")
    assert get(bureau, path)["items"][0]["flag"] == "=1+1"


def test_wrong_spans_are_named(bureau: Bureau) -> None:
    cases = {
        "from=2026-11-20T14:00:00": "from",
        "from=last-week": "from",
        "from=0001-01-01": "from",
        "from=2026-11-21&to=2026-11-20": "before",
        "from=1990-01-01": "days apart",
        "period=year": "period",
        "limit=5000": "limit",
    }
    for query, word in cases.items():
        answer = bureau.call("GET", f"outlets/{MN[EAST]}/observations?{query}")
        assert answer.status_code == 422, query
        assert word in answer.json()["detail"]


# --- subscriptions --------------------------------------------------------------------------


def test_the_life_of_a_subscription(bureau: Bureau) -> None:
    body = {"url": "https://dashboard.example.org/hook", "types": ["task.queued", "alert.*"]}
    made = bureau.call("POST", "webhooks", json=body)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    path = f"webhooks/{made.json()['id']}"
    assert "secret" not in get(bureau, path)
    webhook_shapes.Webhook.model_validate(get(bureau, path))
    changed = bureau.call("PATCH", path, json={"types": ["*"], "state": "disabled"}).json()
    assert (changed["types"], changed["state"], changed["url"]) == (["*"], "disabled", body["url"])
    assert bureau.call("POST", f"{path}/test").status_code == 409
    bureau.call("PATCH", path, json={"state": "enabled"})
    sent = bureau.call("POST", f"{path}/test")
    assert sent.status_code == 202
    bureau.task()
    log = get(bureau, f"{path}/deliveries")
    webhook_shapes.DeliveryPage.model_validate(log)
    assert [item["type"] for item in log["items"]] == ["task.queued", "webhook.test"]
    assert log["items"][1]["id"] == sent.json()["id"]
    assert [e["type"] for e in get(bureau, "events")["items"]] == ["task.queued"]
    assert bureau.call("DELETE", path).status_code == 204
    assert bureau.call("GET", path).status_code == 404
    assert get(bureau, "webhooks")["items"] == []


WRONG_SUBSCRIPTIONS: tuple[dict[str, Any], ...] = (
    {"url": "ftp://example.org"},
    {"url": "http://example.org/plain"},
    {"url": "https://127.0.0.1/"},
    {"url": "https://[::1]/"},
    {"url": "https://169.254.169.254/latest"},
    {"url": "https://10.1.2.3/"},
    {"url": "https://user:hunter2@example.org/"},
    {"url": "https://example.org:port/"},
    {"url": "https:///nowhere"},
    {"types": []},
    {"types": ["task.started"]},
    {"secret": "whsec_x"},
)


def test_wrong_subscriptions_are_refused(bureau: Bureau) -> None:
    right = {"url": "https://example.org/x", "types": ["*"]}
    made = bureau.call("POST", "webhooks", json=right).json()
    for change in WRONG_SUBSCRIPTIONS:
        answer = bureau.call("POST", "webhooks", json=right | change)
        assert answer.status_code == 422, change
        assert "hunter2" not in answer.text
        changed = bureau.call("PATCH", f"webhooks/{made['id']}", json=change)
        assert changed.status_code == 422, change


# --- operation ------------------------------------------------------------------------------


def test_devices_problems_and_frames(bureau: Bureau) -> None:
    ids = heard(bureau)
    page = get(bureau, "devices", limit=2)
    device_shapes.DevicePage.model_validate(page)
    rest = get(bureau, "devices", cursor=page["next"])
    assert [d["registered"] for d in page["items"] + rest["items"]].count(False) == 1
    assert len(get(bureau, "devices", registered="true")["items"]) == 2
    page = get(bureau, "problems", limit=2)
    shapes.FrameProblemPage.model_validate(page)
    assert len(get(bureau, "problems", cursor=page["next"])["items"]) == 1
    assert get(bureau, "problems", day="2026-11-19")["items"] == []
    assert len(get(bureau, "problems", device=MN[EAST], problem="crc-mismatch")["items"]) == 1
    frame = get(bureau, f"frames/{ids['STRANGER']}")
    shapes.Frame.model_validate(frame)
    assert base64.b64decode(frame["raw"]) == b"##0000"
    raw = bureau.call(
        "GET", f"frames/{ids['STRANGER']}", headers={"Accept": "application/octet-stream"}
    )
    assert raw.content == b"##0000"


def test_a_frame_of_any_bytes_can_be_shown(bureau: Bureau) -> None:
    from monitor.store import frames

    with bureau.store.write() as connection:
        frame = frames.append(connection, [Frame("x", "p", AT, bytes(range(256)))])
    assert base64.b64decode(get(bureau, f"frames/{frame}")["raw"]) == bytes(range(256))


def test_the_audit_trail_tells_and_holds(bureau: Bureau) -> None:
    task = bureau.task()
    bureau.call("POST", f"tasks/{task['id']}/claim", "officer", "东区")
    page = get(bureau, "audit", limit=2)
    shapes.AuditPage.model_validate(page)
    entries = page["items"] + get(bureau, "audit", cursor=page["next"])["items"]
    said = {(e["actor"], e["action"], e["object"], e["origin"]) for e in entries}
    assert ("admin", "task.queue", f"task/{task['id']}", "127.0.0.1") in said
    assert ("officer 东区", "task.claim", f"task/{task['id']}", "127.0.0.1") in said
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    assert entries[1]["previous"] == entries[0]["hash"]
    with bureau.store.read() as connection:
        assert audit.verify(connection) is None


def test_an_altered_trail_is_found_out(bureau: Bureau) -> None:
    for _ in range(3):
        bureau.task()
    cases = {
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3": "row 3 was altered",
        """UPDATE audit SET data = '{"reason": "x"}' WHERE seq = 2""": "row 2 was altered",
        "DELETE FROM audit WHERE seq = 1": "row 1 is missing",
    }
    for statement, fault in cases.items():
        with bureau.store.write() as connection:
            connection.exec_driver_sql(statement)
        with bureau.store.read() as connection:
            assert fault in (audit.verify(connection) or "")


# --- errors, limits, health -----------------------------------------------------------------


def test_errors_are_problems(bureau: Bureau) -> None:
    cases = {
        ("GET", "/nowhere"): (404, "not-found"),
        ("GET", "/api/v1/nowhere"): (404, "not-found"),
        ("PUT", "/api/v1/tasks"): (405, "method-not-allowed"),
        ("GET", "/api/v1/tasks/abc"): (422, "invalid"),
        ("GET", "/api/v1/tasks/99999999999999999999999"): (422, "invalid"),
        ("GET", "/api/v1/enterprises/a%00b"): (400, "bad-request"),
        ("GET", "/api/v1/tasks?district=%00"): (400, "bad-request"),
    }
    for (method, path), (status, name) in cases.items():
        answer = bureau.call(method, path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        schemas.Problem.model_validate(body)
        assert (body["type"], body["status"]) == (URN + name, status)
    assert "allow" in bureau.call("PUT", "/api/v1/tasks").headers


def test_a_form_where_json_is_wanted(bureau: Bureau) -> None:
    answer = bureau.call("POST", "tasks", data={"uscc": EAST, "reason": "x"})
    assert answer.status_code == 415
    answer = bureau.call(
        "POST", "tasks", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


def test_what_was_sent_is_not_repeated(bureau: Bureau) -> None:
    body = {"url": 5, "types": "whsec_very-secret", "surprise": "omt_very-secret"}
    answer = bureau.call("POST", "webhooks", json=body)
    assert answer.status_code == 422
    assert "very-secret" not in answer.text
    assert {fault["where"] for fault in answer.json()["errors"]} == {
        "body.url",
        "body.types",
        "body.surprise",
    }


def test_a_body_has_a_limit(bureau: Bureau, served: Served) -> None:
    big = json.dumps({"reason": "x" * 30_000}).encode()
    for content in (big, iter([big[:10_000], big[10_000:]])):
        answer = wire.post(
            f"{served.url}/api/v1/tasks",
            content=content,
            headers=bureau.headers() | {"Content-Type": "application/json"},
        )
        assert answer.status_code == 413
        assert answer.json()["type"] == URN + "too-large"


def test_a_fault_of_ours_tells_nothing(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.store import views

    def broken(*_: Any) -> None:
        raise RuntimeError("the password is secret")

    monkeypatch.setattr(views, "queue", broken)
    with capture_logs() as logged:
        answer = bureau.call("GET", "tasks")
    (told,) = [line["error"] for line in logged if line["event"] == "request failed"]
    assert "the password is secret" in told
    assert (answer.status_code, answer.json()["type"]) == (500, URN + "internal")
    assert "secret" not in answer.text


def test_health_needs_no_token(bureau: Bureau, served: Served) -> None:
    assert wire.get(f"{served.url}/healthz").json() == {"status": "alive"}
    ready = wire.get(f"{served.url}/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "database": "ok", "adapters": {}},
    )


def test_an_adapter_that_is_down_is_not_ready(bureau: Bureau) -> None:
    from dataclasses import replace

    from monitor.api import create_app

    status = {"emissions": {"ready": False, "last_frame_at": AT}}
    bureau.app = create_app(replace(bureau.services, readiness=lambda: status))
    answer = bureau.call("GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json()["adapters"]["emissions"]["ready"] is False


def test_metrics_count_what_is_in_the_database(bureau: Bureau) -> None:
    bureau.task()
    bureau.alert()
    heard(bureau)
    bureau.services.metrics.frames(
        {("hj212", "tolerated"): 1}, {("hj212", "crc-mismatch"): 1}, observations=3
    )
    text = bureau.call("GET", "/metrics").text
    for line in (
        'offsite_monitor_tasks{state="queued"} 1.0',
        'offsite_monitor_alerts_open{rule="exceedance"} 1.0',
        "offsite_monitor_quarantined_devices 1.0",
        'offsite_monitor_frames_total{adapter="hj212",verdict="tolerated"} 1.0',
        'offsite_monitor_frame_problems_total{adapter="hj212",problem="crc-mismatch"} 1.0',
        "offsite_monitor_observations_total 3.0",
        'offsite_monitor_source_age_seconds{adapter="hj212"}',
    ):
        assert line in text


# --- the document ---------------------------------------------------------------------------


def test_the_documentation_works_offline(bureau: Bureau, served: Served) -> None:
    page = wire.get(f"{served.url}/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/assets/{asset}" in page
        assert wire.get(f"{served.url}/docs/assets/{asset}").status_code == 200
    document = wire.get(f"{served.url}/api/v1/openapi.json").json()
    assert document == wire.get(f"{served.url}/openapi.json").json()


def test_every_operation_has_an_id_a_text_and_named_shapes(bureau: Bureau) -> None:
    ids = []
    for methods in bureau.app.openapi()["paths"].values():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation["description"], operation["operationId"]
            for status, answer in operation["responses"].items():
                shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
                named = "$ref" in shape or not shape
                assert named, (operation["operationId"], status)
    assert len(ids) == len(set(ids))


def test_an_alert_shows_the_law_of_the_day_of_the_act(bureau: Bureau) -> None:
    for day, title in (
        (date(2026, 8, 14), "中华人民共和国环境保护法"),
        (date(2026, 8, 15), "生态环境法典"),
    ):
        start = to_ms(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        number = bureau.alert(start_ms=start, end_ms=start + 3_600_000)
        assert title in {each["title"] for each in get(bureau, f"alerts/{number}")["legal_basis"]}

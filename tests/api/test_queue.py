"""The officers' queue over HTTP: list, filters, pages, the life of a task."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from monitor.actions import clockwork
from monitor.api import schemas
from monitor.store import alerts as alert_rows
from monitor.store import tasks as task_rows
from tests.api.conftest import AT, EAST, WEST, ZONE, Bureau

REPORT = {
    "result": "confirmed",
    "findings": "在线设备正常，超标属实",
    "inspected_at": "2026-11-20T15:30:00+08:00",
    "officers": ["Li 001", "Wang 002"],
}


def test_from_queue_to_closed(bureau: Bureau) -> None:
    task = bureau.task()
    path = f"tasks/{task['id']}"
    claimed = bureau.call("POST", f"{path}/claim", "officer", "东区").json()
    schemas.Claimed.model_validate(claimed)
    lease = {"lease": claimed["lease"]["token"]}
    renewed = bureau.call("POST", f"{path}/renew", "officer", "东区", json=lease)
    assert renewed.json()["lease"]["token"] == lease["lease"]
    done = bureau.call("POST", f"{path}/complete", "officer", "东区", json=lease | REPORT)
    assert (done.status_code, done.json()["state"]) == (200, "reported")
    closed = bureau.call("POST", f"{path}/close", "supervisor", "东区", json={"reason": "同意"})
    assert closed.json()["state"] == "closed"
    found = bureau.call("GET", path, "viewer", "东区").json()
    schemas.TaskDetail.model_validate(found)
    assert [line["change"] for line in found["history"]] == ["queued", "claim", "complete", "close"]
    assert found["result"]["findings"] == REPORT["findings"]


def test_case_and_relief_are_kept_with_the_report(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    lease = bureau.call("POST", f"{path}/claim", json={"device": "d"}).json()["lease"]["token"]
    more = {"lease": lease, "case": {"filed_on": "2026-11-20"}, "relief": {"kind": "no_penalty"}}
    done = bureau.call("POST", f"{path}/complete", json=REPORT | more).json()
    assert done["result"]["case"] == {"filed_on": "2026-11-20"}
    assert done["result"]["relief"] == {"kind": "no_penalty"}


def test_a_taken_lease_answers_409_and_says_who(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    lease = bureau.call("POST", f"{path}/claim", "officer", "东区").json()["lease"]["token"]
    refused = bureau.call("POST", f"{path}/claim", "officer")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:offsite-monitor:problem:conflict"
    assert "officer 东区" in refused.json()["detail"]
    bureau.clock.at += timedelta(hours=2)
    assert bureau.call("POST", f"{path}/claim", "officer").status_code == 200
    late = bureau.call(
        "POST", f"{path}/complete", "officer", "东区", json=REPORT | {"lease": lease}
    )
    assert late.status_code == 409
    assert late.json()["type"] == "urn:offsite-monitor:problem:lease-lost"


def test_released_and_withdrawn(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    lease = bureau.call("POST", f"{path}/claim").json()["lease"]["token"]
    assert bureau.call("POST", f"{path}/release", json={"lease": lease}).json()["state"] == "queued"
    gone = bureau.call("POST", f"{path}/withdraw", json={"reason": "误报"})
    assert gone.json()["state"] == "withdrawn"
    again = bureau.call("POST", f"{path}/withdraw", json={"reason": "误报"})
    assert again.status_code == 409


def test_a_task_by_hand_is_created_once_and_then_joined(bureau: Bureau) -> None:
    body = {"uscc": EAST, "trigger": "complaint", "reason": "臭", "due_at": "2026-11-25"}
    first = bureau.call("POST", "tasks", json=body)
    assert first.status_code == 201
    assert first.headers["location"] == f"/api/v1/tasks/{first.json()['id']}"
    assert first.json()["due_at"] == "2026-11-26T00:00:00+08:00"
    schemas.Task.model_validate(first.json())
    second = bureau.call("POST", "tasks", json=body)
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_a_place_will_do(bureau: Bureau) -> None:
    body = {"place": {"longitude": 116.4, "latitude": 39.9}, "reason": "黑烟"}
    made = bureau.call("POST", "tasks", "supervisor", "东区", json=body)
    assert made.status_code == 201
    assert (made.json()["enterprise"], made.json()["district"]) == (None, "东区")


def test_the_most_urgent_comes_first_and_pages_join_up(bureau: Bureau) -> None:
    made = [
        bureau.task(None, place={"longitude": 1, "latitude": 1}, priority=p, due_at=due)  # type: ignore[arg-type]
        for p, due in [(3, "2026-11-30"), (1, "2026-12-30"), (3, "2026-11-25"), (2, "2026-12-01")]
    ]
    expected = [made[i]["id"] for i in (1, 3, 2, 0)]
    found: list[int] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        body = bureau.call("GET", "tasks", params=params).json()
        found += [task["id"] for task in body["items"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert found == expected


def test_filters(bureau: Bureau) -> None:
    east, west = bureau.task(EAST), bureau.task(WEST, priority=1, due_at="2026-11-20")
    bureau.call("POST", f"tasks/{east['id']}/claim", "officer", "东区")

    def ids(**params: Any) -> list[int]:
        return [t["id"] for t in bureau.call("GET", "tasks", params=params).json()["items"]]

    assert ids() == [west["id"], east["id"]]
    assert ids(state="queued") == [west["id"]]
    assert ids(state=["queued", "claimed"]) == [west["id"], east["id"]]
    assert ids(state="closed") == []
    assert ids(district="东区") == [east["id"]]
    assert ids(priority=1) == [west["id"]]
    assert ids(officer="officer 东区") == [east["id"]]
    assert ids(due_before="2026-11-22") == [west["id"]]
    assert ids(due_before="2026-11-22T15:00:00+08:00") == [west["id"]]


def test_what_a_supervisor_has_to_look_at(bureau: Bureau) -> None:
    soon, quiet = bureau.task(EAST, due_at="2026-11-20"), bureau.task(WEST)
    bureau.call("POST", f"tasks/{quiet['id']}/escalate", json={"reason": "企业拒绝入内"})

    def ids(attention: str) -> list[int]:
        answer = bureau.call("GET", "tasks", "supervisor", params={"attention": attention})
        return [t["id"] for t in answer.json()["items"]]

    assert ids("due_soon") == [soon["id"]]
    assert ids("stuck") == [quiet["id"]]
    assert ids("overdue") == ids("provisional") == []
    bureau.clock.at += timedelta(hours=8)
    clockwork.mark_overdue(bureau.desk)
    assert ids("overdue") == [soon["id"]]
    assert ids("due_soon") == []
    bureau.call("POST", f"tasks/{soon['id']}/withdraw", json={"reason": "误报"})
    assert ids("overdue") == []


def test_the_whole_life_over_http(bureau: Bureau) -> None:
    number = bureau.task(EAST)["id"]

    def step(name: str, role: str = "supervisor", **body: Any) -> Any:
        answer = bureau.call("POST", f"tasks/{number}/{name}", role, "东区", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    bureau.token("officer", "东区")
    step("transfer", reason="x", officer="officer 东区")
    step("extend", reason="x", due_at="2026-12-01")
    step("suspend", reason="x", until="2026-11-25")
    assert step("resume")["state"] == "queued"
    step("claim", "officer")
    assert step("return", "officer", reason="x")["returned_at"]
    assert step("escalate", "officer", reason="x")["level"] == 1
    lease = step("claim", "officer")["lease"]["token"]
    report = {
        "lease": lease, "result": "confirmed", "findings": "属实", "record": "示例1号",
        "inspected_at": "2026-11-20T15:00:00+08:00", "officers": ["A001", "A002"],
        "recheck_on": "2026-11-20",
    }  # fmt: skip
    owed = step("complete", "officer", **report)["follow_ups"]
    assert step("close", reason="同意")["state"] == "closed"
    file_case = next(each["id"] for each in owed if each["kind"] == "file_case")
    recheck = next(each["id"] for each in owed if each["kind"] == "recheck")
    step(f"follow-ups/{file_case}/defer", reason="x", due_on="2026-12-10")
    step(f"follow-ups/{file_case}/done", "officer", on="2026-11-20")
    again = step(
        f"follow-ups/{recheck}/done", "officer", on="2026-11-20", passed=False, reason="仍超标"
    )
    assert again["state"] == "queued"
    other = bureau.call("POST", f"tasks/{number}/follow-ups/999/done", json={"on": "2026-11-20"})
    assert other.status_code == 409  # queued again: nothing follows it yet


def test_an_unchanged_answer_is_304(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    for url in ("tasks", path):
        tag = bureau.call("GET", url).headers["etag"]
        same = bureau.call("GET", url, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
        bureau.call("POST", f"{path}/claim")
        other = bureau.call("GET", url, headers={"If-None-Match": tag})
        assert other.status_code == 200
        bureau.clock.at += timedelta(hours=2)


def test_wrong_queries_are_named(bureau: Bureau) -> None:
    cases = {
        "state=lost": "state",
        "due_before=yesterday": "due_before",
        "due_before=2026-11-20T08:00:00": "due_before",
        "limit=1001": "limit",
        "limit=0": "limit",
        "priority=9": "priority",
        "cursor=xyz": "cursor",
        "cursor=WyJ0YXNrcyIsMSwiMjAyNiJd": "cursor",
        "cursor=WyJ0YXNrcyIsMSwieCIsMV0": "cursor",
    }
    for query, word in cases.items():
        answer = bureau.call("GET", f"tasks?{query}")
        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert word in answer.json()["detail"]


WRONG_REPORTS: tuple[dict[str, Any], ...] = (
    {"result": "perhaps"},
    {"officers": []},
    {"officers": [" "]},
    {"inspected_at": "2026-11-21T08:00:00+08:00"},
    {"inspected_at": "today"},
    {"findings": ""},
    {"findings": "a\0b"},
    {"findings": "\ud800"},
    {"surprise": 1},
    {"case": {"note": "a\0b"}},
    {"case": {"note": float("nan")}},
    {"relief": {"note": ["x" * 5000]}},
)


def test_wrong_reports_are_refused_and_change_nothing(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    lease = bureau.call("POST", f"{path}/claim").json()["lease"]["token"]
    json_type = {"Content-Type": "application/json"}
    for change in WRONG_REPORTS:
        body = json.dumps(REPORT | {"lease": lease} | change)
        answer = bureau.call("POST", f"{path}/complete", content=body, headers=json_type)
        assert answer.status_code == 422, change
    assert bureau.call("GET", path).json()["state"] == "claimed"


def test_what_is_not_there_is_404(bureau: Bureau) -> None:
    for path in ("tasks/999", "alerts/999", "enterprises/none", "frames/1", "webhooks/1"):
        answer = bureau.call("GET", path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:offsite-monitor:problem:not-found"
    assert bureau.call("POST", "tasks/999/claim").status_code == 404
    assert bureau.call("POST", "tasks", json={"uscc": "X", "reason": "x"}).status_code == 404


def test_the_moment_stands_still_in_these_tests(bureau: Bureau) -> None:
    assert bureau.task()["queued_at"] == AT.astimezone(bureau.desk.zone).isoformat()


def test_whatever_a_task_shows_makes_another_version_of_it(bureau: Bureau) -> None:
    """Lists show what was made once for a version: nothing may change without it."""
    seen: dict[tuple[int, int], Any] = {}

    def look() -> None:
        for listed in bureau.call("GET", "tasks", params={"limit": 1000}).json()["items"]:
            with bureau.store.read() as connection:
                made = task_rows.shape(connection, [listed["id"]], ZONE)[listed["id"]]
            assert listed == json.loads(json.dumps(made))
            assert seen.setdefault((listed["id"], listed["version"]), listed) == listed

    first = bureau.alert(EAST)
    bureau.call("POST", f"alerts/{first}/screen", json={"verdict": "verify", "reason": "x"})
    look()
    number = bureau.call("GET", f"alerts/{first}").json()["task"]
    second = bureau.alert(EAST, start_ms=1_790_003_600_000)
    bureau.call("POST", f"alerts/{second}/screen", json={"verdict": "verify", "reason": "y"})
    look()
    third = bureau.alert(WEST)
    with bureau.store.write() as connection:
        alert_rows.change(connection, third, {"task": number})
    look()

    def step(name: str, role: str = "supervisor", **body: Any) -> Any:
        answer = bureau.call("POST", f"tasks/{number}/{name}", role, "东区", json=body)
        assert answer.status_code == 200, answer.text
        look()
        return answer.json()

    lease = step("claim", "officer")["lease"]["token"]
    step("renew", "officer", lease=lease)
    bureau.clock.at += timedelta(hours=30)
    for sweep in clockwork.SWEEPS.values():
        sweep(bureau.desk)
        look()
    lease = step("claim", "officer")["lease"]["token"]
    report = REPORT | {"lease": lease, "recheck_on": "2026-11-21"}
    owed = step("complete", "officer", **report)["follow_ups"]
    case = next(each["id"] for each in owed if each["kind"] == "file_case")
    step(f"follow-ups/{case}/defer", reason="x", due_on="2026-12-10")
    step(f"follow-ups/{case}/done", on="2026-11-20")
    bureau.clock.at += timedelta(days=200)
    for sweep in clockwork.SWEEPS.values():
        sweep(bureau.desk)
        look()
    assert len(seen) > 8

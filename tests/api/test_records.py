"""Cases, reliefs, documents and typical cases: recorded, amended, struck out, within districts."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.api.conftest import EAST, WEST, Bureau

CASE = {"uscc": EAST, "act_on": "2026-11-01", "filed_on": "2026-11-05"}
RELIEF = {"uscc": EAST, "on": "2026-11-06", "kind": "no_penalty"}
DOCUMENT = {
    "number": "示例环发〔2026〕7号",
    "title": "正面清单管理细则",
    "issued_on": "2026-10-08",
    "district": "东区",
}
TYPICAL = {
    "uscc": EAST,
    "chosen_on": "2026-11-10",
    "major": True,
    "title": "某企业超标排放案",
    "text": "某企业二氧化硫小时均值超标，已依法立案处罚。",
}
REPORT = {
    "result": "confirmed",
    "findings": "现场核实超标",
    "inspected_at": "2026-11-20T10:00:00+08:00",
    "officers": ["示例甲", "示例乙"],
}


def made(bureau: Bureau, noun: str, body: dict[str, Any], *who: str) -> dict[str, Any]:
    answer = bureau.call("POST", noun, *(who or ("officer",)), json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("cases", CASE),
        ("reliefs", RELIEF),
        ("documents", DOCUMENT),
        ("typical-cases", TYPICAL),
    ],
)
def test_recorded_shown_struck_out(bureau: Bureau, noun: str, body: dict[str, Any]) -> None:
    first = made(bureau, noun, body, "officer", "东区")
    assert first.items() >= body.items()
    assert bureau.call("GET", f"{noun}/{first['id']}").json() == first
    assert bureau.call("GET", noun).json()["items"] == [first]
    assert bureau.call("GET", noun, "viewer", "西区").json()["items"] == []
    assert bureau.call("GET", f"{noun}/{first['id']}", "viewer", "西区").status_code == 404
    assert bureau.call("GET", noun, params={"to": "2026-01-01"}).json()["items"] == []
    assert bureau.call("DELETE", f"{noun}/{first['id']}?reason=x", "officer").status_code == 403
    gone = bureau.call("DELETE", f"{noun}/{first['id']}", params={"reason": "录错"})
    assert gone.status_code == 204
    assert bureau.call("GET", noun).json()["items"] == []
    kept = bureau.call("GET", noun, params={"struck_out": True}).json()["items"]
    assert [each["struck_out"]["reason"] for each in kept] == ["录错"]
    assert bureau.call("PATCH", f"{noun}/{first['id']}", json={}).status_code == 409
    trail = [each["action"] for each in bureau.call("GET", "audit").json()["items"]]
    assert [each for each in trail if "strike-out" in each or "enter" in each] == [
        f"{noun[:-1]}.enter",
        f"{noun[:-1]}.strike-out",
    ]


def test_an_amended_case_keeps_what_it_said(bureau: Bureau) -> None:
    case = made(bureau, "cases", CASE | {"penalty": "罚款五万元"})
    path = f"cases/{case['id']}"
    changed = bureau.call(
        "PATCH", path, "officer", json={"decided_on": "2026-11-18", "reason": "已作出决定"}
    ).json()
    assert (changed["decided_on"], changed["penalty"]) == ("2026-11-18", "罚款五万元")
    (before,) = bureau.call("GET", f"{path}/versions").json()["items"]
    assert (before["version"], before["reason"]) == (1, "已作出决定")
    assert before["content"]["decided_on"] is None
    assert bureau.call("PATCH", path, json={"filed_on": None}).status_code == 422
    wrong = bureau.call("PATCH", path, json={"filed_on": "2026-10-01"})
    assert (wrong.status_code, "act_on" in wrong.json()["detail"]) == (422, True)


def test_an_edit_of_two_clerks_at_once_loses_neither(bureau: Bureau) -> None:
    case = made(bureau, "cases", CASE)
    path = f"cases/{case['id']}"
    tag = {"If-Match": bureau.call("GET", path).headers["ETag"]}
    edits = ({"number": "示例立〔2026〕1号"}, {"violation": "超标排放"})
    bureau.headers()  # the token, before two ask for it
    clerks = [
        threading.Thread(target=bureau.call, args=("PATCH", path), kwargs={"json": each})
        for each in edits
    ]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    now = bureau.call("GET", path).json()
    assert now.items() >= (edits[0] | edits[1]).items()
    assert now["version"] == 3
    late = bureau.call("PATCH", path, json={"number": "另一个"}, headers=tag)
    assert late.status_code == 412
    assert bureau.call("GET", path).json() == now


def test_what_does_not_fit_is_refused(bureau: Bureau) -> None:
    def refused(noun: str, body: dict[str, Any], *who: str) -> int:
        return bureau.call("POST", noun, *(who or ("officer",)), json=body).status_code

    assert refused("cases", CASE | {"uscc": "91110000100000000X"}) == 404
    assert refused("cases", CASE, "officer", "西区") == 404
    assert refused("cases", CASE | {"filed_on": "2026-10-01"}) == 422
    assert refused("cases", CASE | {"act_on": "1999-12-31"}) == 422
    assert refused("cases", CASE, "viewer") == 403
    assert refused("reliefs", RELIEF | {"kind": "kindness"}) == 422
    case = made(bureau, "cases", CASE)["id"]
    assert refused("reliefs", RELIEF | {"uscc": WEST, "case": case}) == 422
    assert refused("reliefs", RELIEF | {"case": case + 1}) == 404
    made(bureau, "documents", DOCUMENT)
    assert refused("documents", DOCUMENT) == 409
    assert refused("documents", DOCUMENT | {"district": "西区"}, "officer", "东区") == 404
    task = bureau.task()["id"]
    assert refused("cases", CASE | {"uscc": WEST, "task": task}) == 422
    assert refused("cases", CASE | {"task": task + 1}) == 404


def test_a_text_for_the_public_names_nobody_who_must_not_be_named(bureau: Bureau) -> None:
    for text in ("厂超标", f"{EAST} 超标", "电话 13800138000", "身份证 110101199003070011"):
        answer = bureau.call("POST", "typical-cases", json=TYPICAL | {"text": text})
        assert (answer.status_code, "names" in answer.text) == (422, True), text
    named = made(bureau, "typical-cases", TYPICAL | {"text": "厂超标", "names_enterprise": True})
    assert named["names_enterprise"]


def visited(bureau: Bureau, **more: Any) -> int:
    number = bureau.task()["id"]
    lease = bureau.call("POST", f"tasks/{number}/claim").json()["lease"]["token"]
    done = bureau.call("POST", f"tasks/{number}/complete", json=REPORT | {"lease": lease} | more)
    assert done.status_code == 200, done.text
    return int(number)


def test_a_report_records_its_case_and_its_relief(bureau: Bureau) -> None:
    task = visited(
        bureau,
        case={"filed_on": "2026-11-20", "number": "示例立〔2026〕2号", "note": "以后补"},
        relief={"kind": "extended_correction", "on": "2026-11-19"},
    )
    (case,) = bureau.call("GET", "cases").json()["items"]
    (relief,) = bureau.call("GET", "reliefs").json()["items"]
    assert (case["task"], case["act_on"], case["number"]) == (
        task,
        "2026-11-20",
        "示例立〔2026〕2号",
    )
    assert (relief["task"], relief["case"], relief["on"]) == (task, case["id"], "2026-11-19")
    again = bureau.call("POST", "cases", json=CASE | {"task": task} | {n: case[n] for n in _SAME})
    assert again.status_code == 409


_SAME = ("act_on", "filed_on")


@pytest.mark.parametrize(
    "wrong", [{"relief": {"kind": "nothing"}}, {"case": {"filed_on": "yesterday"}}]
)
def test_a_report_with_a_record_that_cannot_be_is_refused_whole(
    bureau: Bureau, wrong: dict[str, Any]
) -> None:
    number = bureau.task()["id"]
    lease = bureau.call("POST", f"tasks/{number}/claim").json()["lease"]["token"]
    body = REPORT | {"lease": lease} | wrong
    assert bureau.call("POST", f"tasks/{number}/complete", json=body).status_code == 422
    assert bureau.call("GET", f"tasks/{number}").json()["state"] == "claimed"


def test_what_a_task_owes_and_its_case_go_together(bureau: Bureau) -> None:
    task = visited(bureau)
    owed = {each["kind"]: each for each in _owed(bureau, task)}
    assert owed["file_case"]["done_on"] is None
    case = made(bureau, "cases", CASE | {"task": task})
    owed = {each["kind"]: each for each in _owed(bureau, task)}
    assert (owed["file_case"]["done_on"], owed["decide_case"]["done_on"]) == ("2026-11-05", None)
    number = owed["decide_case"]["id"]
    settled = bureau.call(
        "POST", f"tasks/{task}/follow-ups/{number}/done", json={"on": "2026-11-19"}
    )
    assert settled.status_code == 200, settled.text
    assert bureau.call("GET", f"cases/{case['id']}").json()["decided_on"] == "2026-11-19"


def test_a_case_that_is_said_to_be_filed_is_recorded(bureau: Bureau) -> None:
    task = visited(bureau)
    (owed,) = _owed(bureau, task)
    path = f"tasks/{task}/follow-ups/{owed['id']}/done"
    assert bureau.call("POST", path, json={"on": "2026-11-20"}).status_code == 200
    (case,) = bureau.call("GET", "cases").json()["items"]
    assert (case["task"], case["filed_on"]) == (task, "2026-11-20")


def _owed(bureau: Bureau, task: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bureau.call("GET", f"tasks/{task}").json()["follow_ups"]
    return found


def test_a_case_stands_against_inclusion_until_it_is_withdrawn(bureau: Bureau) -> None:
    def stands() -> str:
        asked = {"category": "6", "on": "2026-11-20"}
        found = bureau.call("GET", f"enterprises/{EAST}/inclusion", params=asked).json()
        (answer,) = [each for each in found["conditions"] if each["condition"] == "cases"]
        return str(answer["outcome"])

    assert stands() == "holds"
    number = made(bureau, "cases", CASE)["id"]
    assert stands() == "fails"
    bureau.call("PATCH", f"cases/{number}", json={"withdrawn_on": "2026-11-19"})
    assert stands() == "holds"

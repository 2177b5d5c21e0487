"""Complaints by the API: recorded once with their task, taken along their steps, told when late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from monitor.actions.clockwork import SYSTEM, settle_complaints, tell_late_complaints
from monitor.actions.complaining import record
from monitor.alert import Outcome, Policy
from monitor.calendar import Calendar
from monitor.complaint import Said
from monitor.register import Enterprise
from monitor.store import complaints
from monitor.store.tables import complaint_reporters
from monitor.terms import Terms
from tests.api.conftest import AT, EAST, WEST, ZONE, Bureau

WHO = {"name": "示例举报人甲", "phone": "138-0000-0000", "address": "示例路 7 号"}


def body(**more: Any) -> dict[str, Any]:
    return {
        "channel": "12345",
        "reference": "示例-2026-0001",
        "received_at": "2026-11-20T09:00:00+08:00",
        "uscc": EAST,
        "text": "夜间有刺鼻气味。示例举报人甲，电话 13800000000。",
        "reporter": WHO,
    } | more


def recorded(bureau: Bureau, role: str = "officer", **more: Any) -> dict[str, Any]:
    answer = bureau.call("POST", "complaints", role, json=body(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(bureau: Bureau, number: int, name: str, **said: Any) -> dict[str, Any]:
    answer = bureau.call("POST", f"complaints/{number}/{name}", "supervisor", json=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def report(bureau: Bureau, task: int) -> None:
    lease = bureau.call("POST", f"tasks/{task}/claim", "officer").json()["lease"]["token"]
    said = {
        "lease": lease,
        "result": "confirmed",
        "findings": "属实",
        "inspected_at": "2026-11-20T10:00:00+08:00",
        "officers": ["示例01", "示例02"],
    }
    answer = bureau.call("POST", f"tasks/{task}/complete", "officer", json=said)
    assert answer.status_code == 200, answer.text


def boundary(west: float) -> str:
    east, south, north = west + 0.01, 30.0, 30.01
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


def with_boundaries(bureau: Bureau) -> None:
    """East from 100.00 to 100.01, West from 100.05 to 100.06."""
    owners = {EAST: ("东厂", "东区", 100.0), WEST: ("西厂", "西区", 100.05)}
    enterprises = tuple(
        Enterprise(uscc=uscc, name=name, district=district, boundary=boundary(west))
        for uscc, (name, district, west) in owners.items()
    )
    bureau.books[0] = replace(bureau.books[0], enterprises=enterprises)


def test_a_complaint_is_a_mandatory_task_whoever_is_listed(bureau: Bureau) -> None:
    found = recorded(bureau)
    assert found["text"] == "夜间有刺鼻气味。〔举报人〕，电话 〔举报人〕。"
    assert (found["state"], found["named"], found["reporter_kept"]) == ("received", True, True)
    task = bureau.call("GET", f"tasks/{found['task']}").json()
    assert (task["trigger"], task["mandatory"], task["state"]) == ("complaint", True, "queued")
    assert (task["listing"]["listed"], task["alerts"]) == (True, [found["alert"]])
    assert task["start_condition"]["kind"] == "complaint"
    alert = bureau.call("GET", f"alerts/{found['alert']}").json()
    assert (alert["rule"], alert["outcome"], alert["state"]) == ("complaint", "verify", "open")
    other = recorded(bureau, uscc=WEST, reference="2", received_at="2025-01-01T00:00:00+08:00")
    task = bureau.call("GET", f"tasks/{other['task']}").json()
    assert task["listing"]["listed"] is False  # and older than any act_within_days
    assert bureau.call("GET", f"alerts/{found['alert']}/evidence").status_code == 200


def test_the_same_number_again_is_the_same_and_other_ones_join_while_it_is_open(
    bureau: Bureau,
) -> None:
    first = recorded(bureau)
    again = bureau.call("POST", "complaints", "supervisor", json=body(text="又一遍"))
    assert (again.status_code, again.json()) == (200, first)
    guessed = bureau.call("POST", "complaints", "feeder", json=body(text="又一遍"))
    assert guessed.status_code == 409, "who only feeds sees what it has recorded itself"
    assert first["text"] not in guessed.text
    second = recorded(bureau, "feeder", reference="2")
    assert (second["id"] != first["id"], second["task"]) == (True, first["task"])
    report(bureau, first["task"])
    third = recorded(bureau, reference="3")
    assert third["task"] not in (None, first["task"])


def test_a_place_is_of_the_one_boundary_that_it_touches_and_else_nobodys(bureau: Bureau) -> None:
    with_boundaries(bureau)
    inside = recorded(bureau, uscc=None, place={"longitude": 100.005, "latitude": 30.005})
    assert inside["enterprise"] == {"uscc": EAST, "name": "东厂", "district": "东区"}
    near = {"longitude": 100.02, "latitude": 30.005}
    found = recorded(bureau, uscc=None, place=near, reference="2")
    assert (found["enterprise"], found["nearest"]["name"]) == (None, "东厂")
    assert 900 < found["nearest"]["distance"] < 1000
    task = bureau.call("GET", f"tasks/{found['task']}").json()
    assert (task["enterprise"], task["place"]["longitude"]) == (None, 100.02)
    beside = {"longitude": 100.022, "latitude": 30.005}  # 190 m away
    assert recorded(bureau, uscc=None, place=beside, reference="3")["task"] == found["task"]
    away = {"longitude": 100.03, "latitude": 30.005}
    assert recorded(bureau, uscc=None, place=away, reference="4")["task"] != found["task"]
    report(bureau, found["task"])
    after = recorded(bureau, uscc=None, place=near, reference="5")
    assert after["task"] not in (None, found["task"])


def test_silences_mute_no_complaint_and_an_outcome_that_is_set_is_kept(bureau: Bureau) -> None:
    silence = {"uscc": EAST, "reason": "检修", "until": "2026-11-25"}
    assert bureau.call("POST", "silences", "supervisor", json=silence).status_code == 201
    found = recorded(bureau)
    assert bureau.call("GET", f"alerts/{found['alert']}").json()["muted_by"] is None
    assert found["task"] is not None
    kinds = [event["type"] for event in bureau.call("GET", "events").json()["items"]]
    assert kinds == ["alert.opened", "task.queued"]
    grading = replace(Policy(), rules=Policy().rules | {"complaint": Outcome.SCREEN})
    object.__setattr__(bureau.desk, "grading", lambda: grading)
    with_boundaries(bureau)
    place = {"longitude": 100.02, "latitude": 30.005}
    screened = recorded(bureau, uscc=None, place=place, reference="2")
    assert screened["task"] is None
    step(bureau, screened["id"], "accept")
    refused = bureau.call("POST", f"complaints/{screened['id']}/close", json={"outcome": "无"})
    assert (refused.status_code, "not screened" in refused.text) == (409, True)
    verdict = {"verdict": "verify", "reason": "去看"}
    answer = bureau.call("POST", f"alerts/{screened['alert']}/screen", "supervisor", json=verdict)
    task = bureau.call("GET", f"tasks/{answer.json()['task']}").json()
    assert task["place"] == {"longitude": 100.02, "latitude": 30.005}


def test_the_life_of_a_complaint(bureau: Bureau) -> None:
    found = recorded(bureau)
    number = found["id"]
    owed = {each["kind"]: each["due_at"] for each in found["deadlines"]}
    assert owed == {
        "hand_on": "2026-11-26T00:00:00+08:00",  # a Friday; Monday, Tuesday, Wednesday
        "tell": "2026-12-06T00:00:00+08:00",
        "close": "2027-01-20T00:00:00+08:00",
    }
    accepted = step(bureau, number, "accept", close_by="2026-12-01")
    assert accepted["state"] == "accepted"
    left = [each for each in accepted["deadlines"] if each["settled_at"] is None]
    assert [(each["kind"], each["due_at"]) for each in left] == [
        ("close", "2026-12-02T00:00:00+08:00")
    ]
    longer = step(bureau, number, "extend", due_at="2026-12-31", reason="情况复杂，示例举报人甲")
    assert longer["history"][-1]["reason"] == "情况复杂，〔举报人〕"
    said = {"due_at": "2027-01-02", "reason": "还要"}
    assert bureau.call("POST", f"complaints/{number}/extend", json=said).status_code == 422
    early = bureau.call("POST", f"complaints/{number}/close", json={"outcome": "属实"})
    assert (early.status_code, f"task {found['task']} is queued" in early.text) == (409, True)
    report(bureau, found["task"])
    closed = step(bureau, number, "close", outcome="属实，已立案；已告知示例举报人甲")
    assert (closed["state"], closed["outcome"]) == ("closed", "属实，已立案；已告知〔举报人〕")
    assert (closed["feedback"], closed["feedback_owed"]) == (None, True)
    assert bureau.call("GET", f"alerts/{found['alert']}").json()["state"] == "cleared"
    told = step(bureau, number, "feedback", reason="电话告知")
    assert (told["feedback"]["by"], told["feedback_owed"]) == ("supervisor", False)
    again = bureau.call("POST", f"complaints/{number}/accept", json={})
    assert again.status_code == 409
    steps = [line["step"] for line in told["history"]]
    assert steps == ["record", "accept", "extend", "close", "feedback"]
    trail = [entry["action"] for entry in bureau.call("GET", "audit").json()["items"]]
    assert {f"complaint.{name}" for name in steps} <= set(trail)


def test_refused_and_handed_on_ones_leave_their_task_to_a_supervisor(bureau: Bureau) -> None:
    first = recorded(bureau)
    assert step(bureau, first["id"], "refuse", reason="不属于")["state"] == "refused"
    assert bureau.call("GET", f"tasks/{first['task']}").json()["state"] == "queued"
    second = recorded(bureau, reference="2")
    moved = step(bureau, second["id"], "hand-on", district="西区", reason="属西区")
    assert (moved["state"], moved["district"]) == ("received", "西区")
    assert moved["enterprise"]["district"] == "东区"
    seen = bureau.call("GET", f"tasks/{moved['task']}", "officer", "西区")
    assert seen.status_code == 200
    assert bureau.call("GET", f"complaints/{second['id']}", "officer", "西区").status_code == 200
    assert bureau.call("GET", f"complaints/{second['id']}", "officer", "东区").status_code == 404
    away = step(bureau, second["id"], "hand-on", body="示例水务局", reason="属水务")
    assert (away["state"], away["history"][-1]["data"]) == ("handed_on", {"body": "示例水务局"})
    both = {"district": "东区", "body": "示例局", "reason": "？"}
    assert bureau.call("POST", f"complaints/{second['id']}/hand-on", json=both).status_code == 422


def test_lists_and_what_is_late_told_once(bureau: Bureau) -> None:
    first, second = recorded(bureau), recorded(bureau, uscc=WEST, reference="2", channel="letter")

    def ids(query: str, role: str = "admin", *districts: str) -> list[int]:
        answer = bureau.call("GET", f"complaints?{query}", role, *districts)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    both = [second["id"], first["id"]]
    assert ids("") == both
    assert ids("limit=1") == both[:1]
    following = bureau.call("GET", "complaints?limit=1").json()["next"]
    assert ids(f"cursor={following}") == both[1:]
    assert ids("channel=letter") == ids(f"uscc={WEST}") == ids("district=西区") == both[:1]
    assert ids("", "viewer", "东区") == both[1:]
    assert ids("from=2026-11-20&to=2026-11-20") == both
    assert ids("from=2026-11-21") == ids("overdue=true") == []
    step(bureau, second["id"], "accept")
    bureau.clock.at = AT + timedelta(days=10)
    assert ids("overdue=true") == ids("state=received") == [first["id"]]
    assert (tell_late_complaints(bureau.desk), tell_late_complaints(bureau.desk)) == (1, 0)
    history = bureau.call("GET", f"tasks/{first['task']}").json()["history"]
    (line,) = [each for each in history if each["change"] == "complaint-overdue"]
    assert line["data"] == {"complaint": first["id"], "owed": "hand_on"}
    events = bureau.call("GET", "events").json()["items"]
    assert [event["type"] for event in events].count("task.overdue") == 1


NAME = WHO["name"]
WRONG: tuple[tuple[dict[str, Any], int], ...] = (
    ({"channel": NAME}, 422),
    ({"uscc": NAME}, 404),
    ({"uscc": None}, 422),
    ({"reference": f"来自{NAME}"}, 422),
    ({"reference": f"{NAME} 1"}, 422),
    ({"received_at": "2026-11-21T09:00:00+08:00"}, 422),
    ({"received_at": NAME}, 422),
    ({"close_by": "2026-11-01"}, 422),
    ({"text": "x" * 10_001 + NAME}, 422),
    ({"reporter": [NAME]}, 422),
    ({"reporter": {"name": NAME + "x" * 4000}}, 422),
    ({"uscc": None, "place": {"longitude": NAME, "latitude": 30}}, 422),
)


def test_what_cannot_be_is_refused_and_not_repeated(bureau: Bureau) -> None:
    for wrong, status in WRONG:
        answer = bureau.call("POST", "complaints", json=body(**wrong))
        assert answer.status_code == status, (wrong, answer.text)
        assert NAME not in answer.text
    text = f'{{"reporter": {{"name": "{NAME}"}}'  # breaks off
    headers = {"Content-Type": "application/json"}
    answer = bureau.call("POST", "complaints", content=text.encode(), headers=headers)
    assert (answer.status_code, NAME in answer.text) == (422, False)
    assert bureau.call("GET", "complaints").json()["items"] == []


def test_who_it_was_is_told_to_few_with_a_reason_and_forgotten_in_time(bureau: Bureau) -> None:
    number = recorded(bureau)["id"]
    url = f"complaints/{number}/reporter"
    for role in ("officer", "viewer", "feeder"):
        assert bureau.call("GET", f"{url}?reason=x", role).status_code == 403
    assert bureau.call("GET", url, "supervisor").status_code == 422
    assert bureau.call("GET", f"{url}?reason=x", "supervisor", "西区").status_code == 404
    answer = bureau.call("GET", f"{url}?reason=回访示例举报人甲", "supervisor")
    assert answer.json() == {"reporter": WHO, "text": body()["text"]}
    assert answer.headers["cache-control"] == "no-store"
    looks = bureau.call("GET", "audit").json()["items"]
    (look,) = [entry for entry in looks if entry["action"] == "complaint.identify"]
    assert (look["actor"], look["data"]) == ("supervisor", {"reason": "回访〔举报人〕"})
    step(bureau, number, "refuse", reason="不属于")
    with bureau.store.write() as connection:
        assert complaints.drop_reporters(connection, AT) == 0
        assert complaints.drop_reporters(connection, AT + timedelta(days=1)) == 1
    assert bureau.call("GET", f"{url}?reason=x", "supervisor").status_code == 404
    assert bureau.call("GET", f"complaints/{number}").json()["reporter_kept"] is False


def test_without_a_master_secret_no_reporter_is_taken(bureau: Bureau) -> None:
    recorded(bureau, reporter=None, reference="1", text="匿名")
    known = recorded(bureau)["id"]
    policy = replace(bureau.desk.complaining, master=lambda: None)
    object.__setattr__(bureau.desk, "complaining", policy)
    answer = bureau.call("POST", "complaints", json=body(reference="2"))
    assert (answer.status_code, "keys.master" in answer.text) == (409, True)
    assert bureau.call("GET", f"complaints/{known}/reporter?reason=x").status_code == 409
    other = replace(policy, master=lambda: "另一个示例主密钥，也不少于十六个字")
    object.__setattr__(bureau.desk, "complaining", other)
    assert bureau.call("GET", f"complaints/{known}/reporter?reason=x").status_code == 409
    with bureau.store.read() as connection:
        assert len(connection.execute(select(complaint_reporters)).all()) == 1


def test_those_that_come_at_once_about_one_matter_are_one_task(bureau: Bureau) -> None:
    with_boundaries(bureau)
    where: list[dict[str, Any]] = [{"uscc": EAST}] * 3 + [{"place": (100.02, 30.005)}] * 3
    said = [
        Said(channel="visit", reference=str(number), received_at=AT, text="x", **each)
        for number, each in enumerate(where)
    ]
    with ThreadPoolExecutor(6) as pool:
        found = [shape for shape, _ in pool.map(partial(record, bureau.desk, SYSTEM), said)]
    assert len({each["id"] for each in found}) == 6
    assert len({each["task"] for each in found[:3]}) == 1
    assert len({each["task"] for each in found[3:]}) == 1
    assert found[0]["task"] != found[3]["task"]


def test_a_deadline_in_a_year_that_is_not_announced_is_counted_again(bureau: Bureau) -> None:
    bureau.clock.at = datetime(2040, 3, 1, 8, tzinfo=UTC)
    number = recorded(bureau, received_at="2040-03-01T09:00:00+08:00")["id"]

    def hand_on() -> dict[str, Any]:
        owed = bureau.call("GET", f"complaints/{number}").json()["deadlines"]
        (found,) = [each for each in owed if each["kind"] == "hand_on"]
        return dict(found)

    before = hand_on()
    assert (before["provisional"], before["due_at"]) == (True, "2040-03-07T00:00:00+08:00")
    assert settle_complaints(bureau.desk) == 0
    holiday = Calendar({date(2040, 3, 5): False}, frozenset({2040}))
    terms = Terms(zone=ZONE, calendar=holiday)
    object.__setattr__(bureau.desk, "terms", lambda: terms)
    assert (settle_complaints(bureau.desk), settle_complaints(bureau.desk)) == (1, 0)
    after = hand_on()
    assert (after["provisional"], after["due_at"]) == (False, "2040-03-08T00:00:00+08:00")


def test_the_form_is_one_page_in_two_languages(bureau: Bureau) -> None:
    for accepted, words in (("zh-CN", "信访举报登记"), ("en", "Record a complaint")):
        answer = bureau.call("GET", "complaints/form", headers={"Accept-Language": accepted})
        assert answer.headers["content-type"].startswith("text/html")
        assert words in answer.text
        assert "12345 政务服务便民热线" in answer.text
        assert "http" not in answer.text  # nothing from outside
        assert "default-src 'none'" in answer.headers["content-security-policy"]

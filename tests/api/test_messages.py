"""Contacts and messages: who may, what is queued with a reminder, and that no phone is in the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.api import create_app
from monitor.gateway import Gateway
from monitor.store import audit
from monitor.store import messages as rows
from tests.api.conftest import EAST, WEST, Bureau

PHONE, OTHER = "13900000000", "0551-60000000"
PEOPLE = [
    {"name": "示例甲", "phone": PHONE, "role": "环保负责人"},
    {"name": "示例乙", "phone": OTHER},
]


@pytest.fixture
def reaching(bureau: Bureau) -> Bureau:
    """The bureau with a gateway."""
    gateway = Gateway(url="https://gateway.example.org", body="")
    desk = replace(bureau.desk, reminding=replace(bureau.desk.reminding, gateway=gateway))
    services = replace(bureau.services, desk=desk)
    return replace(bureau, desk=desk, services=services, app=create_app(services))


def put(bureau: Bureau, uscc: str = EAST, people: Any = PEOPLE, *who: str, **more: Any) -> Any:
    return bureau.call("PUT", f"enterprises/{uscc}/contacts", *who, json=people, **more)


def queued(bureau: Bureau) -> list[Any]:
    """Messages as they are stored, oldest first."""
    with bureau.store.read() as connection:
        return rows.listed(connection, (), 100, None)[::-1]


def test_contacts_are_replaced_as_a_whole(bureau: Bureau) -> None:
    assert put(bureau).status_code == 200
    shown = bureau.call("GET", f"enterprises/{EAST}/contacts", "viewer", "东区")
    assert shown.json()["items"] == [PEOPLE[0], PEOPLE[1] | {"role": None}]
    seen = {"If-Match": shown.headers["ETag"]}
    assert put(bureau, EAST, PEOPLE[1:], headers=seen).json()["items"][0]["phone"] == OTHER
    assert put(bureau, EAST, [], headers=seen).status_code == 412
    assert put(bureau, EAST, [PEOPLE[0]] * 11).status_code == 422
    wrong = put(bureau, EAST, [PEOPLE[0], {"name": "示例", "phone": "12345"}])
    assert (wrong.status_code, "contact 2: phone" in wrong.text) == (422, True)
    assert put(bureau, EAST, PEOPLE, "officer", "东区").status_code == 403
    for method, who in (("GET", "viewer"), ("PUT", "supervisor")):
        path = f"enterprises/{EAST}/contacts"
        body = {"json": PEOPLE} if method == "PUT" else {}
        assert bureau.call(method, path, who, "西区", **body).status_code == 404


def test_guidance_goes_to_the_first_contacts(reaching: Bureau) -> None:
    put(reaching)
    body = {"usccs": [EAST, WEST, EAST], "text": "请学习新标准"}
    sent = reaching.call("POST", "messages", json=body)
    assert (sent.status_code, sent.json()) == (202, {"queued": 1, "without_contact": [WEST]})
    assert reaching.call("POST", "messages", "supervisor", "东区", json=body).status_code == 404
    (message,) = reaching.call("GET", "messages?state=queued", "viewer", "东区").json()["items"]
    assert message == {
        "id": message["id"],
        "enterprise": {"uscc": EAST, "name": "厂", "district": "东区"},
        "reminder": None,
        "to": PHONE,
        "text": "请学习新标准",
        "state": "queued",
        "attempts": 0,
        "next_at": "2026-11-20T16:00:00+08:00",
        "sent_at": None,
        "answer": None,
        "recorded_at": "2026-11-20T16:00:00+08:00",
        "recorded_by": "admin",
    }
    assert reaching.call("GET", "messages", "viewer", "西区").json()["items"] == []
    for query, count in (("from=2026-11-21", 0), ("to=2026-11-20", 1), (f"uscc={WEST}", 0)):
        assert len(reaching.call("GET", f"messages?{query}").json()["items"]) == count
    reaching.call("POST", "messages", json=body)
    first = reaching.call("GET", "messages?limit=1").json()
    second = reaching.call("GET", f"messages?limit=1&cursor={first['next']}").json()
    assert (second["items"][0]["id"], second["next"]) == (message["id"], None)


def test_a_reminder_is_sent_with_its_link_and_the_link_is_not_shown(reaching: Bureau) -> None:
    put(reaching)
    alert = reaching.alert(reason="二氧化硫超标")
    body = {"verdict": "remind", "reason": "x", "text": "请检查"}
    made = reaching.call("POST", f"alerts/{alert}/screen", json=body).json()["reminder"]
    assert [(row.text, row.link) for row in queued(reaching)] == [("请检查", made["link"])]
    again = reaching.call("POST", f"reminders/{made['id']}/renew").json()
    assert [(row.state, row.link) for row in queued(reaching)] == [
        ("failed", None),
        ("queued", again["link"]),
    ]
    listed = reaching.call("GET", "messages")
    assert listed.json()["items"][0]["reminder"] == made["id"]
    assert again["link"].rpartition("/")[2] not in listed.text
    form = {"text": "已修好"}
    path = again["link"].removeprefix("https://bureau.example.org")
    assert reaching.call("POST", path, data=form, files={"files": ("", b"")}).status_code == 200
    assert [row.state for row in queued(reaching)] == ["failed", "failed"]
    unknown = reaching.call("POST", "reminders", json={"uscc": WEST, "text": "x"})
    assert (unknown.status_code, len(queued(reaching))) == (201, 2)  # it has no contact


def test_without_a_gateway_nothing_is_queued(bureau: Bureau) -> None:
    put(bureau)
    assert bureau.call("POST", "reminders", json={"uscc": EAST, "text": "x"}).status_code == 201
    refused = bureau.call("POST", "messages", json={"usccs": [EAST], "text": "x"})
    assert (refused.status_code, "[reminders.gateway]" in refused.text) == (409, True)
    assert queued(bureau) == []


def test_the_trail_names_the_acts_and_no_phone(reaching: Bureau) -> None:
    put(reaching)
    reaching.clock.at += timedelta(minutes=1)
    reaching.call("POST", "messages", json={"usccs": [EAST], "text": "x"})
    reaching.call("POST", "reminders", json={"uscc": EAST, "text": "x"})
    with reaching.store.read() as connection:
        entries = audit.listed(connection, 0, 1000)
    acts = {entry.action: entry.data for entry in entries}
    assert acts["contacts.put"] == {"contacts": 2}
    assert acts["message.send"] == {"usccs": [EAST], "text": "x"}
    assert not [entry for entry in entries if PHONE in str(entry) or OTHER in str(entry)]

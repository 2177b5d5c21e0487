"""Reminders: a link for one reply, given once, and a page that needs no account."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.api.throttle import Throttle
from monitor.store import audit
from tests import wire
from tests.api.conftest import EAST, WEST, Bureau, Served
from tests.pictures import PDF, photo, video

EVIL = "<script>alert(1)</script>\"'&"


def remind(bureau: Bureau, text: str = "请检查", **more: Any) -> dict[str, Any]:
    answer = bureau.call("POST", "reminders", json={"uscc": EAST, "text": text} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def page(bureau: Bureau, link: str, method: str = "GET", **more: Any) -> httpx.Response:
    """What a browser gets, without any token."""
    path = link.removeprefix("https://bureau.example.org")
    headers = {"Authorization": ""} | more.pop("headers", {})
    return bureau.call(method, path, headers=headers, **more)


def reply(bureau: Bureau, link: str, text: str = "已修好", *files: bytes, **more: Any) -> Any:
    sent: list[tuple[str, Any]] = [("files", (f"{n}.jpg", each)) for n, each in enumerate(files)]
    sent = sent or [("files", ("", b""))]  # as a browser sends an input that was left empty
    return page(bureau, link, "POST", data={"text": text}, files=sent, **more)


def events(bureau: Bureau) -> list[tuple[str, Any]]:
    found = bureau.call("GET", "events").json()["items"]
    return [(each["type"], each["data"]["alert"]["reminders"]) for each in found]


def test_screening_with_remind_gives_a_link_once(bureau: Bureau) -> None:
    alert = bureau.alert(reason="二氧化硫超标")
    body = {"verdict": "remind", "reason": "第一次", "text": "请检查脱硫设施"}
    screened = bureau.call("POST", f"alerts/{alert}/screen", json=body).json()
    made = screened["reminder"]
    assert re.fullmatch(r"https://bureau\.example\.org/reply/[\w-]{43}", made["link"])
    assert (made["text"], made["alert"], made["state"]) == ("请检查脱硫设施", alert, "open")
    assert made["expires_at"] == "2026-11-27T16:00:00+08:00"
    standing = [{"id": made["id"], "state": "open"}]
    assert screened["reminders"] == standing
    assert bureau.call("GET", f"alerts/{alert}").json()["reminders"] == standing
    assert bureau.call("GET", "alerts").json()["items"][0]["reminders"] == standing
    assert events(bureau) == [("alert.screened", standing)]
    shown = bureau.call("GET", f"reminders/{made['id']}").json()
    assert shown == {key: value for key, value in made.items() if key != "link"}
    token = made["link"].rpartition("/")[2]
    for path in ("audit", "events", "reminders", f"alerts/{alert}"):
        assert token not in bureau.call("GET", path).text


def test_without_a_text_the_enterprise_reads_what_the_alert_says(bureau: Bureau) -> None:
    alert = bureau.alert(reason="二氧化硫超标")
    body = {"verdict": "remind", "reason": "内部意见"}
    made = bureau.call("POST", f"alerts/{alert}/screen", json=body).json()["reminder"]
    assert made["text"] == "二氧化硫超标"
    other = bureau.call(
        "POST", f"alerts/{bureau.alert()}/screen", json=body | {"verdict": "dismiss"}
    )
    assert other.json()["reminder"] is None


def test_the_page_says_it_and_takes_one_reply(bureau: Bureau) -> None:
    alert = bureau.alert()
    made = remind(bureau, f"请检查 {EVIL}", alert=alert)
    shown = page(bureau, made["link"])
    assert shown.status_code == 200
    assert "请检查 &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;" in shown.text
    assert "<script" not in shown.text
    for name, value in {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }.items():
        assert shown.headers[name] == value
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"(src|href|action)=", shown.text)
    answer = reply(bureau, made["link"], f"已修好 {EVIL}\r\n明天检测", photo(), PDF)
    assert (answer.status_code, "回复已收到" in answer.text) == (200, True)
    assert events(bureau)[-1] == ("alert.updated", [{"id": made["id"], "state": "answered"}])
    seen = bureau.call("GET", f"reminders/{made['id']}", "officer", "东区").json()
    assert seen["reply"] == f"已修好 {EVIL}\n明天检测"
    assert (seen["state"], seen["answered_at"]) == ("answered", "2026-11-20T16:00:00+08:00")
    proofs = {each["type"]: each for each in seen["attachments"]}
    assert set(proofs) == {"image/jpeg", "application/pdf"}
    assert {each["by"] for each in seen["attachments"]} == {"厂"}
    path = proofs["application/pdf"]["links"]["content"]
    assert bureau.call("GET", path, "officer", "东区").content == PDF
    assert bureau.call("GET", path, "officer", "西区").status_code == 404
    with bureau.store.read() as connection:
        assert audit.verify(connection) is None
        entries = audit.listed(connection, 0, 1000)
    (entry,) = (each for each in entries if each.action == "reminder.answer")
    assert (entry.actor, entry.object) == (f"reminder/{made['id']}", f"reminder/{made['id']}")


def test_used_expired_and_unknown_links_are_all_alike(bureau: Bureau) -> None:
    used, expired, renewed = (remind(bureau)["link"] for _ in range(3))
    number = bureau.call("GET", "reminders").json()["items"][0]["id"]
    fresh = bureau.call("POST", f"reminders/{number}/renew").json()["link"]
    assert reply(bureau, used).status_code == 200
    gone = [used, renewed, "/reply/unknown", "/reply/" + "x" * 43]
    answers = [page(bureau, link) for link in gone] + [reply(bureau, link) for link in gone]
    assert page(bureau, fresh).status_code == 200
    bureau.clock.at += timedelta(days=7)
    answers += [page(bureau, link) for link in (expired, fresh)] + [reply(bureau, expired)]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text for each in answers}) == 1
    assert "链接不可用" in answers[0].text
    states = [each["state"] for each in bureau.call("GET", "reminders").json()["items"]]
    assert states == ["expired", "expired", "answered"]
    assert bureau.call("POST", f"reminders/{number - 2}/renew").status_code == 409


def test_what_is_wrong_with_a_reply_is_said_and_the_link_stays_good(bureau: Bureau) -> None:
    link = remind(bureau)["link"]
    cases: list[tuple[int, str, str, list[bytes]]] = [
        (422, "请填写回复内容", "  ", []),
        (422, "不能超过 2000 字", "长" * 2001, []),
        (415, "有文件不能接收", EVIL, [b"<html>"]),
        (415, "有文件不能接收", "x", [video()]),
        (413, "文件过多或者过大", "x", [photo("red"), photo("blue"), PDF]),
        (413, "文件过多或者过大", "x", [PDF + bytes(250_000)]),
    ]
    for status, fault, text, files in cases:
        answer = reply(bureau, link, text, *files)
        assert (answer.status_code, fault in answer.text) == (status, True), fault
        assert answer.headers["cache-control"] == "no-store"
        assert "<script" not in answer.text
    assert (
        "&lt;script&gt;" in reply(bureau, link, EVIL, b"<html>").text
    )  # what was written is there
    no_form = page(bureau, link, "POST", content=b"text=x")
    assert (no_form.status_code, "提交不完整" in no_form.text) == (400, True)
    assert [path for path in bureau.desk.media.folder.rglob("*") if path.is_file()] == []
    assert reply(bureau, link, "好").status_code == 200


@pytest.mark.parametrize(
    ("accepted", "tongue"),
    [
        (None, "zh-CN"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("fr", "zh-CN"),
    ],
)
def test_the_page_is_in_the_readers_language(
    bureau: Bureau, accepted: str | None, tongue: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    shown = page(bureau, remind(bureau)["link"], headers=headers)
    assert f'<html lang="{tongue}">' in shown.text
    assert ("Your reply" in shown.text) == (tongue == "en")


def test_an_address_may_only_ask_so_often(bureau: Bureau) -> None:
    link = remind(bureau)["link"]
    answers = [page(bureau, link).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    busy = page(bureau, link)
    assert (busy.headers["retry-after"], "过于频繁" in busy.text) == ("60", True)
    bureau.clock.at += timedelta(minutes=2)
    assert page(bureau, link).status_code == 200


def test_addresses_are_told_apart_by_their_network() -> None:
    throttle = Throttle(visits=1, timer=lambda: 100.0)
    assert throttle.visits("10.0.0.1")
    assert not throttle.visits("10.0.0.1")
    assert throttle.visits("10.0.0.2")
    assert throttle.visits("2001:db8::1")
    assert not throttle.visits("2001:db8::2")
    assert throttle.visits("2001:db8:0:1::1")


def test_reminders_by_hand_are_of_an_enterprise_within_reach(bureau: Bureau) -> None:
    east, west = bureau.alert(EAST), bureau.alert(WEST)

    def create(*who: str, **body: Any) -> int:
        answer = bureau.call("POST", "reminders", *who, json={"uscc": EAST, "text": "x"} | body)
        return answer.status_code

    assert create("officer") == 403
    assert create("supervisor", "西区") == 404
    assert create("supervisor", "东区", alert=east) == 201
    assert create("supervisor", "东区", alert=west) == 404
    assert create(alert=west) == 422
    assert create(uscc="nobody") == 404
    assert create(text="") == 422


def test_lists_are_filtered_and_kept_to_the_district(bureau: Bureau) -> None:
    alert = bureau.alert()
    first, second = remind(bureau), remind(bureau, alert=alert)
    third = bureau.call("POST", "reminders", json={"uscc": WEST, "text": "x"}).json()
    reply(bureau, first["link"])

    def listed(query: str = "", *who: str) -> list[int]:
        items = bureau.call("GET", f"reminders{query}", *who).json()["items"]
        return [item["id"] for item in items]

    assert listed() == [third["id"], second["id"], first["id"]]
    assert listed("?state=answered") == [first["id"]]
    assert listed("?state=open") == [third["id"], second["id"]]
    assert listed(f"?alert={alert}") == [second["id"]]
    assert listed(f"?uscc={WEST}") == [third["id"]]
    assert listed("", "viewer", "西区") == [third["id"]]
    for method, path in (("GET", ""), ("POST", "/renew")):
        path = f"reminders/{first['id']}{path}"
        assert bureau.call(method, path, "supervisor", "西区").status_code == 404
    page_one = bureau.call("GET", "reminders?limit=2").json()
    assert len(page_one["items"]) == 2
    assert listed(f"?cursor={page_one['next']}") == [first["id"]]


def test_two_replies_at_once_are_one(bureau: Bureau, served: Served) -> None:
    link = served.url + remind(bureau)["link"].removeprefix("https://bureau.example.org")
    text = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'

    def slow() -> Any:
        yield text
        fast = wire.post(link, files={"files": ("1.jpg", photo())}, data={"text": "快"})
        assert fast.status_code == 200
        yield "慢".encode() + b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    late = wire.post(link, content=slow(), headers=headers)
    assert late.status_code == 404
    (seen,) = bureau.call("GET", "reminders").json()["items"]
    assert (seen["reply"], len(seen["attachments"])) == ("快", 1)

"""Subscriptions over the API: rates, chat bots, secrets, recovery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.api import webhook_shapes as shapes
from monitor.notice import notice
from tests.api.conftest import Bureau

URL = "https://example.org/hook"


def subscribe(bureau: Bureau, **more: Any) -> Any:
    return bureau.call("POST", "webhooks", json={"url": URL, "types": ["task.*"]} | more)


def test_a_rate_is_set_changed_and_taken_away(bureau: Bureau) -> None:
    made = subscribe(bureau, rate=30).json()
    assert (made["rate"], made["format"]) == (30, "standard")
    path = f"webhooks/{made['id']}"
    for rate in (5, None):
        assert bureau.call("PATCH", path, json={"rate": rate}).json()["rate"] == rate
    unchanged = bureau.call("PATCH", path, json={"url": None, "state": None}).json()
    assert (unchanged["url"], unchanged["state"]) == (URL, "enabled")
    for wrong in (0, -1, 1.5, 6001, "many"):
        assert bureau.call("PATCH", path, json={"rate": wrong}).status_code == 422


def test_a_chat_bot_is_subscribed_and_its_secret_never_shown(bureau: Bureau) -> None:
    made = subscribe(bureau, format="dingtalk", bot_secret="SEC示例").json()
    assert (made["format"], made["rate"]) == ("dingtalk", 20)
    assert made["secret"].startswith("whsec_")
    path = f"webhooks/{made['id']}"
    assert "示例" not in bureau.call("GET", path).text
    changed = bureau.call("PATCH", path, json={"format": "feishu", "bot_secret": None})
    assert changed.json()["format"] == "feishu"
    assert subscribe(bureau, format="wecom", bot_secret="x").status_code == 422
    assert subscribe(bureau, format="icq").status_code == 422
    assert (
        bureau.call("PATCH", path, json={"format": "wecom", "bot_secret": "x"}).status_code == 422
    )


def test_a_secret_is_rotated_and_shown_once(bureau: Bureau) -> None:
    made = subscribe(bureau).json()
    path = f"webhooks/{made['id']}"
    assert made["old_secret_until"] is None
    answer = bureau.call("POST", f"{path}/rotate-secret")
    assert answer.status_code == 200
    shapes.NewSecret.model_validate(answer.json())
    until = "2026-11-21T16:00:00+08:00"
    assert answer.json()["secret"] not in (made["secret"], None)
    assert answer.json()["old_secret_until"] == until
    shown = bureau.call("GET", path)
    assert shown.json()["old_secret_until"] == until
    assert "whsec_" not in shown.text
    bureau.clock.at += timedelta(hours=25)
    assert bureau.call("GET", path).json()["old_secret_until"] is None
    assert bureau.call("POST", f"{path}/rotate-secret", "viewer").status_code == 404
    assert bureau.call("POST", "webhooks/999/rotate-secret").status_code == 404
    actions = [entry["action"] for entry in bureau.call("GET", "audit").json()["items"]]
    assert "webhook.rotate" in actions


def test_what_was_missed_is_recovered(bureau: Bureau) -> None:
    bureau.task()
    made = subscribe(bureau).json()
    path = f"webhooks/{made['id']}"
    assert bureau.call("GET", f"{path}/deliveries").json()["items"] == []
    bureau.clock.at += timedelta(minutes=1)
    for queued in (1, 0):
        answer = bureau.call("POST", f"{path}/recover?since=2026-11-20")
        assert answer.status_code == 202
        assert answer.json() == {"queued": queued, "next_since": None}
    [item] = bureau.call("GET", f"{path}/deliveries").json()["items"]
    assert item["id"] == bureau.call("GET", "events").json()["items"][0]["id"]
    bureau.call("PATCH", path, json={"state": "disabled"})
    assert bureau.call("POST", f"{path}/recover?since=2026-11-20").status_code == 409
    assert bureau.call("POST", f"{path}/recover?since=2026-11-20", "viewer").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?since=yesterday",
        "?since=2026-11-20T08:00:00",
        "?since=2027-01-01",
        "?since=2026-11-20&until=2026-11-19",
        "?since=2026-11-20&all=perhaps",
    ],
)
def test_a_time_to_recover_that_makes_no_sense(bureau: Bureau, query: str) -> None:
    made = subscribe(bureau).json()
    answer = bureau.call("POST", f"webhooks/{made['id']}/recover{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_event_of_a_tasks_life_can_be_said_in_a_chat(bureau: Bureau, language: str) -> None:
    task = bureau.task(trigger="complaint")
    path = f"tasks/{task['id']}"
    lease = bureau.call("POST", f"{path}/claim").json()["lease"]["token"]
    done = {
        "lease": lease,
        "result": "confirmed",
        "findings": "属实",
        "inspected_at": "2026-11-20T15:30:00+08:00",
        "officers": ["李", "王"],
    }
    assert bureau.call("POST", f"{path}/complete", json=done).status_code == 200
    verdict = {"verdict": "verify", "reason": "像是真的"}
    assert bureau.call("POST", f"alerts/{bureau.alert()}/screen", json=verdict).status_code == 200
    events = bureau.call("GET", "events").json()["items"]
    said = [
        notice(event["type"], event["data"], language, "https://m.example.org") for event in events
    ]
    assert len({each.title for each in said}) == 4
    assert all(each.link for each in said)
    texts = [text for each in said for _, text in each.facts]
    assert {"属实", "像是真的", "厂（东区）"} <= set(texts)
    listing = {
        "change": "listed",
        "uscc": "U",
        "enterprise": None,
        "category": "3",
        "listed_from": "2026-01-01",
        "listed_until": None,
        "document": None,
    }
    assert notice("listing.changed", listing, language, "x").facts[0][1] == "U"

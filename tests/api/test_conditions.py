"""`If-Match` on what changes things, `If-None-Match` on what reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.store import loggers
from monitor.store.loggers import Heard
from tests.api.conftest import AT, EAST, MN, Bureau
from tests.api.test_rights import attached, operations

MARK = {
    "mn": MN[EAST],
    "class": "device",
    "item": "CEMS维护",
    "start": "2026-11-20T08:00:00+08:00",
    "end": "2026-11-20T09:00:00+08:00",
    "manual": True,
}
HOOK = {"url": "https://example.org/hook", "types": ["task.*"]}
SILENCE = {"uscc": EAST, "reason": "检修", "until": "2026-11-25T08:00:00+08:00"}
STALE = '"stale"'


def made(bureau: Bureau, path: str, body: dict[str, Any]) -> str:
    answer = bureau.call("POST", path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def logger(bureau: Bureau) -> str:
    heard = Heard("L1", "emissions", {}, None, "10.0.0.1:1", AT)
    with bureau.store.write() as connection:
        loggers.introduce(connection, [heard])
    return "/api/v1/loggers/L1"


Step = tuple[str, str, dict[str, Any] | None]
THINGS: dict[str, tuple[Callable[[Bureau], str], Step]] = {
    "task": (lambda b: f"/api/v1/tasks/{b.task()['id']}", ("POST", "/claim", None)),
    "alert": (
        lambda b: f"/api/v1/alerts/{b.alert()}",
        ("POST", "/screen", {"verdict": "verify", "reason": "x"}),
    ),
    "webhook": (lambda b: made(b, "webhooks", HOOK), ("PATCH", "", {"types": ["alert.*"]})),
    "mark": (lambda b: made(b, "marks", MARK), ("POST", "/strike-out", {"reason": "x"})),
    "silence": (lambda b: made(b, "silences", SILENCE), ("DELETE", "", None)),
    "command": (
        lambda b: made(b, f"devices/{MN[EAST]}/commands", {"code": "1012"}),
        ("POST", "/cancel", {"reason": "x"}),
    ),
    "attachment": (
        lambda b: f"/api/v1/attachments/{attached(b, b.task()['id'])}",
        ("POST", "/strike-out", {"reason": "x"}),
    ),
    "logger": (logger, ("POST", "/assign", {"mn": MN[EAST]})),
}


@pytest.fixture(autouse=True)
def _known_outlets(bureau: Bureau) -> None:
    bureau.with_outlets()


@pytest.mark.parametrize("kind", THINGS)
def test_what_was_changed_since_it_was_read_is_not_changed(bureau: Bureau, kind: str) -> None:
    make, (method, step, body) = THINGS[kind]
    path = make(bureau)
    before = bureau.call("GET", path)
    tag = before.headers["etag"]

    def send(if_match: str) -> httpx.Response:
        return bureau.call(method, path + step, json=body, headers={"If-Match": if_match})

    for other in (STALE, f"W/{tag}", f'{STALE}, "x"'):
        refused = send(other)
        assert refused.status_code == 412, (other, refused.text)
        assert refused.json()["type"] == "urn:offsite-monitor:problem:precondition-failed"
    assert bureau.call("GET", path).json() == before.json()
    done = send(f"{STALE}, {tag}")
    assert done.status_code in (200, 201), done.text
    shown = bureau.call("GET", done.headers.get("location", path))
    assert shown.headers["etag"] == done.headers["etag"]
    if kind != "logger":  # what is answered there is the command
        assert done.headers["etag"] != tag
        assert send(tag).status_code == 412


@pytest.mark.parametrize("kind", THINGS)
def test_a_thing_that_is_there_matches_a_star(bureau: Bureau, kind: str) -> None:
    make, (method, step, body) = THINGS[kind]
    path = make(bureau)
    done = bureau.call(method, path + step, json=body, headers={"If-Match": "*"})
    assert done.status_code in (200, 201)


@pytest.mark.parametrize("kind", THINGS)
def test_what_is_known_is_not_sent_again(bureau: Bureau, kind: str) -> None:
    make, _ = THINGS[kind]
    path = make(bureau)
    tag = bureau.call("GET", path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = bureau.call("GET", path, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert bureau.call("GET", path, headers={"If-None-Match": STALE}).status_code == 200


def test_lists_and_files_are_not_sent_again_either(bureau: Bureau) -> None:
    for path in ("enterprises", f"enterprises/{EAST}", "alerts", "marks", "positive-list"):
        tag = bureau.call("GET", path).headers["etag"]
        assert bureau.call("GET", path, headers={"If-None-Match": tag}).status_code == 304


def test_a_webhook_is_deleted_and_tested_as_it_was_seen(bureau: Bureau) -> None:
    path = made(bureau, "webhooks", HOOK)
    tag = bureau.call("GET", path).headers["etag"]
    bureau.call("PATCH", path, json={"types": ["alert.*"]})
    assert bureau.call("POST", f"{path}/test", headers={"If-Match": tag}).status_code == 412
    assert bureau.call("DELETE", path, headers={"If-Match": tag}).status_code == 412
    tag = bureau.call("GET", path).headers["etag"]
    assert bureau.call("POST", f"{path}/test", headers={"If-Match": tag}).status_code == 202
    assert bureau.call("DELETE", path, headers={"If-Match": tag}).status_code == 204


def test_what_is_to_be_made_cannot_have_been_seen(bureau: Bureau) -> None:
    for path, body in (
        ("webhooks", HOOK),
        ("marks", MARK),
        ("tasks", {"uscc": EAST, "reason": "x"}),
    ):
        for tag in ("*", STALE):
            answer = bureau.call("POST", path, json=body, headers={"If-Match": tag})
            assert answer.status_code == 412, path
        listed = path if path != "marks" else f"marks?mn={MN[EAST]}"
        assert bureau.call("GET", listed).json()["items"] == []


def test_what_is_no_list_of_tags_is_refused(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}/claim"
    for header in ("1", "", '"1" "2"', '*, "1"', '"1', 'w/"1"'):
        answer = bureau.call("POST", path, headers={"If-Match": header})
        assert answer.status_code == 400, header
        assert answer.json()["type"] == "urn:offsite-monitor:problem:bad-request"


def test_a_lease_that_has_run_out_is_taken_over_as_seen(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}"
    bureau.call("POST", f"{path}/claim", "officer", "东区")
    bureau.clock.at += timedelta(hours=2)
    tag = bureau.call("GET", path).headers["etag"]
    taken = bureau.call("POST", f"{path}/claim", "officer", headers={"If-Match": tag})
    assert (taken.status_code, taken.json()["task"]["claimed_by"]) == (200, "officer")


def test_every_write_says_that_it_takes_if_match(bureau: Bureau) -> None:
    paths = bureau.app.openapi()["paths"]
    for name, (method, path) in operations(bureau.app).items():
        operation = paths[path][method.lower()]
        headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        if not path.startswith("/api/v1"):
            continue
        if method == "GET":
            assert "304" in operation["responses"], name
            continue
        assert "If-Match" in headers, name
        assert "412" in operation["responses"], name
        assert ("Idempotency-Key" in headers) == (method == "POST"), name

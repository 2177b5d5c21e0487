"""`Idempotency-Key`: a request that is sent again is not done again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exchange import BadHeader, read_key
from monitor.store import audit, idempotency
from tests import wire
from tests.api.conftest import EAST, MN, Bureau, Served
from tests.api.test_conditions import HOOK, MARK, SILENCE

URN = "urn:offsite-monitor:problem:"
CREATES: dict[str, dict[str, Any]] = {
    "tasks": {"uscc": EAST, "reason": "看一看"},
    "marks": MARK,
    "webhooks": HOOK,
    "silences": SILENCE,
}


def done(bureau: Bureau, action: str) -> int:
    """How often something was done, by the audit trail."""
    with bureau.store.read() as connection:
        return [row.action for row in audit.listed(connection, 0, 1000)].count(action)


def post(bureau: Bureau, path: str, body: Any, key: str = "k-1", *who: str) -> httpx.Response:
    return bureau.call(
        "POST", path, *(who or ("admin",)), json=body, headers={"Idempotency-Key": key}
    )


@pytest.mark.parametrize("path", CREATES)
def test_the_first_answer_is_given_again(bureau: Bureau, path: str) -> None:
    first = post(bureau, path, CREATES[path])
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    bureau.clock.at += timedelta(hours=23)
    again = post(bureau, path, CREATES[path], '"k-1"')  # quoted or bare: the same
    assert again.headers["idempotency-replayed"] == "true"
    for part in ("status_code", "content"):
        assert getattr(again, part) == getattr(first, part)
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    action = {
        "tasks": "task.queue",
        "marks": "mark.enter",
        "webhooks": "webhook.create",
        "silences": "silence.create",
    }[path]
    assert done(bureau, action) == 1


def test_steps_are_not_done_again_either(bureau: Bureau) -> None:
    path = f"tasks/{bureau.task()['id']}/claim"
    first = post(bureau, path, {"device": "a"}, "k", "officer")
    again = post(bureau, path, {"device": "a"}, "k", "officer")
    assert again.json() == first.json()
    assert done(bureau, "task.claim") == 1
    assert done(bureau, "task.renew") == 0


def test_another_request_with_the_key_is_refused(bureau: Bureau) -> None:
    post(bureau, "tasks", CREATES["tasks"])
    for path, body in (
        ("tasks", CREATES["tasks"] | {"reason": "anders"}),
        ("tasks?x=1", CREATES["tasks"]),
    ):
        other = post(bureau, path, body)
        assert (other.status_code, other.json()["type"]) == (422, URN + "idempotency-mismatch")
    assert len(bureau.call("GET", "tasks").json()["items"]) == 1


def test_a_key_is_a_tokens_own_and_a_paths_own(bureau: Bureau) -> None:
    post(bureau, "webhooks", HOOK)
    assert (
        post(bureau, "webhooks", HOOK, "k-1", "viewer").headers.get("idempotency-replayed") is None
    )
    assert post(bureau, "tasks", CREATES["tasks"]).status_code == 201
    assert done(bureau, "webhook.create") == 2


def test_what_was_refused_may_be_tried_again(bureau: Bureau) -> None:
    body = CREATES["tasks"] | {"due_at": "2026-11-19"}
    assert post(bureau, "tasks", body).status_code == 422
    assert post(bureau, "tasks", CREATES["tasks"]).status_code == 201


def test_a_crash_before_the_answer_was_kept_leads_to_no_second_one(bureau: Bureau) -> None:
    first = post(bureau, "tasks", CREATES["tasks"])
    with bureau.store.write() as connection:  # as the crash leaves it
        connection.execute(idempotency.keyed_requests.update().values(answer=None))
    again = post(bureau, "tasks", CREATES["tasks"])
    assert (again.status_code, again.json()["type"]) == (409, URN + "idempotency-running")
    bureau.clock.at += timedelta(minutes=2)
    later = post(bureau, "tasks", CREATES["tasks"])
    assert (later.status_code, later.json()["type"]) == (409, URN + "idempotency-done")
    assert first.headers["location"] in later.json()["detail"]
    assert done(bureau, "task.queue") == 1


def test_after_a_day_a_key_is_new(bureau: Bureau) -> None:
    post(bureau, "webhooks", HOOK)
    bureau.clock.at += timedelta(hours=25)
    with bureau.store.write() as connection:
        assert idempotency.drop(connection, bureau.clock.at - timedelta(hours=24)) == 1
    assert post(bureau, "webhooks", HOOK).headers.get("idempotency-replayed") is None
    assert done(bureau, "webhook.create") == 2


def test_a_secret_that_was_shown_cannot_be_read_out_of_the_database(bureau: Bureau) -> None:
    secret = post(bureau, "webhooks", HOOK).json()["secret"]
    with bureau.store.read() as connection:
        (row,) = connection.execute(idempotency.keyed_requests.select()).all()
    assert secret.encode() not in bytes(row.answer)
    assert "k-1" not in str(row)
    assert post(bureau, "webhooks", HOOK).json()["secret"] == secret


def test_twenty_at_once_are_one(bureau: Bureau, served: Served) -> None:
    start = threading.Barrier(20)
    headers = bureau.headers() | {"Idempotency-Key": "the-same"}
    url = f"{served.url}/api/v1/devices/{MN[EAST]}/commands"
    bureau.with_outlets()

    def send(_: int) -> httpx.Response:
        with wire.Client() as client:
            start.wait()
            return client.post(url, json={"code": "1012"}, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert done(bureau, "command.place") == 1
    fresh = [a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers]
    assert len(fresh) == 1
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json() == fresh[0].json()
        else:
            assert (answer.status_code, answer.json()["type"]) == (409, URN + "idempotency-running")
    assert send_alone(url, headers).json() == fresh[0].json()


def send_alone(url: str, headers: dict[str, str]) -> httpx.Response:
    with wire.Client() as client:
        return client.post(url, json={"code": "1012"}, headers=headers)


@pytest.mark.parametrize(
    "key", ["", '""', "a b", "a,b", '"a', 'a"', "ü", "x" * 256, '"\\a"', "a;b"]
)
def test_what_is_no_key_is_refused(bureau: Bureau, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = bureau.call("POST", "tasks", json=CREATES["tasks"], headers=headers)
    assert answer.status_code == 400
    assert done(bureau, "task.queue") == 0


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255))
def test_any_text_can_be_a_key_in_quotes(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert read_key([quoted]) == text


def test_two_keys_are_none() -> None:
    with pytest.raises(BadHeader):
        read_key(["a", "b"])
    assert read_key([]) is None

"""The change feed, the events, and waiting for them, over a real server."""

from __future__ import annotations

import threading
from typing import Any

import httpx
from sqlalchemy import delete

from monitor.actions import queueing
from monitor.api import schemas, shapes
from monitor.changed import Changed
from monitor.store import tables
from monitor.task import Trigger
from monitor.tokens import Caller, Role
from tests import wire
from tests.api.conftest import EAST, WEST, Bureau, Served
from tests.servers import wait_for


def walk(bureau: Bureau, path: str, limit: int, cursor: str | None = None) -> tuple[Any, str]:
    found: list[Any] = []
    while True:
        params: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        body = bureau.call("GET", path, params=params).json()
        cursor = body["next"]
        found += body["items"]
        if len(body["items"]) < limit:
            assert cursor is not None
            return found, cursor


def test_every_change_once_and_in_order(bureau: Bureau) -> None:
    task = bureau.task()
    path = f"tasks/{task['id']}"
    lease = bureau.call("POST", f"{path}/claim").json()["lease"]["token"]
    bureau.call("POST", f"{path}/release", json={"lease": lease})
    found, cursor = walk(bureau, "tasks/changes", limit=2)
    schemas.ChangePage.model_validate({"items": found, "next": cursor})
    assert [item["change"] for item in found] == ["queued", "claimed", "updated"]
    assert [item["task"]["state"] for item in found] == ["queued", "claimed", "queued"]
    assert [item["task"]["claimed_by"] for item in found] == [None, "admin", None]
    bureau.call("POST", f"{path}/withdraw", json={"reason": "x"})
    more, _ = walk(bureau, "tasks/changes", 100, cursor)
    assert [item["change"] for item in more] == ["withdrawn"]


def test_events_are_those_of_webhooks(bureau: Bureau) -> None:
    bureau.task()
    bureau.call(
        "POST", f"alerts/{bureau.alert()}/screen", json={"verdict": "remind", "reason": "x"}
    )
    found, cursor = walk(bureau, "events", limit=10)
    shapes.EventPage.model_validate({"items": found, "next": cursor})
    assert [item["type"] for item in found] == ["task.queued", "alert.screened"]
    assert found[1]["data"]["alert"]["screening"]["verdict"] == "remind"
    assert len({item["id"] for item in found}) == 2


def test_a_cursor_from_before_what_is_kept_is_gone(bureau: Bureau) -> None:
    first = bureau.call("GET", "tasks/changes").json()["next"]
    bureau.task(EAST)
    second = bureau.call("GET", "tasks/changes").json()["next"]
    bureau.task(WEST)
    bureau.task(WEST, trigger="power")
    with bureau.store.write() as connection:
        connection.execute(delete(tables.events).where(tables.events.c.seq <= 2))
    for path in ("tasks/changes", "events"):
        for old in (first, second):
            answer = bureau.call("GET", path, params={"cursor": old})
            assert answer.status_code == 410
            assert answer.json()["type"].endswith(":cursor-too-old")
    assert len(bureau.call("GET", "tasks/changes").json()["items"]) == 1


def test_a_cursor_of_another_database_is_gone(bureau: Bureau) -> None:
    bureau.task()
    ahead = bureau.call("GET", "events").json()["next"]
    with bureau.store.write() as connection:
        connection.execute(delete(tables.events))
    assert bureau.call("GET", "events", params={"cursor": ahead}).status_code == 410


def test_nothing_is_missed_under_concurrent_writers(bureau: Bureau) -> None:
    who = Caller(id=None, name="head", role=Role.ADMIN)
    order = queueing.Order(
        trigger=Trigger.MANUAL, reason="x", place={"longitude": 1, "latitude": 1}
    )
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        cursor, last = None, False
        while not last:
            last = done.is_set()  # what was written before is seen by the round that follows
            found, cursor = walk(bureau, "tasks/changes", 7, cursor)
            seen.extend(item["task"]["id"] for item in found)

    reader = threading.Thread(target=read)
    writers = [
        threading.Thread(
            target=lambda: [queueing.queue(bureau.desk, who, order) for _ in range(10)]
        )
        for _ in range(5)
    ]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert sorted(seen) == list(range(1, 51))


def waiting(url: str, headers: dict[str, str], found: list[httpx.Response]) -> threading.Thread:
    thread = threading.Thread(target=lambda: found.append(wire.get(url, headers=headers)))
    thread.start()
    return thread


def test_a_held_answer_comes_with_the_commit(bureau: Bureau, served: Served) -> None:
    headers = bureau.headers() | {"Prefer": "respond-async, wait=30"}
    found: list[httpx.Response] = []
    paths = ["tasks?state=queued", "tasks/changes", "events"]
    threads = [waiting(f"{served.url}/api/v1/{path}", headers, found) for path in paths]
    wait_for(lambda: len(bureau.changed._waiting) == 3)
    bureau.task()
    for thread in threads:
        thread.join()
    assert [len(answer.json()["items"]) for answer in found] == [1, 1, 1]
    assert {answer.headers["preference-applied"] for answer in found} == {"wait=30"}


def test_a_held_answer_sees_what_another_process_commits(bureau: Bureau, served: Served) -> None:
    headers = bureau.headers() | {"Prefer": "wait=30"}
    found: list[httpx.Response] = []
    thread = waiting(f"{served.url}/api/v1/tasks", headers, found)
    wait_for(lambda: bureau.changed._waiting)
    from dataclasses import replace

    elsewhere = replace(bureau.desk, changed=Changed().bump)
    order = queueing.Order(trigger=Trigger.MANUAL, reason="x", uscc=EAST)
    queueing.queue(elsewhere, Caller(id=None, name="p", role=Role.ADMIN), order)
    thread.join()
    assert len(found[0].json()["items"]) == 1


def test_waiting_for_another_answer_than_the_one_already_had(
    bureau: Bureau, served: Served
) -> None:
    task = bureau.task()
    tag = bureau.call("GET", "tasks").headers["etag"]
    headers = bureau.headers() | {"Prefer": "wait=30", "If-None-Match": tag}
    found: list[httpx.Response] = []
    thread = waiting(f"{served.url}/api/v1/tasks", headers, found)
    wait_for(lambda: bureau.changed._waiting)
    bureau.call("POST", f"tasks/{task['id']}/claim")
    thread.join()
    assert found[0].json()["items"][0]["state"] == "claimed"


def test_waiting_for_another_answer_ends_when_the_list_becomes_empty(
    bureau: Bureau, served: Served
) -> None:
    task = bureau.task()
    tag = bureau.call("GET", "tasks?state=queued").headers["etag"]
    headers = bureau.headers() | {"Prefer": "wait=30", "If-None-Match": tag}
    found: list[httpx.Response] = []
    thread = waiting(f"{served.url}/api/v1/tasks?state=queued", headers, found)
    wait_for(lambda: bureau.changed._waiting)
    bureau.call("POST", f"tasks/{task['id']}/claim")
    wait_for(lambda: found)
    thread.join()
    assert (found[0].status_code, found[0].json()["items"]) == (200, [])


def test_nothing_came(bureau: Bureau, served: Served) -> None:
    headers = bureau.headers() | {"Prefer": "wait=1"}
    answer = wire.get(f"{served.url}/api/v1/tasks", headers=headers)
    assert answer.json() == {"items": [], "next": None}
    assert answer.headers["preference-applied"] == "wait=1"
    answer = wire.get(f"{served.url}/api/v1/tasks", headers=bureau.headers())
    assert "preference-applied" not in answer.headers


def test_stopping_ends_every_wait(bureau: Bureau, served: Served) -> None:
    headers = bureau.headers() | {"Prefer": "wait=30"}
    found: list[httpx.Response] = []
    thread = waiting(f"{served.url}/api/v1/tasks", headers, found)
    wait_for(lambda: bureau.changed._waiting)
    bureau.changed.stop()
    thread.join()
    assert found[0].status_code == 200

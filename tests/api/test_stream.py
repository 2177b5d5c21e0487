"""Events as they happen, over a real server: resumed without loss, ended in time, cheap for others."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import delete

from monitor.actions import queueing, tokens
from monitor.actions.clockwork import SYSTEM
from monitor.clock import civil_date
from monitor.store import outbox, tables
from monitor.task import Trigger
from monitor.tokens import Caller, Role
from tests import wire
from tests.api.conftest import EAST, WEST, ZONE, Bureau, Served
from tests.servers import wait_for


@dataclass
class Listener:
    """A client that reads a stream in a thread, block by block."""

    url: str
    headers: dict[str, str]
    blocks: list[dict[str, str]] = field(default_factory=list)
    status: int = 0
    ended: bool = False
    _stop: bool = False

    def listen(self) -> None:
        timeout = httpx.Timeout(20)
        with wire.stream("GET", self.url, headers=self.headers, timeout=timeout) as answer:
            self.status = answer.status_code
            block: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    block[name] = value
                else:
                    self.blocks.append(block)
                    block = {}
                if self._stop:
                    return
        self.ended = True

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(block["data"]) for block in self.blocks if "data" in block]

    @property
    def last_id(self) -> str:
        return next(block["id"] for block in reversed(self.blocks) if "id" in block)


@contextmanager
def listening(
    bureau: Bureau, served: Served, query: str = "", last: str | None = None, **who: Any
) -> Iterator[Listener]:
    """A listener that is connected, until the end of the block or of the stream."""
    headers = who.get("headers") or bureau.headers(
        who.get("role", "admin"), *who.get("districts", ())
    )
    headers = headers | ({"Last-Event-ID": last} if last else {})
    listener = Listener(f"{served.url}/api/v1/events/stream{query}", headers)
    thread = threading.Thread(target=listener.listen)
    thread.start()
    wait_for(lambda: listener.blocks or listener.ended)
    try:
        yield listener
    finally:
        listener._stop = True  # it looks at every line, and there is a heartbeat
        thread.join()


@pytest.fixture(autouse=True)
def _hearts_beat_fast(bureau: Bureau) -> None:
    bureau.services.streams.heartbeat = 0.1


def publish(bureau: Bureau, *names: str, district: str | None = None, size: int = 0) -> None:
    with bureau.store.write() as connection:
        outbox.publish(
            connection,
            [
                outbox.Event(
                    type="source.lost",
                    at=bureau.clock(),
                    district=district,
                    data={"name": name, "text": "长" * size},
                )
                for name in names
            ],
        )
    bureau.changed.bump()


def told(listener: Listener) -> list[str]:
    return [event["data"]["name"] for event in listener.events()]


def test_events_come_as_they_happen_and_from_now_on(bureau: Bureau, served: Served) -> None:
    bureau.task(EAST)
    with listening(bureau, served) as listener:
        bureau.task(WEST)
        bureau.alert()
        wait_for(listener.events)
        items = bureau.call("GET", "events").json()["items"]
        assert listener.events() == items[1:]
        [block] = [block for block in listener.blocks if "data" in block]
        assert block["event"] == "task.queued"
        assert "retry" in listener.blocks[0]
        assert bureau.call("GET", "events", params={"cursor": block["id"]}).json()["items"] == []


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(
    bureau: Bureau, served: Served
) -> None:
    with listening(bureau, served) as listener:
        begin = listener.last_id
    publish(bureau, "a", "b")
    with listening(bureau, served, last=begin) as listener:
        wait_for(lambda: told(listener) == ["a", "b"])
        second = next(block["id"] for block in listener.blocks if "data" in block)
    with listening(bureau, served, f"?cursor={begin}", last=second) as listener:
        wait_for(lambda: told(listener) == ["b"])
    with listening(bureau, served, f"?cursor={begin}") as listener:
        wait_for(lambda: told(listener) == ["a", "b"])


def test_nothing_is_missed_or_doubled_over_disconnects_under_concurrent_writers(
    bureau: Bureau, served: Served
) -> None:
    who = Caller(id=None, name="head", role=Role.ADMIN)
    order = queueing.Order(
        trigger=Trigger.MANUAL, reason="x", place={"longitude": 1, "latitude": 1}
    )
    last = bureau.call("GET", "events").json()["next"]
    writers = [
        threading.Thread(
            target=lambda: [queueing.queue(bureau.desk, who, order) for _ in range(10)]
        )
        for _ in range(5)
    ]
    for thread in writers:
        thread.start()
    heard: list[int] = []
    url, headers = f"{served.url}/api/v1/events/stream", bureau.headers()
    while len(heard) < 50:
        again = headers | {"Last-Event-ID": last}
        with wire.stream("GET", url, headers=again, timeout=20) as answer:
            count = 0
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    last = value
                elif name == "data":
                    heard.append(json.loads(value)["data"]["task"]["id"])
                    count += 1
                elif not line and (count >= 4 or len(heard) == 50):
                    break  # a connection is lost after some events
    for thread in writers:
        thread.join()
    assert heard == [i["data"]["task"]["id"] for i in bureau.call("GET", "events").json()["items"]]
    assert sorted(heard) == list(range(1, 51))


def test_a_district_hears_its_own(bureau: Bureau, served: Served) -> None:
    with listening(bureau, served, role="viewer", districts=("东区",)) as listener:
        publish(bureau, "西", district="西区")
        publish(bureau, "市")
        publish(bureau, "东", district="东区")
        wait_for(listener.events)
        assert told(listener) == ["东"]


def test_a_stream_lives_no_longer_than_its_token(bureau: Bureau, served: Served) -> None:
    tomorrow = civil_date(bureau.clock(), ZONE)
    made = [
        tokens.create(bureau.desk, SYSTEM, f"until {day}", Role.VIEWER, expires_on=day)
        for day in (None, tomorrow)
    ]
    headers = [{"Authorization": f"Bearer {text}"} for _, text in made]
    with (
        listening(bureau, served, headers=headers[0]) as revoked,
        listening(bureau, served, headers=headers[1]) as expired,
    ):
        wait_for(lambda: len(revoked.blocks) > 3 and len(expired.blocks) > 3)
        assert all(block.get("", "alive") == "alive" for block in revoked.blocks)
        tokens.revoke(bureau.desk, SYSTEM, made[0][0])
        wait_for(lambda: revoked.ended)
        assert not expired.ended
        bureau.clock.at += timedelta(days=1)
        wait_for(lambda: expired.ended)
    again = wire.get(f"{served.url}/api/v1/events/stream", headers=headers[0])
    assert again.status_code == 401


def test_there_is_a_limit_to_those_who_listen(bureau: Bureau, served: Served) -> None:
    bureau.services.streams.limit = 1
    url, headers = f"{served.url}/api/v1/events/stream", bureau.headers()
    with listening(bureau, served):
        answer = wire.get(url, headers=headers)
        assert answer.status_code == 503
        assert answer.json()["type"].endswith(":busy")
        assert answer.headers["retry-after"] == "30"
    wait_for(lambda: bureau.services.streams.open == 0)
    with listening(bureau, served) as listener:
        assert listener.status == 200


def test_who_does_not_read_is_let_go_and_holds_up_nobody(bureau: Bureau, served: Served) -> None:
    bureau.services.streams.patience = 0.5
    parts = urlsplit(served.url)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((parts.hostname, parts.port))
    token = bureau.token()
    deaf.sendall(
        b"GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer %s\r\n\r\n" % token.encode()
    )
    wait_for(lambda: bureau.services.streams.open == 1)
    with listening(bureau, served) as listener:
        names = [str(number) for number in range(60)]
        for name in names:
            publish(bureau, name, size=50_000)
        wait_for(lambda: told(listener) == names)
        wait_for(lambda: bureau.services.streams.open == 1)
    deaf.close()


def test_a_place_that_is_not_kept_is_told_before_the_stream(bureau: Bureau, served: Served) -> None:
    first = bureau.call("GET", "events").json()["next"]
    publish(bureau, "a", "b", "c")
    with bureau.store.write() as connection:
        connection.execute(delete(tables.events).where(tables.events.c.seq <= 2))
    url = f"{served.url}/api/v1/events/stream"
    answer = wire.get(url, headers=bureau.headers() | {"Last-Event-ID": first})
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(":cursor-too-old")
    for wrong in ({"params": {"cursor": "x"}}, {"headers": {"Last-Event-ID": "x"}}):
        headers = bureau.headers() | wrong.get("headers", {})
        answer = wire.get(url, headers=headers, params=wrong.get("params"))
        assert answer.status_code == 422


def test_stopping_ends_every_stream(bureau: Bureau, served: Served) -> None:
    with listening(bureau, served) as one, listening(bureau, served) as other:
        bureau.changed.stop()
        wait_for(lambda: one.ended and other.ended)

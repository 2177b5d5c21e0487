"""Where a request came from: behind proxies that are trusted, and others; and what is logged of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import structlog

from monitor import serving
from monitor.config import Http
from monitor.store import audit
from monitor.tokens import new_token
from tests import wire
from tests.api.conftest import Bureau
from tests.servers import wait_for


@contextmanager
def served(bureau: Bureau, *trusted: str) -> Iterator[str]:
    """The API as the daemon serves it."""
    socket = serving.listener("127.0.0.1", 0)
    server = serving.server(bureau.app, Http(trusted_proxies=trusted))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    wait_for(lambda: server.started)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}/api/v1"
    server.should_exit = True
    bureau.changed.stop()
    thread.join()


def ask(url: str, forwarded: str, token: str, body: dict[str, Any] | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": forwarded}
    with wire.Client() as client:
        return client.post(f"{url}/tasks", json=body, headers=headers)


@pytest.mark.parametrize("trusted", [True, False])
def test_the_trail_knows_the_client_behind_a_trusted_proxy(bureau: Bureau, trusted: bool) -> None:
    body = {"place": {"longitude": 1, "latitude": 2}, "reason": "?"}
    with served(bureau, "127.0.0.0/8" if trusted else "192.0.2.0/24") as url:
        token = bureau.token()
        assert ask(url, "10.9.9.9, 198.51.100.7", token, body).status_code == 201
    with bureau.store.read() as connection:
        origin = audit.listed(connection, 0, 100)[-1].origin
    assert origin == ("198.51.100.7" if trusted else "127.0.0.1")


def test_behind_a_trusted_proxy_the_guesser_is_locked_out_and_nobody_else(bureau: Bureau) -> None:
    bureau.services.throttle.failures = 5
    with served(bureau, "127.0.0.1/32") as url:
        guessed = [ask(url, "198.51.100.7", new_token()).status_code for _ in range(6)]
        assert guessed == [401] * 5 + [429]
        assert ask(url, "198.51.100.8", new_token()).status_code == 401


def test_every_request_is_a_line_without_what_is_secret(bureau: Bureau) -> None:
    task = bureau.task()["id"]
    with structlog.testing.capture_logs() as logs:
        bureau.call("GET", f"tasks/{task}?secret=hunter2")
        bureau.call("GET", "tasks", headers={"Authorization": "Bearer hunter2"})
        bureau.call("POST", "feeds/emissions/hunter2")
        bureau.call("GET", "/healthz")
    lines = [line for line in logs if line["event"] == "request"]
    told = [(line["who"], line["method"], line["route"], line["status"]) for line in lines]
    assert told == [
        ("admin", "GET", "/tasks/{task_id}", 200),
        (None, "GET", "/tasks", 401),
        ("admin", "POST", "/feeds/{path:path}", 404),
    ]
    assert {line["origin"] for line in lines} == {"127.0.0.1"}
    assert all(line["ms"] >= 0 for line in lines)
    assert "hunter2" not in str(logs)

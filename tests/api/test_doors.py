"""The doors of adapters that are pushed to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from monitor.adapter import Pushed, Reply
from monitor.api import create_app
from monitor.errors import Stopping
from tests import wire
from tests.api.conftest import Bureau, serve

SECRET = "示例-secret-of-a-camera"


@dataclass
class Gate:
    """Takes everything in."""

    max_body: int = 1_000
    secret: str | None = None
    got: list[Pushed] = field(default_factory=list)
    failing: Exception | None = None

    async def receive(self, request: Pushed) -> Reply:
        if self.failing is not None:
            raise self.failing
        self.got.append(request)
        return Reply(body=json.dumps({"n": len(self.got)}).encode())


@pytest.fixture
def gate(bureau: Bureau) -> Gate:
    made = Gate(secret=SECRET)
    object.__setattr__(bureau.services, "doors", lambda: {"cameras": made, "drones": Gate()})
    bureau.app = create_app(bureau.services)
    return made


def test_a_feeder_hands_in_and_nobody_else(bureau: Bureau, gate: Gate) -> None:
    body = b"\x00\xff anything"
    answer = bureau.call("POST", "feeds/cameras", "feeder", content=body)
    assert (answer.status_code, answer.json()) == (200, {"n": 1})
    (pushed,) = gate.got
    assert (pushed.body, pushed.path, pushed.peer) == (body, "", "127.0.0.1")
    assert pushed.received_at == bureau.clock.at
    for role in ("officer", "viewer", "supervisor"):
        assert bureau.call("POST", "feeds/cameras", role, content=body).status_code == 403
    assert bureau.call("POST", "feeds/nobody", "feeder", content=body).status_code == 404
    assert len(gate.got) == 1


def test_a_device_that_cannot_send_a_header_has_the_secret_in_its_path(
    bureau: Bureau, gate: Gate
) -> None:
    none = {"Authorization": ""}
    inside = bureau.call("POST", f"feeds/cameras/{SECRET}/a/b/", headers=none, content=b"x")
    assert (inside.status_code, gate.got[0].path) == (200, "a/b")
    for path in (
        "feeds/cameras",
        "feeds/cameras/guess",
        f"feeds/drones/{SECRET}",
        "feeds/nobody/x",
    ):
        answer = bureau.call("POST", path, headers=none, content=b"x")
        assert answer.status_code == 401
        assert SECRET not in answer.text
    assert len(gate.got) == 1


def test_who_guesses_at_a_secret_is_locked_out_and_nobody_else(bureau: Bureau, gate: Gate) -> None:
    def guess(n: int) -> int:
        path = f"feeds/cameras/guess{n}"
        answer = bureau.call("POST", path, headers={"Authorization": ""}, content=b"x")
        return answer.status_code

    assert [guess(n) for n in range(20)] == [401] * 20
    assert guess(20) == 429
    assert bureau.call("GET", "tasks").status_code == 200
    known = bureau.call(
        "POST", f"feeds/cameras/{SECRET}", headers={"Authorization": ""}, content=b"x"
    )
    assert known.status_code == 200  # a camera of the same address is not


def test_a_body_over_the_limit_is_refused_and_not_handed_in(bureau: Bureau, gate: Gate) -> None:
    assert bureau.call("POST", "feeds/cameras", "feeder", content=b"x" * 1_000).status_code == 200
    assert bureau.call("POST", "feeds/cameras", "feeder", content=b"x" * 1_001).status_code == 413
    gate.max_body = 60_000  # more than other bodies may have
    assert bureau.call("POST", "feeds/cameras", "feeder", content=b"x" * 50_000).status_code == 200
    assert len(gate.got) == 2


def test_bodies_in_memory_are_bounded_together(bureau: Bureau, gate: Gate) -> None:
    bureau.services.held.most = 500
    answer = bureau.call("POST", "feeds/cameras", "feeder", content=b"x" * 600)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert bureau.call("POST", "feeds/cameras", "feeder", content=b"x" * 400).status_code == 200
    assert bureau.services.held.size == 0


def test_what_was_not_kept_is_not_answered_as_if_it_were(bureau: Bureau, gate: Gate) -> None:
    gate.failing = Stopping("the daemon is shutting down")
    assert bureau.call("POST", "feeds/cameras", "feeder", content=b"x").status_code == 503


def test_over_the_wire_with_a_body_in_pieces(bureau: Bureau, gate: Gate) -> None:

    running = serve(bureau.app, bureau.changed)
    try:
        url = f"{running.url}/api/v1/feeds/cameras/{SECRET}"
        answer = wire.post(url, content=iter([b"ab", b"cd"]))
        assert (answer.status_code, gate.got[0].body) == (200, b"abcd")
        big = wire.post(url, content=iter([b"x" * 600] * 3))
        assert big.status_code == 413
    finally:
        running.stop()

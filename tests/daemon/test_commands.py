"""Commands by API and command line, from the asking to the simulated device and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import wire
from tests.daemon.process import COMMAND, ROOT, Process
from tests.registers import SAMPLE
from tests.servers import wait_for


@pytest.fixture
def daemon(tmp_path: Path, database_url: str) -> Iterator[Process]:
    process = Process(tmp_path, database_url)
    process.start()
    process.command("registry", "import", str(SAMPLE))
    yield process
    assert process.end() == 0


@pytest.fixture
def devices(daemon: Process) -> Iterator[subprocess.Popen[bytes]]:
    words = ["simulate", "--port", str(daemon.port), "--registry", str(SAMPLE)]
    words += ["--frames", "1000", "--interval", "1"]
    simulated = subprocess.Popen([*COMMAND, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    yield simulated
    simulated.terminate()
    simulated.wait(30)


class Api:
    """The API as somebody of a role uses it."""

    def __init__(self, daemon: Process, role: str) -> None:
        self._client = wire.Client(
            base_url=daemon.api,
            headers={"Authorization": f"Bearer {daemon.token(role)}"},
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self._client.post(path, json=body)


def test_a_device_is_told_and_answers(daemon: Process, devices: subprocess.Popen[bytes]) -> None:
    del devices
    api = Api(daemon, "supervisor")
    mn = wait_for(lambda: api.get("/devices", registered=True)["items"])[0]["mn"]
    placed = api.post(f"/devices/{mn}/commands", {"code": "1061"})
    assert placed.status_code == 201, placed.text
    number = placed.json()["id"]
    wait_for(lambda: api.get(f"/commands/{number}")["state"] == "done")
    done = api.get(f"/commands/{number}")
    assert done["result"]["answers"] == [{"RtdInterval": "30"}]
    assert done["requested_by"]
    assert [each["id"] for each in api.get("/commands", mn=mn)["items"]] == [number]

    words = ["command", "send", mn, "2061", "BeginTime=20261101000000", "EndTime=2026-11-01T03:00"]
    history = json.loads(daemon.command(*words, "--follow", "20"))
    assert (history["state"], history["result"]["records"]) == ("done", 4)
    query = {
        "period": "hour",
        "from": "2026-11-01T00:00:00+08:00",
        "to": "2026-11-02T00:00:00+08:00",
    }
    stored = api.get(f"/outlets/{mn}/observations", **query)["items"]
    assert {each["start"][11:16] for each in stored} == {"00:00", "01:00", "02:00", "03:00"}
    assert all(each["late"] for each in stored)


def test_what_cannot_be_sent_is_refused_with_what_would_be_right(daemon: Process) -> None:
    api = Api(daemon, "supervisor")
    mn = SAMPLE.joinpath("outlets.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    refused = {
        ("1062", "RtdInterval", "5"): "30 to 3600",
        ("1064", "MinInterval", "7"): "1, 2, 3",
        ("2061", "BeginTime", "yesterday"): "needs EndTime",
        ("1012", "Nonsense", "1"): "has no parameter Nonsense",
        ("9011", "QnRtn", "1"): "is an answer",
        ("1013", "X", "1"): "sent by devices",
        ("8000", "X", "a;b"): "separator",
    }
    for (code, name, value), words in refused.items():
        body = {"code": code, "parameters": {name: value}}
        answer = api.post(f"/devices/{mn}/commands", body)
        assert answer.status_code == 422, answer.text
        assert words in answer.json()["detail"]
    assert api.post("/devices/NOBODY/commands", {"code": "1061"}).status_code == 404
    waiting = api.post(f"/devices/{mn}/commands", {"code": "1061"}).json()
    cancelled = api.post(f"/commands/{waiting['id']}/cancel", {"reason": "示例"})
    assert cancelled.json()["state"] == "cancelled"
    assert api.post(f"/commands/{waiting['id']}/cancel", {"reason": "示例"}).status_code == 409
    codes = {each["code"]: each for each in api.get("/commands/codes")["items"]}
    assert codes["2061"]["direction"] == "both"

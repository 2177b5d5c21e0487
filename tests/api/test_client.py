"""The Python client against a running server, and the document it follows."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from monitor.api import schemas, webhook_shapes
from monitor.cli import program
from monitor.client import Client, ProblemError
from tests.api.conftest import EAST, Bureau, Served

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def test_the_document_in_the_repository_is_that_of_the_server() -> None:
    printed = CliRunner().invoke(program(), ["openapi"])
    assert printed.exit_code == 0, printed.output
    assert printed.output == DOCUMENT.read_text("utf-8"), "run `make openapi`"


def test_the_story_of_a_task(bureau: Bureau, served: Served) -> None:
    head = Client(served.url, bureau.token("supervisor", "东区"))
    with head, Client(served.url, bureau.token("officer", "东区")) as officer:
        queued = head.queue(schemas.NewTask(uscc=EAST, reason="看一看"))
        start = officer.changes(seconds=1)
        assert [change.change for change in start.items] == ["queued"]
        (task,) = officer.wait_for_tasks(state="queued")
        assert task == queued
        lease = officer.claim(task.id, "phone").lease.token
        assert officer.renew(task.id, lease).lease.token == lease
        with pytest.raises(ProblemError, match="lease") as lost:
            officer.complete(task.id, report("guess"))
        assert (lost.value.status, lost.value.name) == (409, "lease-lost")
        assert officer.complete(task.id, report(lease)).state == "reported"
        assert head.step(task.id, "close", reason="同意").state == "closed"
        changed = officer.changes(start.next, seconds=1)
        assert [change.change for change in changed.items] == ["claimed", "completed", "closed"]
        assert officer.task(task.id).links["alerts"] == []
        assert officer.events(seconds=1).items[0].type == "task.queued"


def report(lease: str) -> schemas.CompleteBody:
    return schemas.CompleteBody(
        lease=lease,
        result="not_confirmed",
        findings="在线设备故障",
        inspected_at="2026-11-20T15:30:00+08:00",
        officers=["A001", "A002"],
    )


def test_every_page_of_the_queue(bureau: Bureau, served: Served) -> None:
    for _ in range(5):
        place = {"longitude": 1.0, "latitude": 1.0}
        bureau.call("POST", "tasks", json={"place": place, "reason": "x", "district": "东区"})
    with Client(served.url, bureau.token("viewer")) as reader:
        assert [task.id for task in reader.tasks(limit=2)] == [1, 2, 3, 4, 5]


def test_a_request_that_was_lost_on_the_way_is_done_once(bureau: Bureau, served: Served) -> None:
    lost = [True]

    class Lossy(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if lost and request.method == "POST":
                lost.clear()
                raise httpx.ReadError("the answer was lost", request=request)
            return answer

    with Client(served.url, bureau.token("viewer"), transport=Lossy()) as dashboard:
        body = webhook_shapes.SubscribeBody(url="https://example.org/hook", types=["task.*"])
        hook = dashboard.subscribe(body)
    hooks = bureau.call("GET", "webhooks", "viewer").json()["items"]
    assert [each["id"] for each in hooks] == [hook.id]

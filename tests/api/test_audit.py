"""The audit trail over HTTP: filtered, and exported as lines that hold."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from monitor import trail
from monitor.task import STEPS
from tests.api.conftest import AT, EAST, WEST, Bureau


def test_the_trail_is_filtered(bureau: Bureau) -> None:
    east, west = bureau.task(EAST), bureau.task(WEST)
    bureau.clock.at += timedelta(days=1)
    bureau.call("POST", f"tasks/{east['id']}/claim", "officer")

    def told(**query: str) -> list[tuple[str, str]]:
        items = bureau.call("GET", "audit", params=query).json()["items"]
        return [(item["action"], item["object"]) for item in items]

    claim, mine = ("task.claim", f"task/{east['id']}"), f"task/{east['id']}"
    assert told(actor="officer") == [claim]
    assert told(action="task.claim") == [claim]
    assert told(object=mine) == [("task.queue", mine), claim]
    assert ("task.queue", f"task/{west['id']}") in told(to=AT.date().isoformat())
    assert claim not in told(to=AT.date().isoformat())
    assert claim in told(**{"from": "2026-11-21"})
    assert told(actor="officer", action="task.queue") == []
    assert bureau.call("GET", "audit?from=yesterday").status_code == 422


def test_the_export_holds_and_is_an_entry_itself(bureau: Bureau) -> None:
    for _ in range(3):
        bureau.task(None, place={"longitude": 1, "latitude": 1})  # type: ignore[arg-type]
    answer = bureau.call("GET", "audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    chain = trail.check(trail.read(answer.text.splitlines()), whole=True)
    listed = bureau.call("GET", "audit").json()["items"]
    assert (chain.seq, chain.hash) == (listed[-1]["seq"], listed[-1]["hash"])
    assert listed[-1]["action"] == "audit.export"
    nothing = bureau.call("GET", "audit/export?to=2026-01-01")
    assert (nothing.status_code, nothing.text) == (200, "")


def test_long_trails_come_whole(bureau: Bureau) -> None:
    from monitor.store import audit

    entry = audit.Entry(at=AT, actor="x", action="test", object="x/1", data={"n": 1, "t": "文"})
    with bureau.store.write() as connection:
        for _ in range(2100):
            audit.append(connection, entry)
    lines = bureau.call("GET", "audit/export").text.splitlines()
    assert trail.check(trail.read(lines), whole=True).seq == len(lines) > 2100


def test_the_table_of_the_manual_has_every_action() -> None:
    root = Path(__file__).resolve().parents[2]
    written = (root / "docs/operation.md").read_text("utf-8").split("## Who did what")[1]
    for path in (root / "monitor").rglob("*.py"):
        for action in re.findall(r'\.audit\(\s*"([a-z.-]+)"', path.read_text("utf-8")):
            assert f"`{action}`" in written, action
    for step in STEPS:
        assert f"`task.{step}`" in written, step


def test_the_trail_is_the_whole_bureaus(bureau: Bureau) -> None:
    for path in ("audit", "audit/export"):
        assert bureau.call("GET", path, "admin", "东区").status_code == 403

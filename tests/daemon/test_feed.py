"""The feed over TCP: however frames arrive, the outcome is one; and bad input hurts nobody else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.hj212 import crc
from tests import wire
from tests.daemon.lines import BEGIN, ZONE, Line, hour_frame
from tests.daemon.process import Process, mn
from tests.servers import wait_for

VALUES = [10.0, 50.0, 60.0, 20.0, 70.0, 12.0, 36.0, 35.0]
"""Hours of a device: three exceedances of a limit of 35 (two hours, one hour, one hour)."""


@pytest.fixture
def daemon(database_url: str, tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, database_url)
    process.register(8, listed=[0])
    process.start()
    yield process
    assert process.end() == 0


@pytest.fixture
def client(daemon: Process) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {daemon.token()}"}
    with wire.Client(base_url=daemon.api, headers=headers) as opened:
        yield opened


def outcome(client: httpx.Client, number: int) -> list[tuple[Any, ...]]:
    """What can be seen of a device's hours, alerts and tasks, without numbers and times of arrival."""
    span = {
        "period": "hour",
        "from": (BEGIN - timedelta(days=1)).isoformat(),
        "to": (BEGIN + timedelta(days=2)).isoformat(),
    }
    items = client.get(f"/outlets/{mn(number)}/observations", params=span).json()["items"]
    hours = [(o["start"], o["value"], o["flag"]) for o in items]
    alerts = [
        (a["start"], a["end"], a["count"], a["value"], a["exceed_ratio"], a["state"])
        for a in client.get("/alerts", params={"limit": 1000}).json()["items"]
        if a["outlet"] == mn(number)
    ]
    tasks = [
        (t["trigger"], t["state"], len(t["alerts"]))
        for t in client.get("/tasks").json()["items"]
        if mn(number) in t["outlets"]
    ]
    return [*hours, *sorted(alerts), *tasks]


def test_redelivered_reordered_split_and_glued_frames_change_nothing(
    daemon: Process, client: httpx.Client
) -> None:
    draw = random.Random(1)
    plain = [[hour_frame(n, h, v) for h, v in enumerate(VALUES)] for n in range(5)]
    shuffled = draw.sample(plain[1], len(plain[1]))
    glued = b"".join(plain[2])
    split = [bytes([byte]) for byte in b"".join(plain[3])]
    again = [each for each in plain[4] for _ in range(3)]
    lines = [Line(daemon.port) for _ in range(5)]
    lines[0].send(*plain[0])
    lines[1].send(*shuffled)
    lines[2].send(glued)
    lines[3].send(*split)
    lines[4].send(*again)
    for line, count in zip(lines, (8, 8, 8, 8, 24), strict=True):
        line.await_answers(count)
        line.close()
    outcomes = [outcome(client, n) for n in range(5)]
    assert len(outcomes[0]) == 8 + 3 + 1
    assert all(other == outcomes[0] for other in outcomes[1:])


def test_listed_and_unlisted_enterprises_are_both_visited_and_the_task_says_which(
    daemon: Process, client: httpx.Client
) -> None:
    line = Line(daemon.port)
    line.send(hour_frame(0, 1, 50.0), hour_frame(1, 1, 50.0))
    line.await_answers(2)
    tasks = {t["outlets"][0]: t for t in client.get("/tasks").json()["items"]}
    on = BEGIN.astimezone(ZONE) + timedelta(hours=1)
    day = on.date().isoformat()
    assert tasks[mn(0)]["listing"] == {"listed": True, "category": "6", "on": day}
    assert tasks[mn(1)]["listing"] == {"listed": False, "category": None, "on": day}
    assert all(t["mandatory"] and t["trigger"] == "exceedance" for t in tasks.values())
    assert all(t["legal_basis"] for t in tasks.values())
    line.close()


def gbk_log() -> bytes:
    """A log line (3020) in the encoding that some loggers write."""
    segment = (
        f"QN=20261101000000000;ST=31;CN=3020;PW=123456;MN={mn(6)};Flag=5;"
        "CP=&&DataTime=20261101000000;i11001-Info=//停机//&&"
    ).encode("gbk")
    return b"##%04d%s%04X\r\n" % (len(segment), segment, crc.hj212(segment))


LONG = b"##9999" + b"x" * 5_000_000
BAD: dict[str, tuple[bytes, str]] = {
    "random bytes": (random.Random(7).randbytes(20_000), "no-frame"),
    "a broken CRC": (hour_frame(6, 1, 99)[:-6] + b"0000\r\n", "crc-mismatch"),
    "a wrong length": (hour_frame(6, 2, 10).replace(b"##0", b"##1", 1), "length-mismatch"),
    "5 MB without a frame end": (LONG, "no-frame"),
    "GBK text": (gbk_log(), "gb18030"),
    "a stamp from 1970": (hour_frame(6, 3, 99, label="19700101000000"), "implausible-time"),
    "a stamp from 2099": (hour_frame(6, 4, 99, label="20990101000000"), "implausible-time"),
    "NaN": (hour_frame(6, 5, "NaN"), "not-a-number"),
    "1e9": (hour_frame(6, 6, 1_000_000_000), "implausible-value"),
    "an unknown device": (hour_frame(700, 7, 10), "unknown-device"),
}


def test_bad_input_is_counted_and_shown_and_stops_nobody(
    daemon: Process, client: httpx.Client
) -> None:
    good = Line(daemon.port)
    for hour, (name, (raw, _)) in enumerate(BAD.items()):
        bad = Line(daemon.port)
        bad.send(raw)
        good.send(hour_frame(7, hour, 10.0 + hour))
        good.await_answers(hour + 1)
        bad.close()
        assert client.get("/tasks").status_code == 200, name
    wanted = {problem for _, problem in BAD.values()}

    def counted() -> bool:
        items = client.get("/problems", params={"limit": 1000}).json()["items"]
        return wanted <= {item["problem"] for item in items}

    wait_for(counted)
    metrics = wire.get(f"http://127.0.0.1:{daemon.http}/metrics").text
    for problem in wanted:
        assert (
            f'offsite_monitor_frame_problems_total{{adapter="emissions",problem="{problem}"}}'
            in (metrics)
        )
    unknown = client.get("/devices", params={"registered": "false"}).json()["items"]
    assert [device["mn"] for device in unknown] == [mn(700)]
    alerts = client.get("/alerts").json()["items"]
    assert [a for a in alerts if a["outlet"] == mn(6)] == []
    assert len(outcome(client, 7)) == len(BAD)
    good.close()

"""The officers' queue under load: pollers list 50 open tasks while a province's feed comes in.

    python -m bench.queue [--database sqlite|postgresql] [--seconds N] [--pollers N] [--feed N]

The daemon runs with 2,000 tasks in two districts; each poller is an officer of one of them. Requests a
second of one core are counted against the processor time that the daemon takes beyond that of the feed
alone, which is measured before. The floor is a route of the same framework that does nothing
(`bench.bare`), polled by the same pollers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bench.daemon import cpu_seconds, daemon, database, registry
from bench.pace import pace
from monitor.actions import Desk, queueing, tokens
from monitor.actions.clockwork import SYSTEM
from monitor.register import Enterprise, Register
from monitor.store import Store
from monitor.task import Trigger
from monitor.tokens import Role
from tests.daemon.process import listens
from tests.servers import free_port, wait_for

_TASKS = 2_000
_DISTRICTS = ("示例东区", "示例西区")


def prepare(url: str) -> list[str]:
    """Fill the queue; returns the tokens of two officers."""
    enterprises = tuple(
        Enterprise(uscc=f"示例{n:05d}", name=f"示例企业{n}", district=_DISTRICTS[n % 2])
        for n in range(_TASKS)
    )
    store = Store(url)
    register = Register(enterprises=enterprises)
    desk = Desk(store=store, zone=ZoneInfo("Asia/Shanghai"), register=lambda: register)
    for number, enterprise in enumerate(enterprises):
        order = queueing.Order(
            trigger=Trigger.EXCEEDANCE, reason="示例：二氧化硫小时均值超标 1.2 倍",
            uscc=enterprise.uscc, priority=number % 5 + 1,
        )  # fmt: skip
        queueing.queue(desk, SYSTEM, order)
    made = [tokens.create(desk, SYSTEM, d, Role.OFFICER, [d])[1] for d in _DISTRICTS]
    store.close()
    return made


async def poll(url: str, token: str, until: float, times: list[float]) -> None:
    """List the queue again and again."""
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}
    ) as http:
        while time.monotonic() < until:
            began = time.monotonic()
            answer = await http.get("/api/v1/tasks", params={"state": "queued", "limit": 50})
            times.append(time.monotonic() - began)
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["items"]) == 50


async def press(wanted: argparse.Namespace, http: int, officers: list[str]) -> list[float]:
    """All pollers for the time of a run; the seconds that each answer took, sorted."""
    times: list[float] = []
    until, url = time.monotonic() + wanted.seconds, f"http://127.0.0.1:{http}"
    await asyncio.gather(*(poll(url, officers[n % 2], until, times) for n in range(wanted.pollers)))
    return sorted(times)


async def run(
    wanted: argparse.Namespace, port: int, http: int, pid: int, officers: list[str]
) -> Any:
    """The feed alone, then with pollers."""
    feed = asyncio.create_task(pace(port, wanted.connections, wanted.feed))
    await asyncio.sleep(3)
    before = cpu_seconds(pid)
    await asyncio.sleep(wanted.seconds)
    alone = cpu_seconds(pid) - before
    before = cpu_seconds(pid)
    times = await press(wanted, http, officers)
    both = cpu_seconds(pid) - before
    feed.cancel()
    return {
        "database": wanted.database,
        "requests": len(times),
        "requests_per_second": round(len(times) / wanted.seconds),
        "feed_cores": round(alone / wanted.seconds, 3),
        "requests_per_second_and_core": round(len(times) / max(both - alone, 0.01)),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
    }


def floor(wanted: argparse.Namespace) -> int:
    """Requests a second and core of a route that does nothing."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port)])
    try:
        wait_for(lambda: listens(port))
        before = cpu_seconds(server.pid)
        times = asyncio.run(press(wanted, port, ["none", "none"]))
        return round(len(times) / (cpu_seconds(server.pid) - before))
    finally:
        server.terminate()
        server.wait()


def measure(wanted: argparse.Namespace) -> Any:
    """A daemon with a full queue, a feed and pollers."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        registry(folder / "registry", wanted.connections)
        port, http = free_port(), free_port()
        with (
            database(wanted.database, folder) as url,
            daemon(folder, url, port, http) as process,
        ):
            officers = prepare(url)
            found = asyncio.run(run(wanted, port, http, process.pid, officers))
    least = floor(wanted)
    ratio = round(found["requests_per_second_and_core"] / least, 3)
    return found | {"floor_per_core": least, "of_the_floor": ratio}


def arguments() -> argparse.ArgumentParser:
    """The options, all with defaults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--pollers", type=int, default=8)
    parser.add_argument("--connections", type=int, default=350)
    parser.add_argument("--feed", type=float, default=350, help="frames a second")
    return parser


if __name__ == "__main__":
    print(json.dumps(measure(arguments().parse_args())))

"""`demo`: the main job on one machine, with everything real but the devices and the receiver.

A daemon on SQLite, a sample register, simulated analysers on TCP, a webhook receiver. An exceedance at
a listed enterprise becomes a task within seconds; whoever watches may claim and complete it with the
`curl` lines shown. With `--once` an officer of the demo does that through the API, and the demo ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from adapters.replay import Pace, Plan, send
from monitor import clock, logs
from monitor.app import Daemon
from monitor.cli.base import SCHEMAS
from monitor.cli.receiver import Receiver
from monitor.cli.simulate import devices_of
from monitor.config import parse
from monitor.registry import import_books, read
from monitor.store import Store, schema, tokens
from monitor.tokens import Role, digest, new_token

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "registry"
_PATIENCE = 120.0
_SHOWN_EVERY = 2.0


@dataclass
class Story:
    """What has happened so far."""

    task: int | None = None
    webhook: bool = False
    completed: bool = False
    told: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Whether the whole main job has been seen."""
        return self.task is not None and self.webhook and self.completed


async def run(*, speed: float, once: bool, folder: Path | None) -> int:
    """Run the demo; 0 when it ended as it should."""
    with contextlib.ExitStack() as stack:
        if folder is None:
            temporary = tempfile.TemporaryDirectory(prefix="offsite-monitor-demo-")
            folder = Path(stack.enter_context(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        logs.setup()
        logging.getLogger().setLevel(logging.WARNING)
        async with Receiver() as receiver:
            return await _with_daemon(folder, receiver, speed, once=once)


async def _with_daemon(folder: Path, receiver: Receiver, speed: float, *, once: bool) -> int:
    database = f"sqlite:///{folder / 'demo.db'}"
    settings, adapters = parse(
        {
            "database": {"url": database},
            "http": {"port": 0},
            "webhooks": {"allow": ["127.0.0.0/8"]},
            "adapters": [{"type": "hj212", "name": "emissions", "host": "127.0.0.1", "port": 0}],
        },
        SCHEMAS,
        "demo",
    )
    store = Store(database)
    schema.upgrade(store)
    import_books(store, SAMPLES, now=clock.now(), zone=settings.zone)
    daemon = Daemon(settings, adapters, store)
    running = asyncio.create_task(daemon.run())
    try:
        await _up(daemon, running)
        async with _client(daemon.url, store) as client:
            demo = Demo(daemon, store, client, receiver, speed, once=once)
            return await demo.play(running)
    finally:
        daemon.stopping.set()
        await running
        store.close()


async def _up(daemon: Daemon, running: asyncio.Task[None]) -> None:
    while not (daemon.adapters and all(a.status()["ready"] for a in daemon.adapters.values())):
        if running.done():
            running.result()
        await asyncio.sleep(0.05)


def _token(store: Store, name: str, role: Role) -> str:
    token = new_token()
    with store.write() as connection:
        tokens.add(
            connection,
            name=name,
            role=role.value,
            districts=[],
            digest=digest(token),
            at=clock.now(),
            expires_on=None,
        )
    return token


@contextlib.asynccontextmanager
async def _client(url: str, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    token = _token(store, "示例主管", Role.SUPERVISOR)
    async with httpx.AsyncClient(
        base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        yield client


@dataclass
class Demo:
    """The story, told on a terminal."""

    daemon: Daemon
    store: Store
    client: httpx.AsyncClient
    receiver: Receiver
    speed: float
    once: bool
    story: Story = field(default_factory=Story)

    def __post_init__(self) -> None:
        self.console = Console()
        self.officer = _token(self.store, "示例执法员", Role.OFFICER)

    async def play(self, running: asyncio.Task[None]) -> int:
        """Subscribe, let the devices report, tell what happens; until Ctrl-C, or the story's end."""
        hook = {"url": self.receiver.url, "types": ["alert.*", "task.*"]}
        answer = await self.client.post("/webhooks", json=hook)
        answer.raise_for_status()
        self.receiver.secret = answer.json()["secret"]
        self._introduce()
        parts = [
            asyncio.create_task(part) for part in (self._devices(), self._tell(), self._queue())
        ]
        waiting = {running, *parts}
        try:
            limit = _PATIENCE if self.once else None
            async with asyncio.timeout(limit):
                while not (self.once and self.story.done) and not running.done():
                    done, waiting = await asyncio.wait(waiting, timeout=0.2)
                    for part in done - {running}:
                        part.result()
        except TimeoutError:
            self.console.print(f"after {_PATIENCE:.0f} s the story is not through: {self.story}")
            return 1
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        self._counters()
        return 0

    async def _devices(self) -> None:
        """The outlets of the sample register, from some hours ago, time running faster."""
        devices = devices_of(read(SAMPLES))
        interval = 0.25
        port = self.daemon.adapters["emissions"].status()["port"]
        step = timedelta(seconds=interval * self.speed)
        start = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
        plan = Plan(start=start, zone=self.daemon.settings.zone, step=step, scenario="exceedance")
        ahead = int(timedelta(hours=6) / step)
        await send("127.0.0.1", port, devices, plan, Pace(frames=ahead * 2, interval=interval))
        live = Plan(
            start=clock.now().replace(microsecond=0),
            zone=self.daemon.settings.zone,
            step=timedelta(seconds=5),
        )
        await send("127.0.0.1", port, devices, live, Pace(frames=None, interval=5))

    async def _queue(self) -> None:
        """Poll as an officer's app does; with `--once`, take the first task and finish it."""
        headers = {"Authorization": f"Bearer {self.officer}", "Prefer": "wait=20"}
        shown: set[int] = set()
        while True:
            answer = await self.client.get(
                "/tasks", params={"state": "queued"}, headers=headers, timeout=40
            )
            answer.raise_for_status()
            for task in answer.json()["items"]:
                if task["id"] not in shown:
                    shown.add(task["id"])
                    self._show(task)
                if self.once and not self.story.completed:
                    await self._verify(task["id"], headers)
            await asyncio.sleep(0.5)

    async def _verify(self, task: int, headers: dict[str, str]) -> None:
        claim = await self.client.post(f"/tasks/{task}/claim", json={}, headers=headers)
        claim.raise_for_status()
        lease = claim.json()["lease"]["token"]
        report = _report(lease)
        answer = await self.client.post(f"/tasks/{task}/complete", json=report, headers=headers)
        answer.raise_for_status()
        closed = await self.client.post(f"/tasks/{task}/close", json={"reason": "核实无误"})
        closed.raise_for_status()
        self.story.completed = True
        self.console.print(f"[green]任务 {task}: 已认领、上报、办结[/]")

    async def _tell(self) -> None:
        """What the receiver gets, and the counters."""
        while True:
            await asyncio.sleep(_SHOWN_EVERY)
            for event in self.receiver.taken():
                good = "签名有效" if event.verified else "[red]签名无效[/]"
                self.console.print(f"webhook  {event.kind:<16} {event.id}  {good}")
                self.story.webhook |= event.verified and event.kind == "task.queued"
            self._counters()

    def _introduce(self) -> None:
        url = self.daemon.url
        port = self.daemon.adapters["emissions"].status()["port"]
        self.console.print(
            f"API        {url}/api/v1    docs {url}/docs    metrics {url}/metrics\n"
            f"HJ 212     127.0.0.1:{port}\n"
            f"receiver   {self.receiver.url}\n",
            highlight=False,
        )
        self.console.print("poll the queue as an officer (token below; Ctrl-C ends the demo):")
        self._plain(f"  TOKEN={self.officer}")
        self._plain(
            f"  curl -H \"Authorization: Bearer $TOKEN\" -H 'Prefer: wait=30' '{url}/api/v1/tasks?state=queued'"
        )

    def _show(self, task: dict[str, Any]) -> None:
        self.story.task = task["id"]
        listing = task["listing"]
        listed = f"清单内（第{listing['category']}类）" if listing["listed"] else "清单外"
        table = Table(title=f"现场核查任务 {task['id']}", show_header=False, title_justify="left")
        table.add_row(
            "企业", f"{task['enterprise']['name']}（{task['enterprise']['district']}，{listed}）"
        )
        table.add_row("事由", task["reason"])
        table.add_row("期限", task["due_at"])
        self.console.print(table)
        if self.once:
            return
        url = f"{self.daemon.url}/api/v1/tasks/{task['id']}"
        auth = '-H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
        self.console.print("claim it, then complete it with the lease's token from the answer:")
        self._plain(f"  curl -X POST {auth} -d '{{}}' {url}/claim")
        body = _report("LEASE")
        fields = ", ".join(f'"{key}": {_json(value)}' for key, value in body.items())
        self._plain(f"  curl -X POST {auth} -d '{{{fields}}}' {url}/complete")

    def _counters(self) -> None:
        rows = self.daemon.metrics.totals()
        text = "  ".join(f"{name} {value:,.0f}" for name, value in rows.items())
        self.console.print(f"[dim]{text}[/]", highlight=False)

    def _plain(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _report(lease: str) -> dict[str, Any]:
    return {
        "lease": lease,
        "result": "confirmed",
        "findings": "现场核查：超标属实，已责令改正（示例）",
        "inspected_at": clock.rfc3339(clock.now().replace(microsecond=0)),
        "officers": ["99000001", "99000002"],
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
